"""`edgegenre train`: runs that are taken up again, seeds, recipes of one's own, what is chosen without being asked."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.commands import edgegenre, refusal
from tests.training.tiny import TINY, tiny_dataset

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with `music/` and two recipes: one of twenty iterations, one of far too many."""
    folder = tmp_path_factory.mktemp("work")
    tiny_dataset(folder / "music", tracks=3, seconds=1)
    recipe = TINY.to_dict()
    (folder / "short.json").write_text(json.dumps(recipe))
    endless = recipe | {"phases": [recipe["phases"][0] | {"iterations": 1_000_000}]}
    (folder / "endless.json").write_text(json.dumps(endless))
    return folder


TRAIN = ("train", "ds-crnn1", "--data", "music", "--device", "cpu")


@pytest.fixture(params=[("--recipe", "endless.json")], ids=["endless"])
def training(request: pytest.FixtureRequest, folder: Path):
    """A process that trains for long, with these options, and its run folder."""
    shutil.rmtree(folder / "runs", ignore_errors=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "edgegenre.cli.main", *TRAIN, *request.param],
        cwd=folder,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    deadline = time.monotonic() + 120
    while not list((folder / "runs").glob("*/repeat-1/tensorboard")) and time.monotonic() < deadline:
        time.sleep(0.05)
    (run,) = (folder / "runs").iterdir()
    yield process, run
    process.kill()
    process.communicate()


def test_a_run_in_training_is_not_taken_up_by_a_second_command(training, folder: Path) -> None:
    process, run = training
    for resume in ([], [f"runs/{run.name}"], [run.name]):
        message = refusal(*TRAIN, "--recipe", "endless.json", "--resume", *resume, folder=folder)
        assert f"process {process.pid} is training this run" in message
    assert process.poll() is None


def test_an_interrupted_run_says_so_and_the_older_of_two_can_be_named(training, folder: Path) -> None:
    process, run = training
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.decode().splitlines()[-1] == "edgegenre: interrupted."
    assert not (run / "lock").exists()
    assert not list(run.rglob(".*"))
    newer = run.with_name("9" + run.name[1:])
    shutil.copytree(run, newer)
    config = json.loads((newer / "config.json").read_text())
    (newer / "config.json").write_text(json.dumps(config | {"started": "9999-01-01T00:00:00+00:00", "seed": 9}))
    assert f"runs/{newer.name}: cannot be resumed: it was started with another seed" in refusal(
        *TRAIN, "--recipe", "endless.json", "--resume", folder=folder
    )
    message = refusal(*TRAIN, "--recipe", "short.json", "--resume", run.name, folder=folder)
    assert f"runs/{run.name}: cannot be resumed: it was started with another protocol" in message


@pytest.mark.parametrize("training", [()], indirect=True, ids=["no recipe named"])
def test_music_of_ones_own_is_trained_to_withstand_microphones_when_nothing_is_said(training) -> None:
    _, run = training
    protocol = json.loads((run / "config.json").read_text())["protocol"]
    assert protocol["name"] == "robust"
    assert {item["kind"] for item in protocol["augmentation"]} >= {"level", "frequency-response", "noise-floor"}


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6])
def test_ctrl_c_at_any_moment_ends_it_and_leaves_nothing_that_is_not_a_run(folder: Path, seconds: float) -> None:
    """While Python starts, torch is imported, audio is read, a checkpoint is written, after the end."""
    work = folder / f"interrupted {seconds}"
    places = {name: work / name for name in ("tmp", "home", "cache")}
    for place in places.values():
        place.mkdir(parents=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "edgegenre.cli.main", *TRAIN[:3], folder / "music", "--recipe", folder / "short.json"],
        cwd=work,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ
        | {
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(places["tmp"]),
            "HOME": str(places["home"]),
            "EDGEGENRE_CACHE": str(places["cache"]),
            "MPLCONFIGDIR": str(places["cache"]),
        },
    )
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    # Before Python has its handlers, and after it has taken them away, Ctrl-C ends it the system's way.
    assert process.returncode in (0, 130, -signal.SIGINT), said
    assert process.returncode != 130 or said.splitlines()[-1] == "edgegenre: interrupted."
    left = [path for name in ("tmp", "home") for path in places[name].rglob("*")]
    left += [path for path in work.rglob("*") if path.name == "lock" or path.name.startswith(".")]
    assert left == []


def test_a_recipe_of_ones_own_is_a_file_and_the_newest_run_is_said(folder: Path) -> None:
    shutil.rmtree(folder / "runs", ignore_errors=True)
    outcome = edgegenre(*TRAIN, "--recipe", "short.json", folder=folder)
    assert outcome.status == 0, outcome
    (run,) = (folder / "runs").iterdir()
    assert json.loads((run / "config.json").read_text())["protocol"] == TINY.to_dict()
    assert "this run is completed" in refusal(*TRAIN, "--resume", run.name, folder=folder)
    exported = edgegenre("export", "--float", folder=folder)
    assert exported.status == 0, exported
    assert f"with runs/{run.name}, the newest run" in exported.stderr
    verified = edgegenre("classify", "music/hum/00.wav", folder=folder)
    assert f"with bundles/{run.name}, the newest bundle" in verified.stderr


@pytest.mark.parametrize(("iterations", "loses"), [(1, True), (20, False)])
def test_the_baseline_is_printed_and_a_network_that_loses_to_it_is_told(
    tmp_path: Path, iterations: int, loses: bool
) -> None:
    """Hiss, hum and chirp: the baseline knows them all, a network after one iteration knows nothing."""
    tiny_dataset(tmp_path / "music", tracks=8, seconds=2)
    phase = {"iterations": iterations, "learning_rate": 3e-3, "batch": 7, "crop_frames": 33}
    (tmp_path / "recipe.json").write_text(
        json.dumps({"name": "r", "phases": [phase], "settle_batch_norm": not loses, "batch_norm_momentum": 0.1})
    )
    outcome = edgegenre(*TRAIN, "--recipe", "recipe.json", folder=tmp_path)
    assert outcome.status == 0, outcome
    said = "baseline: 1.000 on the same test tracks (SVM on means and deviations of the same features)"
    assert said in outcome.stdout.splitlines()
    assert ("The network LOSES to the baseline" in outcome.stdout) == loses
    (metrics,) = (json.loads(path.read_text()) for path in tmp_path.glob("runs/*/metrics.json"))
    assert metrics["baseline"]["test"] == metrics["baseline"]["validation"] == {"accuracy": 1.0, "macro_f1": 1.0}
    assert (metrics["test"]["accuracy"] < 1) == loses


def test_sound_that_is_no_music_is_learnt_and_answered_with_unknown(tmp_path: Path) -> None:
    tiny_dataset(tmp_path / "music", tracks=8, seconds=2)
    (tmp_path / "music" / "hiss").rename(tmp_path / "noise")
    (tmp_path / "recipe.json").write_text(json.dumps(TINY.to_dict()))
    outcome = edgegenre(*TRAIN, "--other", "noise", "--recipe", "recipe.json", folder=tmp_path)
    assert outcome.status == 0, outcome
    assert edgegenre("export", "--float", folder=tmp_path).status == 0
    (manifest,) = (json.loads(path.read_text()) for path in tmp_path.glob("bundles/*/manifest.json"))
    assert manifest["labels"] == ["chirp", "hum", "other"]
    assert (manifest["decisions"]["other"], manifest["decisions"]["reject"]["score"]) == ("other", "other")
    answers = edgegenre("classify", "noise/00.wav", "music/hum/00.wav", "--json", folder=tmp_path)
    assert [json.loads(line)["kind"] for line in answers.stdout.splitlines()] == ["unknown", "genre"]


@pytest.mark.parametrize("seed", [2**64, 2**32, -1, "one"])
def test_a_seed_out_of_range_is_one_sentence(seed: object, folder: Path) -> None:
    assert "--seed" in refusal(*TRAIN, "--seed", str(seed), folder=folder)


def test_what_cannot_be_resumed_is_named(folder: Path) -> None:
    assert "runs/nothing: no such run folder" in refusal(*TRAIN, "--resume", "nothing", folder=folder)
    assert "is not a run folder" in refusal(*TRAIN, "--resume", "music", folder=folder)


def test_a_recipe_that_is_not_known_is_one_sentence_with_the_near_one(folder: Path) -> None:
    assert "Did you mean 'paper'?" in refusal(*TRAIN, "--recipe", "papper", folder=folder)
    message = refusal(*TRAIN, "--recipe", "no.json", folder=folder)
    assert "no.json: not a training protocol" in message
    assert "No such file" in message


def test_who_cannot_teach_is_one_sentence(folder: Path) -> None:
    assert "teacher 'musicn' is not known. Did you mean 'musicnn'?" in refusal(
        *TRAIN, "--teacher", "musicn", folder=folder
    )
    assert "music: is not a run folder" in refusal(*TRAIN, "--teacher", "music", folder=folder)
    message = refusal(*TRAIN, "--unlabeled", "more", folder=folder)
    assert "more: unlabeled music needs a teacher. Name one with --teacher." in message


def test_features_are_written_without_scipy_as_the_definition_has_them(folder: Path) -> None:
    """A core install has numpy alone."""
    import numpy as np

    from edgegenre.audio.decode import load_pcm
    from edgegenre.frontend.kinds.mfcc import LIANG_MFCC

    program = (
        "import sys; sys.modules['scipy'] = None; from edgegenre.cli.main import run; "
        "sys.exit(run(['features', 'music/hum/00.wav', '--out', 'features.npy']))"
    )
    subprocess.run(
        [sys.executable, "-c", program], cwd=folder, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=120
    )
    expected = LIANG_MFCC.float64(load_pcm(folder / "music/hum/00.wav", 16_000))
    np.testing.assert_allclose(np.load(folder / "features.npy"), expected, atol=1e-2)
