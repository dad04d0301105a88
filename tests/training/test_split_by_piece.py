"""A split by piece, as some papers divide their data: what it deals out, how it is called, what it is refused for."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegenre.datasets.folder import open_folder
from edgegenre.datasets.groups import units_per_class
from edgegenre.datasets.pieces import Piece, pieces
from edgegenre.datasets.split import k_folds, stratified_split
from edgegenre.errors import DatasetError, TrainingError
from edgegenre.frontend.cache import FeatureCache
from edgegenre.progress import SILENT, Task
from edgegenre.runs.description import Experiment
from edgegenre.runs.phase import Phase
from edgegenre.runs.protocol import Protocol
from edgegenre.runs.run_folder import Run
from edgegenre.training.train import Workplace, train
from tests.commands import edgegenre, refusal
from tests.training.tiny import tiny_dataset

SECONDS = 13.0
"""Four pieces of 126 frames, 3.0 s, and a rest."""

ONE_EPOCH = Protocol(name="one", phases=(Phase(epochs=1, learning_rate=1e-3, batch=12),), split=(2, 1, 1))


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`music/`: 3 genres of 4 tracks."""
    folder = tmp_path_factory.mktemp("pieces")
    tiny_dataset(folder / "music", tracks=4, seconds=SECONDS)
    (folder / "one.json").write_text(json.dumps(ONE_EPOCH.to_dict()))
    return folder


@pytest.fixture(scope="session")
def run(place: Path) -> Run:
    """`mlp` on it, by piece."""
    return train(
        Experiment(model="mlp", protocol=ONE_EPOCH, split_by="piece"),
        open_folder(place / "music"),
        workplace=Workplace(runs_folder=place / "runs", device="cpu", cache=FeatureCache(place / "cache")),
    )


def test_every_piece_is_in_one_part_and_every_class_has_its_shares(place: Path) -> None:
    dataset = open_folder(place / "music")
    cut = pieces(dataset, {track.identifier: 10 for track in dataset.tracks})
    split = stratified_split(cut, 3, (0.64, 0.16, 0.20), by="piece")
    parts = [split.train, split.validation, split.test]
    assert sorted(track.identifier for part in parts for track in part) == [track.identifier for track in cut.tracks]
    assert [set(Counter(track.label for track in part).values()) for part in parts] == [{26}, {6}, {8}], (
        "of 40 pieces a class"
    )
    assert stratified_split(cut, 3, (0.64, 0.16, 0.20), by="piece") == split
    assert stratified_split(cut, 4, (0.64, 0.16, 0.20), by="piece") != split


def test_pieces_of_one_track_are_on_both_sides(place: Path) -> None:
    dataset = open_folder(place / "music")
    cut = pieces(dataset, {track.identifier: 10 for track in dataset.tracks})
    split = k_folds(cut, 5, 0, by="piece")[0]

    def tracks(part: tuple[object, ...]) -> set[str]:
        return {piece.of for piece in part if isinstance(piece, Piece)}

    assert tracks(split.train) & tracks(split.test)
    assert units_per_class(cut, "piece") == {"chirp": 40, "hiss": 40, "hum": 40}


def test_a_run_by_piece_records_its_pieces_and_scores_each_for_itself(run: Run) -> None:
    config = json.loads((run.path / "config.json").read_text())
    entries = [(part, entry["path"], entry["number"]) for part in config["split"] for entry in config["split"][part]]
    assert len(entries) == len(set(entries)) == 3 * 4 * 4
    assert {number for *_, number in entries} == {0, 1, 2, 3}
    assert config["split_by"] == "piece"
    counts = {part: len(config["split"][part]) for part in config["split"]}
    assert run.metrics["split"]["pieces"] == counts == {"train": 24, "validation": 12, "test": 12}
    assert run.metrics["test"]["clips"] == 12
    assert "windows" not in run.metrics["test"]


def test_every_figure_of_it_is_called_leaking(run: Run) -> None:
    assert run.split_words == "by piece, leaking, 2/1/1, seed 0"
    assert run.metrics["split"]["by"] == "piece"
    assert "leaking" in run.metrics["split"]["words"]
    assert any("say nothing about new music" in problem for problem in run.metrics["problems"])


def test_the_command_line_calls_it_leaking_and_offers_no_export(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEGENRE_CACHE", str(place / "cache"))
    arguments = ("--data", "music", "--split", "piece", "--recipe", "one.json", "--device", "cpu")
    shown = edgegenre("train", "mlp", *arguments, folder=place).stdout
    assert "mlp on music, by piece, leaking, 2/1/1, seed 0" in shown
    assert "on its test pieces" in shown
    assert "on the same test pieces" in shown
    assert "edgegenre export" not in shown


def test_the_normalization_is_of_the_training_pieces_alone(run: Run, place: Path) -> None:
    config = json.loads((run.path / "config.json").read_text())
    (fed,) = run.inputs.values()
    cache = FeatureCache(place / "cache")
    rows = [
        cache.stored(place / "music" / entry["path"], fed.frontend).features[entry["number"]]
        for entry in config["split"]["train"]
    ]
    assert np.asarray(fed.normalization.mean).ravel() == pytest.approx(
        np.mean(rows, axis=0).ravel(), rel=1e-4, abs=1e-3
    )


def test_an_interrupted_run_by_piece_goes_on_with_the_same_pieces(place: Path) -> None:
    experiment = Experiment(model="mlp", protocol=ONE_EPOCH, split_by="piece", seed=3, repeats=2)

    def go(name: str, **others: Any) -> Run:
        workplace = Workplace(runs_folder=place / name, device="cpu", cache=FeatureCache(place / "cache"))
        return train(experiment, open_folder(place / "music"), workplace=workplace, **others)

    with pytest.raises(KeyboardInterrupt):
        go("cut", progress=StopsAt("training mlp, seed 4"))
    (begun,) = (place / "cut").iterdir()
    whole, resumed = go("whole"), go("cut", resume=begun)
    assert resumed.recorded_split == whole.recorded_split
    assert resumed.metrics["test"] == whole.metrics["test"]


class StopsAt:
    """A person who presses Ctrl-C as that begins."""

    def __init__(self, title: str) -> None:
        self.title = title

    @contextmanager
    def task(self, description: str, total: int) -> Iterator[Task]:
        if description == self.title:
            raise KeyboardInterrupt
        with SILENT.task(description, total) as task:
            yield task

    def warn(self, message: str) -> None:
        pass


def test_nothing_else_can_be_made_of_such_a_run(run: Run, place: Path) -> None:
    with pytest.raises(TrainingError, match="divided by piece"):
        _ = run.split
    for command in (("export", run.path, "--out", place / "no"), ("eval", run.path)):
        message = refusal(*command, folder=place)
        assert "divided by piece" in message
        assert "--split track or artist" in message
    assert not (place / "no").exists()


def test_a_model_that_hears_whole_tracks_has_no_pieces(place: Path) -> None:
    arguments = ("--data", place / "music", "--split", "piece", "--recipe", "quick")
    assert "every track is one window of this model" in refusal("train", "ds-crnn1", *arguments, folder=place)


def test_tracks_with_one_window_each_cannot_be_divided_by_piece(place: Path) -> None:
    dataset = open_folder(place / "music")
    with pytest.raises(DatasetError, match="a split by piece is one by track"):
        pieces(dataset, {track.identifier: 1 for track in dataset.tracks})


def test_a_teacher_and_a_split_by_piece_exclude_each_other() -> None:
    with pytest.raises(TrainingError, match="a teacher speaks of whole tracks"):
        Experiment(model="mlp", split_by="piece", teacher="musicnn")


@pytest.mark.parametrize("model", ["deep-cnn", "res-2d-segments"])
def test_random_and_overlapping_segments_are_pieces_too(model: str, place: Path) -> None:
    """With 15 and with as many as fit: the paper's own, as many in every seed."""
    from edgegenre.zoo.registry import MODELS

    protocol = MODELS[model].recipe("paper")
    experiment = Experiment(model=model, protocol=protocol, split_by="piece")
    assert _dealt(experiment, place) == _dealt(experiment, place)
    per_track = Counter(name.partition(" piece ")[0] for name in _dealt(experiment, place))
    assert set(per_track.values()) == ({15} if model == "deep-cnn" else {7})


def _dealt(experiment: Experiment, place: Path) -> list[str]:
    """The pieces of all parts, before anything is trained."""
    import torch

    from edgegenre.training.device import place as placed
    from edgegenre.training.material import load

    material = load(
        experiment,
        open_folder(place / "music"),
        placed("cpu"),
        cache=FeatureCache(place / "cache"),
        helpers=None,
        weights=None,
        in_memory=None,
        form="float",
        skip_broken=False,
        progress=SILENT,
    )
    data = material.data(SILENT)
    assert torch.equal(data.test.windows.track, torch.arange(len(material.split.test)))
    return [track.identifier for track in (*material.split.train, *material.split.validation, *material.split.test)]


def test_wu_s_table_has_a_third_column_by_piece(place: Path) -> None:
    arguments = ("--data", "music", "--models", "mlp", "--recipe", "one.json", "--repeats", "1", "--out", "out")
    assert edgegenre("reproduce", "wu", *arguments, folder=place).status == 0
    found = json.loads((place / "out" / "results.json").read_text())
    assert found["splits"] == ["track", "piece"]
    text = (place / "out" / "table.md").read_text().replace("\\", "")
    assert "accuracy of pieces, ours by piece, leaking" in text
    assert "says nothing about new music" in text
