"""What a repeat leaves in its folder while it is trained: history.csv, the TensorBoard log, the checkpoint, and where
the protocol watches the test tracks, what they scored at every look.
"""

import math
import time
from pathlib import Path

import numpy as np

from edgegenre.errors import TrainingError, missing
from edgegenre.files import explained, write_json
from edgegenre.progress import Progress
from edgegenre.training.checkpoint import TrainingState, save_checkpoint
from edgegenre.training.confusion import confusion_png
from edgegenre.training.history import COLUMNS, History
from edgegenre.training.objective import TaskVerdict, Verdict
from edgegenre.untrusted import UnreadableError, read_json

CHECKPOINT = "checkpoint.safetensors"
TEST_CURVE = "test_curve.json"
"""[{"iteration", "loss", "accuracy", "macro_f1"}, …]: see `scoring.watched`."""


class RunRecord:
    """Writes into `folder`. labels: of the classes, for pictures of confusion matrices; None to draw none.
    checkpoint_seconds: least time between two checkpoints.

    done: iterations already done; what an interrupted run logged after them is discarded.
    """

    def __init__(
        self, folder: Path, *, labels: tuple[str, ...] | None, checkpoint_seconds: float, done: int, progress: Progress
    ) -> None:
        self._folder = folder
        self._progress = progress
        self._labels = labels
        self._checkpoint_seconds = checkpoint_seconds
        self._saved = time.monotonic()
        self._log = EventLog(folder / "tensorboard", done)
        self._test_curve = [row for row in test_curve(folder) if row["iteration"] <= done]

    def look(self, iteration: int, verdict: Verdict) -> None:
        """Log the confusion matrix of the validation windows as a picture; one that cannot be drawn is a warning. Write
        down what the test tracks score, where they are watched."""
        assert isinstance(verdict, TaskVerdict)
        if verdict.test is not None:
            self._test_curve.append({"iteration": iteration, **verdict.test})
            write_json(self._folder / TEST_CURVE, self._test_curve)
        if self._labels is None:
            return
        title = f"validation windows after {iteration} iterations"
        try:
            png = confusion_png(np.array(verdict.confusion), self._labels, title)
        except Exception as error:  # as at the end of a run: whatever a drawing library makes of a person's labels
            self._labels = None
            self._progress.warn(f"the confusion matrix could not be drawn for TensorBoard ({error}).")
        else:
            self._log.picture(iteration, "confusion", png)

    def row(self, state: TrainingState, *, last: bool) -> None:
        """Log the newest row of the history; write a checkpoint when it is time, or the training is over."""
        self._log.add(state.history)
        if last or time.monotonic() - self._saved >= self._checkpoint_seconds:
            self._saved = time.monotonic()
            save_checkpoint(self._folder / CHECKPOINT, state)
            state.history.write(self._folder / "history.csv")


def test_curve(folder: Path) -> list[dict[str, float]]:
    """What the repeat in `folder` has written down of its test tracks. Raises TrainingError when it is damaged."""
    path = folder / TEST_CURVE
    if not path.exists():
        return []
    try:
        return [
            {"iteration": int(row["iteration"]), **{name: float(row[name]) for name in _WATCHED}}
            for row in read_json(path)
        ]
    except (OSError, UnreadableError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{path}: cannot be read ({error}). Remove the run folder and train again.") from error


_WATCHED = ("loss", "accuracy", "macro_f1")


class EventLog:
    """A file that TensorBoard reads, written at once: torch's own writer has a thread, and hangs when that fails."""

    def __init__(self, folder: Path, done: int) -> None:
        try:
            from tensorboard.compat.proto.event_pb2 import SessionLog
        except ImportError as error:
            raise missing("tensorboard", "train", "The training log") from error

        now = time.time()
        self._path = folder / f"events.out.tfevents.{now:.6f}"
        with explained(self._path):
            folder.mkdir(parents=True, exist_ok=True)
        self._write(wall_time=now, file_version="brain.Event:2")
        if done:
            self._write(wall_time=now, step=done + 1, session_log=SessionLog(status=SessionLog.START))

    def add(self, history: History) -> None:
        """Log the newest row."""
        from tensorboard.compat.proto.summary_pb2 import Summary

        iteration, *values = history.rows[-1]
        summary = Summary(
            value=[
                Summary.Value(tag=name, simple_value=value)
                for name, value in zip(COLUMNS[1:], values, strict=True)
                if not math.isnan(value)
            ]
        )
        self._write(wall_time=time.time(), step=int(iteration), summary=summary)

    def picture(self, iteration: int, tag: str, png: bytes) -> None:
        """Log a PNG."""
        from tensorboard.compat.proto.summary_pb2 import Summary

        image = Summary.Image(encoded_image_string=png)
        self._write(wall_time=time.time(), step=iteration, summary=Summary(value=[Summary.Value(tag=tag, image=image)]))

    def _write(self, **fields: object) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.summary.writer.record_writer import RecordWriter

        with explained(self._path), self._path.open("ab") as stream:
            RecordWriter(stream).write(Event(**fields).SerializeToString())
