"""A network's own leak: the runs by track and by artist that lie beside one another."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from edgegenre.runs.counterparts import network_leak
from edgegenre.runs.run_folder import CONFIG, METRICS, load_run
from tests.bundles import finish, tiny_run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tiny_run(tmp_path_factory.mktemp("run"))
    finish(run)
    return run.path


def put(made: Path, runs: Path, name: str, accuracy: float, tracks: int, **config: Any) -> Path:
    """A copy of the run with that test accuracy over so many tracks, and other entries in its config.json."""
    path = Path(shutil.copytree(made, runs / name))
    values = json.loads((path / CONFIG).read_text())
    (path / CONFIG).write_text(json.dumps(values | config))
    scores = {"accuracy": accuracy, "macro_f1": accuracy}
    (path / METRICS).write_text(json.dumps({"test": scores, "split": {"tracks": {"test": tracks}}}))
    return path


def test_all_test_tracks_of_runs_that_differ_in_the_split_alone_count(made: Path, tmp_path: Path) -> None:
    first = put(made, tmp_path, "a", 0.9, 10, split_by="track", fold=[1, 5])
    put(made, tmp_path, "b", 0.6, 30, split_by="track", fold=[2, 5])
    put(made, tmp_path, "c", 0.5, 20, split_by="artist", fold=[1, 5])
    put(made, tmp_path, "another model", 0.1, 20, split_by="artist", fold=[1, 5], model="other")
    put(made, tmp_path, "other folds", 0.1, 20, split_by="artist", fold=[1, 3])
    put(made, tmp_path, "damaged", 0.1, 20, split_by="artist", fold=[1, 5], labels="abc")
    found = network_leak(load_run(first), tmp_path)
    assert found is not None
    assert found.by_track == pytest.approx((9 + 18) / 40)
    assert (found.by_artist, found.runs_by_track, found.runs_by_artist) == (0.5, 2, 1)
    assert found.words == ("This network's own runs: 67.5 % by track (2 runs), 50.0 % by artist (1 run): +17.5 points.")


def test_runs_of_one_kind_tell_nothing(made: Path, tmp_path: Path) -> None:
    first = put(made, tmp_path, "a", 0.9, 10, split_by="track")
    assert network_leak(load_run(first), tmp_path) is None
