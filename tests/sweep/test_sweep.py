"""`edgegenre sweep`: one study for several machines, taken up after a kill, judged on validation alone."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegenre.runs.protocols import QUICK
from edgegenre.sweep.results import results_of
from edgegenre.sweep.space import Factors
from tests.commands import edgegenre, refusal
from tests.training.tiny import TINY, tiny_dataset

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `music/` and recipes: a short one, one with another split, a long one, one that diverges."""
    home = tmp_path_factory.mktemp("home")
    tiny_dataset(home / "music", tracks=5, seconds=1)
    recipe = TINY.to_dict() | {"phases": [TINY.to_dict()["phases"][0] | {"iterations": 3}]}
    phase = recipe["phases"][0]
    for name, changes in {
        "short": {},
        "other": {"name": "other", "split": [3, 1, 1], "dropout": {}},
        "long": {"phases": [phase | {"iterations": 150}]},
        "wild": {"phases": [phase | {"iterations": 20, "learning_rate": 1e30}]},
    }.items():
        (home / f"{name}.json").write_text(json.dumps(recipe | changes))
    return home


def command(home: Path, *models: str, recipes: tuple[str, ...] = ("short",), storage: Path, trials: int) -> list[str]:
    """A command line of `edgegenre` that can be run in any folder."""
    named = [word for recipe in recipes for word in ("--recipe", str(home / f"{recipe}.json"))]
    data = ["--data", str(home / "music"), "--device", "cpu"]
    return ["sweep", *models, *data, *named, "--storage", str(storage), "--trials", str(trials)]


def process(arguments: list[str], folder: Path) -> subprocess.Popen:
    """The command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "edgegenre.cli.main", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def kept_trials(storage: Path) -> list[optuna.trial.FrozenTrial]:
    """As Optuna itself reads them."""
    kept = (
        optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(storage)))
        if storage.suffix == ".journal"
        else f"sqlite:///{storage}"
    )
    return optuna.load_study(study_name=None, storage=kept).trials


@pytest.mark.parametrize("name", [pytest.param("study.db", marks=pytest.mark.slow), "study.journal"])
def test_a_second_machine_goes_on_where_the_first_one_ended(home: Path, tmp_path: Path, name: str) -> None:
    """Two machines are two folders with runs of their own, and one storage."""
    first, second, storage = tmp_path / "first", tmp_path / "second", tmp_path / name
    first.mkdir()
    second.mkdir()
    ask = {"recipes": ("short", "other"), "storage": storage}
    assert edgegenre(*command(home, "ds-crnn1", "crnn1", trials=2, **ask), folder=first).status == 0
    outcome = edgegenre(*command(home, "ds-crnn1", "crnn1", trials=5, **ask), "--json", folder=second)
    assert outcome.status == 0, outcome.stderr
    trials = json.loads(outcome.stdout)["trials"]
    assert len(list((first / "runs").iterdir())) == 2
    assert len(list((second / "runs").iterdir())) == 3
    assert sorted(trial["trial"] for trial in trials) == [0, 1, 2, 3, 4]
    unchanged = {(trial["model"], trial["recipe"]) for trial in trials if trial["trial"] < 4}
    assert unchanged == {(model, recipe) for model in ("ds-crnn1", "crnn1") for recipe in ("short", "other")}
    # What DS-CRNN1 and CRNN1 of the paper multiply, in millions a clip.
    multiplies = {trial["model"]: round(trial["multiplies"] / 1e6, 1) for trial in trials}
    assert multiplies == {"ds-crnn1": 21.8, "crnn1": 42.5}


def test_every_trial_has_the_same_split_and_seed_and_is_judged_on_validation(home: Path, tmp_path: Path) -> None:
    arguments = command(home, "ds-crnn1", recipes=("short", "other"), storage=tmp_path / "s.db", trials=3)
    outcome = edgegenre(*arguments, "--seed", "5", "--json", folder=tmp_path)
    trials = json.loads(outcome.stdout)["trials"]
    configs = [json.loads((tmp_path / trial["run"] / "config.json").read_text()) for trial in trials]
    assert {config["seed"] for config in configs} == {5}
    assert all(config["split"] == configs[0]["split"] for config in configs)
    for trial in trials:
        metrics = json.loads((tmp_path / trial["run"] / "metrics.json").read_text())
        assert trial["validation_accuracy"] == metrics["validation"]["accuracy"]
        assert trial["validation_tracks"] == metrics["split"]["tracks"]["validation"]
    for trial in kept_trials(tmp_path / "s.db"):
        assert not any("test" in name for name in trial.user_attrs)


@pytest.mark.slow
def test_two_processes_at_once_share_a_file(home: Path, tmp_path: Path) -> None:
    arguments = command(home, "ds-crnn1", storage=tmp_path / "study.db", trials=4)
    both = [process(arguments, tmp_path) for _ in range(2)]
    said = [one.communicate(timeout=240)[1].decode() for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    kept = kept_trials(tmp_path / "study.db")
    assert {trial.state for trial in kept} == {optuna.trial.TrialState.COMPLETE}
    assert 4 <= len(kept) <= 5
    runs = [trial.user_attrs["run"] for trial in kept]
    assert len(set(runs)) == len(runs) == len(list((tmp_path / "runs").iterdir()))


@pytest.mark.parametrize(
    ("end", "name"),
    [(signal.SIGKILL, "study.journal"), pytest.param(signal.SIGINT, "study.db", marks=pytest.mark.slow)],
)
def test_a_trial_that_was_cut_off_is_taken_up_with_its_run(
    home: Path, tmp_path: Path, end: signal.Signals, name: str
) -> None:
    arguments = command(home, "ds-crnn1", recipes=("long",), storage=tmp_path / name, trials=1)
    cut_off = process(arguments, tmp_path)
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("runs/*/repeat-1/tensorboard")) and time.monotonic() < deadline:
        time.sleep(0.02)
    cut_off.send_signal(end)
    cut_off.communicate(timeout=60)
    (run,) = (tmp_path / "runs").iterdir()
    assert not (run / "completed").exists()
    outcome = edgegenre(*arguments, folder=tmp_path)
    assert outcome.status == 0, outcome.stderr
    assert [place.name for place in (tmp_path / "runs").iterdir()] == [run.name]
    assert (run / "completed").exists()
    failed, completed = kept_trials(tmp_path / name)
    assert (failed.state, completed.state) == (optuna.trial.TrialState.FAIL, optuna.trial.TrialState.COMPLETE)
    assert failed.params == completed.params


def test_a_trial_of_another_machine_that_is_silent_too_long_is_tried_again(home: Path, tmp_path: Path) -> None:
    storage = tmp_path / "study.db"
    arguments = command(home, "ds-crnn1", storage=storage, trials=2)
    assert edgegenre(*command(home, "ds-crnn1", storage=storage, trials=1), folder=tmp_path).status == 0
    study = optuna.load_study(study_name=None, storage=f"sqlite:///{storage}")
    silent = study.ask()
    silent.suggest_float("learning_rate", 0.25, 4, log=True)
    silent.set_user_attr("process", "ffffffff-1")
    with contextlib.closing(sqlite3.connect(storage)) as database, database:
        database.execute(
            "INSERT INTO trial_heartbeats (trial_id, heartbeat) VALUES (?, '2020-01-01 00:00:00')", [silent._trial_id]
        )
    assert edgegenre(*arguments, folder=tmp_path).status == 0
    _, failed, completed = kept_trials(storage)
    assert (failed.state, completed.state) == (optuna.trial.TrialState.FAIL, optuna.trial.TrialState.COMPLETE)
    assert completed.params["learning_rate"] == failed.params["learning_rate"]


@pytest.mark.slow
def test_a_machine_whose_trial_was_given_away_meanwhile_says_so_and_goes_on(home: Path, tmp_path: Path) -> None:
    storage = tmp_path / "study.db"
    sleeper = process(command(home, "ds-crnn1", recipes=("long",), storage=storage, trials=1), tmp_path)
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("runs/*/repeat-1/tensorboard")) and time.monotonic() < deadline:
        time.sleep(0.02)
    optuna.load_study(study_name=None, storage=f"sqlite:///{storage}").tell(0, state=optuna.trial.TrialState.FAIL)
    said = sleeper.communicate(timeout=120)[1].decode()
    assert sleeper.returncode == 0, said
    assert "Trial 0 was given to another machine meanwhile" in said
    assert [trial.state.name for trial in kept_trials(storage)] == ["FAIL", "COMPLETE"]


def test_a_training_that_diverges_is_a_trial_and_no_end(home: Path, tmp_path: Path) -> None:
    arguments = command(home, "ds-crnn1", recipes=("wild", "short"), storage=tmp_path / "s.db", trials=2)
    outcome = edgegenre(*arguments, "--picture", "front.png", folder=tmp_path)
    assert outcome.status == 0, outcome.stderr
    assert "1 trials, 1 more diverged" in outcome.stdout
    assert "21.8 M" in outcome.stdout
    assert (tmp_path / "front.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_another_sweep_has_no_place_in_a_study(home: Path, tmp_path: Path) -> None:
    storage = tmp_path / "s.db"
    assert edgegenre(*command(home, "ds-crnn1", storage=storage, trials=1), folder=tmp_path).status == 0
    more = command(home, "ds-crnn1", "crnn1", storage=storage, trials=2)
    assert f"{storage}: holds a sweep that differs in models, recipes." in refusal(*more, folder=tmp_path)
    seed = command(home, "ds-crnn1", storage=storage, trials=2)
    assert "differs in seed." in refusal(*seed, "--seed", "1", folder=tmp_path)
    assert len(list((tmp_path / "runs").iterdir())) == 1


def test_what_cannot_be_a_study_is_said_without_the_password(home: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("these are notes, " * 100)
    (tmp_path / "notes.journal").write_text("these are notes\n")
    for storage in ("notes.db", "notes.journal", "nosuchfolder/study.db", "nosuch://me:secret@host/study"):
        arguments = command(home, "ds-crnn1", storage=Path("x"), trials=1)
        arguments[arguments.index("x")] = storage
        message = refusal(*arguments, folder=tmp_path)
        assert message.startswith(storage.replace("secret", "***"))
        assert "cannot be opened as a study" in message
        assert "secret" not in message
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ds-crn1"], "Did you mean 'ds-crnn1'?"),
        (["ds-crnn1", "--recipe", "quik"], "Did you mean 'quick'?"),
        (["ds-crnn1", "--recipe", "quick", "--recipe", "quick"], "two recipes are called 'quick'"),
        (["ds-crnn1", "--picture", "front.gif"], ".png or .svg"),
        (["ds-crnn1", "--trials", "0"], "--trials"),
    ],
)
def test_a_wrong_option_is_one_sentence(home: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    assert message in refusal("sweep", *arguments, "--data", home / "music", folder=tmp_path)
    assert not (tmp_path / "runs").exists()


def test_without_optuna_one_sentence_tells_what_to_install(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert "pip install 'edgegenre[sweep]'" in refusal("sweep", "ds-crnn1", "--data", home / "music")


def test_factors_change_what_they_name_and_nothing_else() -> None:
    changed = Factors(learning_rate=2, batch=0.5, dropout=1.5).of(TINY).to_dict()
    expected = TINY.to_dict() | {
        "name": "tiny, learning rate × 2, batch × 0.5, dropout × 1.5",
        "dropout": {"dense": pytest.approx(0.45)},
    }
    first, second = TINY.to_dict()["phases"]
    expected["phases"] = [
        first | {"learning_rate": 6e-3, "batch": 4},
        second | {"learning_rate": 2e-3, "batch": 2},
    ]
    assert changed == expected
    assert Factors().of(QUICK) == QUICK


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 4)), min_size=1, max_size=8))
def test_the_front_is_what_no_other_trial_beats(points: list[tuple[int, int]]) -> None:
    study = optuna.create_study(directions=["maximize", "minimize"])
    parameters = {"model": "m", "recipe of m": "r", "learning_rate": 1.0, "batch": 1.0}
    for accuracy, multiplies in points:
        study.add_trial(
            optuna.trial.create_trial(
                values=[accuracy / 4, multiplies],
                params=parameters,
                distributions={
                    name: optuna.distributions.CategoricalDistribution([value]) for name, value in parameters.items()
                },
                user_attrs={"run": "runs/one", "machine": "here", "validation_tracks": 4},
            )
        )
    unbeaten = {
        number
        for number, (accuracy, multiplies) in enumerate(points)
        if not any(a >= accuracy and m <= multiplies and (a, m) != (accuracy, multiplies) for a, m in points)
    }
    assert {trial.number for trial in results_of(study).front} == unbeaten
