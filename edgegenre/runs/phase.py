"""A stretch of training under one setting, as frozen data."""

from dataclasses import dataclass
from typing import ClassVar

from edgegenre.runs.fields import Rule, check_fields, number, one_of, optional, refuse, whole

LONGEST = 1_000_000
"""Iterations or epochs of a phase, at most."""


@dataclass(frozen=True, kw_only=True)
class Phase:
    """So many iterations or so many epochs: exactly one of them is given.

    iterations: batches follow one another through shuffled passes over the training windows, and may span two passes.
    epochs: passes over the training windows; the last batch of a pass is what is left of it.
    learning_rate: at the phase's start. decay: "none", or "linear": it falls to 0 over the phase.
    batch: windows an iteration. crop_frames: length of the random crop each window is cut to, None for all of it.
    """

    learning_rate: float
    batch: int
    iterations: int | None = None
    epochs: int | None = None
    crop_frames: int | None = None
    decay: str = "none"

    RULES: ClassVar[dict[str, Rule]] = {
        "learning_rate": number(0, 1e30, above=True),
        "batch": whole(1, LONGEST),
        "iterations": optional(whole(1, LONGEST)),
        "epochs": optional(whole(1, LONGEST)),
        "crop_frames": optional(whole(1, LONGEST)),
        "decay": one_of("none", "linear"),
    }

    def __post_init__(self) -> None:
        check_fields("phase", self, self.RULES)
        if (self.iterations is None) == (self.epochs is None):
            refuse("phase", ["it needs either iterations or epochs"])

    def epoch_steps(self, windows: int) -> int:
        """Iterations of one pass over `windows` training windows."""
        return -(-windows // self.batch)

    def steps(self, windows: int) -> int:
        """Iterations of the phase when there are `windows` training windows."""
        if self.iterations is not None:
            return self.iterations
        assert self.epochs is not None
        return self.epochs * self.epoch_steps(windows)

    def rate(self, done: int, windows: int) -> float:
        """The learning rate after `done` iterations of the phase."""
        if self.decay == "none":
            return self.learning_rate
        return self.learning_rate * (1 - done / self.steps(windows))
