"""A run's results come first; its picture is bounded, comes last, and can fail without harm."""

import struct
from pathlib import Path

import numpy as np
import pytest

from edgegenre.frontend.cache import FeatureCache
from edgegenre.runs.run_folder import load_run
from edgegenre.training import finish
from edgegenre.training.confusion import MOST_NAMED, draw_confusion
from edgegenre.training.history import COLUMNS, History
from edgegenre.training.run_record import EventLog
from tests.training.tiny import tiny_dataset, trained


def size_of(png: Path) -> tuple[int, int]:
    return struct.unpack(">II", png.read_bytes()[16:24])


def test_a_picture_stops_growing_with_the_classes(tmp_path: Path) -> None:
    for classes in (MOST_NAMED, 300):
        counts = np.random.default_rng(0).integers(0, 5, (classes, classes))
        draw_confusion(tmp_path / f"{classes}.png", counts, tuple(f"genre {n}" for n in range(classes)), "many")
    assert size_of(tmp_path / "300.png") == size_of(tmp_path / f"{MOST_NAMED}.png")


def test_labels_that_matplotlib_takes_for_formulas_are_drawn_as_they_are(tmp_path: Path) -> None:
    labels = ("$1", "a_b$", r"$\frac{$", "x" * 5000)
    draw_confusion(tmp_path / "odd.png", np.eye(4, dtype=int), labels, r"a title of $\frac{$")
    assert max(size_of(tmp_path / "odd.png")) < 1000


class Warned(list[str]):
    """A progress that keeps what it is warned of."""

    def warn(self, message: str) -> None:
        self.append(message)


def test_a_picture_that_cannot_be_drawn_is_a_warning_and_the_run_is_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained(
        "ds-crnn1",
        tiny_dataset(tmp_path / "audio", tracks=3, seconds=1),
        runs_folder=tmp_path / "runs",
        cache=FeatureCache(tmp_path / "cache"),
    )
    (run.path / "confusion.png").unlink()
    (run.path / "confusion.png").mkdir()
    (run.path / "confusion.png" / "in the way").touch()
    warned = Warned()
    finish.draw(run.path, run.metrics, run, warned)
    (message,) = warned
    assert "confusion.png: could not be drawn" in message
    assert load_run(run.path).metrics == run.metrics


def test_tensorboard_reads_the_log_and_leaves_out_what_was_done_again(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for done, iterations in ((0, (10, 20, 30)), (20, (30, 40))):
        log, history = EventLog(tmp_path, done), History()
        for iteration in iterations:
            history.add(
                iteration=iteration,
                learning_rate=0.5,
                loss=iteration + done / 100,
                accuracy=0.25,
                validation=float("nan") if iteration == 10 else 0.75,
            )
            log.add(history)
    found = EventAccumulator(str(tmp_path)).Reload()
    assert set(found.Tags()["scalars"]) == set(COLUMNS[1:])
    assert [(event.step, round(event.value, 3)) for event in found.Scalars("loss")] == [
        (10, 10.0),
        (20, 20.0),
        (30, 30.2),
        (40, 40.2),
    ]
    assert [event.step for event in found.Scalars("validation_accuracy")] == [20, 30, 40]
