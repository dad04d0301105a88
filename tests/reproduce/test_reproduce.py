"""`edgegenre reproduce` as a person uses it: a paper's table on a small data set, taken up where it was left."""

import dataclasses
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean, stdev

import pytest

from edgegenre.datasets.track import Dataset
from edgegenre.progress import SILENT, Task
from edgegenre.reproduce.pages import write_pages
from edgegenre.reproduce.plan import plan
from edgegenre.reproduce.reproduce import reproduce
from edgegenre.reproduce.results import results
from edgegenre.reproduce.tables import sentences
from edgegenre.reproduce.time_left import seconds_left, time_words
from edgegenre.zoo.papers import PAPERS, paper
from edgegenre.zoo.registry import MODELS
from edgegenre.zoo.wu_backbones import OURS
from tests.cli.test_console import on_a_terminal
from tests.commands import edgegenre, refusal
from tests.training.tiny import TINY, tiny_dataset


@pytest.fixture(autouse=True, scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Features are kept in a cache: not in the person's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGEGENRE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`music/` (3 genres, 6 tracks each), `groups.csv` (every track by an artist of its own), `tiny.json`, and `out/`:
    two models of Liang, two repeats, by track and by artist."""
    folder = tmp_path_factory.mktemp("reproduce")
    dataset = tiny_dataset(folder / "music", tracks=6)
    lines = [f"{track.path.relative_to(folder / 'music').as_posix()},by {track.identifier}" for track in dataset.tracks]
    (folder / "groups.csv").write_text("\n".join(["path,group", *lines]) + "\n")
    (folder / "tiny.json").write_text(json.dumps(dataclasses.replace(TINY, repeats=2).to_dict()))
    assert edgegenre(*COMMAND, folder=folder).status == 0
    return folder


SIZE = "12 tracks, 3 genres"
COMMAND = (
    *("reproduce", "liang", "--data", "music", "--groups", "groups.csv", "--recipe", "tiny.json"),
    *("--models", "ds-crnn1,crnn1", "--out", "out"),
)


def test_the_table_sets_ours_beside_theirs_by_track_and_by_artist(place: Path) -> None:
    found = json.loads((place / "out" / "results.json").read_text())
    assert [row["name"] for row in found["models"]] == ["crnn1", "ds-crnn1"], "in the paper's order"
    separable = found["models"][1]
    assert (separable["paper_parameters"], separable["parameters"]) == (359_697, 359_697)
    assert separable["paper_accuracy"] == 92.40
    assert found["splits"] == ["track", "artist"]
    assert found["runs_done"] == found["runs_planned"] == 8
    text = (place / "out" / "table.md").read_text()
    assert "| ds\\-crnn1 | 359\\,697 | 359\\,697 | 21\\.8 M | 92\\.40 |" in text
    for by in ("track", "artist"):
        accuracies = [r["scores"]["accuracy"] for r in found["runs"] if r["model"] == "ds-crnn1" and r["by"] == by]
        score = separable["scores"][by]["accuracy"]
        assert (score["mean"], score["deviation"]) == (fmean(accuracies), stdev(accuracies))
        assert score["runs"] == 2


def test_its_figures_are_those_of_the_runs_that_it_leaves_behind(place: Path) -> None:
    found = json.loads((place / "out" / "results.json").read_text())
    for outcome in found["runs"]:
        metrics = json.loads((place / "out" / outcome["run"] / "metrics.json").read_text())
        config = json.loads((place / "out" / outcome["run"] / "config.json").read_text())
        assert outcome["scores"]["accuracy"] == metrics["test"]["accuracy"]
        assert (config["model"], config["split_by"]) == (outcome["model"], outcome["by"])
        assert config["seed"] == outcome["repeat"]


def test_the_models_are_compared_on_the_same_test_tracks(place: Path) -> None:
    """Other repeats have other test tracks, and both models of one have the same."""
    found = json.loads((place / "out" / "results.json").read_text())
    tested = {}
    for outcome in found["runs"]:
        config = json.loads((place / "out" / outcome["run"] / "config.json").read_text())
        tracks = tuple(sorted(json.dumps(track) for track in config["split"]["test"]))
        tested.setdefault((outcome["by"], outcome["repeat"]), set()).add(tracks)
    assert all(len(sets) == 1 for sets in tested.values())
    assert tested["track", 0] != tested["track", 1]
    assert [(pair["by"], pair["splits"]) for pair in found["comparisons"]] == [("track", 2), ("artist", 2)]


def test_the_page_says_which_data_stood_in_for_which(place: Path) -> None:
    for name in ("table.md", "table.html"):
        text = (place / "out" / name).read_text().replace("\\", "").replace("&#39;", "'")
        assert "Extended Ballroom (4,180 tracks, 13 genres); 'music' (18 tracks, 3 genres) stood in for it." in text


def test_the_page_loads_nothing_and_runs_nothing(place: Path) -> None:
    page = (place / "out" / "table.html").read_text()
    assert "default-src 'none'" in page
    assert not re.search(r"<script|\bsrc=|https?://|@import|url\(", page)


def test_what_is_done_is_not_done_again_and_more_repeats_add_to_it(place: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (place / "out").rglob("metrics.json")}
    outcome = edgegenre(*COMMAND, "--repeats", "3", "--split", "track", folder=place)
    assert outcome.status == 0
    assert "training crnn1, seed 2" in outcome.stderr
    assert "seed 1" not in outcome.stderr
    assert all(path.stat().st_mtime_ns == changed for path, changed in before.items())
    found = json.loads((place / "out" / "results.json").read_text())
    assert (found["runs_done"], found["splits"]) == (6, ["track"])
    assert edgegenre(*COMMAND, folder=place).status == 0, "the table of before, for the other tests"


@pytest.mark.slow
def test_a_terminal_shows_the_whole_and_only_the_part_that_goes_on(place: Path) -> None:
    shown = on_a_terminal(
        *("reproduce", "liang", "--data", place / "music", "--recipe", place / "tiny.json", "--models", "ds-crnn1"),
        *("--out", place / "terminal"),
    )
    last = shown.rpartition("reproducing Liang et al. 2019")[2].partition("Table II")[0]
    assert "2/2" in last
    assert "training" not in last
    assert "training ds-crnn1, seed 1" in shown
    assert re.search(r"ds-crnn1 track; less than a minute of training left", shown)


class Stopping:
    """A person who presses Ctrl-C in the middle of the second training."""

    def __init__(self) -> None:
        self.trainings = 0

    @contextmanager
    def task(self, description: str, total: int) -> Iterator[Task]:
        self.trainings += description.startswith("training")
        with SILENT.task(description, total) as task:
            yield task
        if self.trainings == 2:
            raise KeyboardInterrupt

    def warn(self, message: str) -> None:
        pass


def test_an_interrupted_reproduction_leaves_a_table_of_what_is_done_and_goes_on(tmp_path: Path) -> None:
    dataset, recipe = _with_recipe(tmp_path)
    planned = plan(paper("liang"), dataset, models=("ds-crnn1",), recipe=recipe)
    with pytest.raises(KeyboardInterrupt):
        reproduce(planned, tmp_path / "out", progress=Stopping())
    assert "Unfinished\\: 1 of 2 runs" in (tmp_path / "out" / "table.md").read_text()
    found = reproduce(planned, tmp_path / "out")
    assert len(found.outcomes) == 2
    assert "Unfinished" not in (tmp_path / "out" / "table.md").read_text()
    assert len(list((tmp_path / "out").rglob("config.json"))) == 2, "the interrupted run was taken up"


def test_folds_test_every_track_once(tmp_path: Path) -> None:
    dataset, recipe = _with_recipe(tmp_path)
    out = tmp_path / "out"
    arguments = ("--recipe", recipe, "--models", "ds-crnn1", "--fold-count", "3", "--out", out)
    assert edgegenre("reproduce", "liang", "--data", tmp_path / "music", *arguments).status == 0
    found = json.loads((out / "results.json").read_text())
    assert sum(outcome["test"] for outcome in found["runs"]) == len(dataset.tracks)


def test_rendered_music_is_called_synthetic_and_no_text_becomes_markup(tmp_path: Path) -> None:
    dataset, recipe = _with_recipe(tmp_path)
    rendered = dataclasses.replace(dataset, synthetic=True, root=Path("<script>"))
    planned = plan(paper("pandey"), rendered, models=("deep-cnn",), recipe=recipe)
    write_pages(tmp_path / "out", results(planned, []))
    text = (tmp_path / "out" / "table.html").read_text()
    assert "rhythms rendered by edgegenre (12 tracks, 3 genres) stood in for it: the figures are synthetic" in text
    assert "&lt;script&gt;: no track names an artist" in text
    assert "<script" not in text
    assert "\\<script\\>\\: no track names an artist" in (tmp_path / "out" / "table.md").read_text()


def _with_recipe(folder: Path) -> tuple[Dataset, str]:
    recipe = folder / "tiny.json"
    recipe.write_text(json.dumps(dataclasses.replace(TINY, repeats=2).to_dict()))
    return tiny_dataset(folder / "music", tracks=4), str(recipe)


def test_every_model_of_the_zoo_is_in_the_table_of_its_paper() -> None:
    theirs = [entry for each in PAPERS.values() for entry in each.entries]
    assert [entry.name for entry in (*theirs, *OURS)] == list(MODELS)
    assert all(entry.paper == each.words for each in PAPERS.values() for entry in each.entries)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("lian",), "Did you mean 'liang'? There are: liang, pandey, calvino-pacheco, wu, mersy-kuan."),
        (("liang", "--models", "ds-crn1"), "Did you mean 'ds-crnn1'?"),
        (("liang", "--models", "deep-cnn"), "no model 'deep-cnn'"),
        (("liang", "--recipe", "papr"), "Did you mean 'paper'?"),
        (("liang", "--dataset", "gtzan"), "needs --data"),
        (("liang", "--table", "3"), "Liang et al. 2019 have no table '3' here. There are: 1 (Table I), 2 (Table II)."),
        (("calvino-pacheco", "--table", "2", "--models", "res-1d"), "Table 2 has none of res-1d."),
        (
            ("calvino-pacheco", "--table", "2", "--recipe", "quick"),
            "Table 2: is of what the paper trained by paper-dropout",
        ),
        (("liang", "--fold-count", "2"), "fold-count"),
    ],
)
def test_a_command_that_makes_no_sense_is_one_sentence_and_leaves_nothing(
    arguments: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    assert message in refusal("reproduce", *arguments, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--split", "published", "--fold-count", "3"), "published split has no folds"),
        (("--split", "published"), "no published split of 'music' is known"),
        (("--split", "artist"), "no track names an artist"),
        (("--fold-count", "7"), "has 6 tracks; 7 are needed"),
    ],
)
def test_a_data_set_that_cannot_be_divided_so_is_refused_before_anything_is_written(
    arguments: tuple[str, ...], message: str, place: Path
) -> None:
    assert message in refusal("reproduce", "wu", "--data", "music", *arguments, "--out", "no", folder=place)
    assert not (place / "no").exists()


@pytest.mark.parametrize("name", ["gtzan", "gtzan (genres + more)"])
def test_the_paper_s_own_data_set_is_told_from_others_by_its_name(name: str, tmp_path: Path) -> None:
    dataset, recipe = _with_recipe(tmp_path)
    named = dataclasses.replace(dataset, name=name)
    words = sentences(results(plan(paper("wu"), named, models=("mlp",), recipe=recipe), []))[0]
    assert words == f"The paper's data: GTZAN (1,000 tracks, 10 genres); ours goes by the same name, '{name}': {SIZE}."
    other = sentences(results(plan(paper("liang"), named, models=("cnn1",), recipe=recipe), []))[0]
    assert other == f"The paper's data: Extended Ballroom (4,180 tracks, 13 genres); '{name}' ({SIZE}) stood in for it."


def test_the_time_left_goes_by_the_trainings_that_are_done(tmp_path: Path) -> None:
    """A model that was trained takes its time again, one twice as large twice as long."""
    dataset, recipe = _with_recipe(tmp_path)
    assert seconds_left(["a"], [], {"a": 1}) is None
    planned = plan(paper("liang"), dataset, models=("ds-crnn1",), recipe=recipe, repeats=1)
    (outcome,) = reproduce(planned, tmp_path / "out").outcomes
    done = [dataclasses.replace(outcome, seconds=seconds) for seconds in (90.0, 110.0)]
    sizes = {"ds-crnn1": 20, "larger": 40}
    assert seconds_left(["ds-crnn1", "larger", "larger"], done, sizes) == pytest.approx(100 + 200 + 200)
    assert [time_words(seconds) for seconds in (10, 600, 12_000)] == [
        "less than a minute",
        "about 10 min",
        "about 3 h 20 min",
    ]
