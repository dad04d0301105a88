"""How a model is trained, as frozen data: all that decides its weights but the music, the network and the seed."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

from edgegenre.errors import TrainingError
from edgegenre.runs.augmentation import AUGMENTATIONS, Augmentation
from edgegenre.runs.distillation import Distillation
from edgegenre.runs.fields import (
    TEXT,
    TRUTH,
    Rule,
    check_fields,
    from_table,
    kind_of,
    number,
    of_kind,
    one_of,
    optional,
    refuse,
    to_table,
    tuple_of,
    whole,
)
from edgegenre.runs.optimizer import OPTIMIZERS, Adam, Optimizer
from edgegenre.runs.phase import LONGEST, Phase
from edgegenre.runs.segments import SEGMENTS, Segments
from edgegenre.untrusted import UnreadableError, read_json

_PROBABILITY = number(0, 1, below=True)


@dataclass(frozen=True, kw_only=True)
class Penalty:
    """A term of the loss: factor times the sum of |w| ("l1") or of w squared ("l2").

    of: "kernels", the weights of convolutions, dense and recurrent layers without their biases; or "parameters",
    everything that is trained.
    """

    norm: str
    factor: float
    of: str

    RULES: ClassVar[dict[str, Rule]] = {
        "norm": one_of("l1", "l2"),
        "factor": number(0, 1e6, above=True),
        "of": one_of("kernels", "parameters"),
    }

    def __post_init__(self) -> None:
        check_fields("penalty", self, self.RULES)


@dataclass(frozen=True, kw_only=True)
class FinalWeights:
    """Which state of the training is kept.

    by: "last", or the best on the validation tracks by "accuracy" or "loss" (the first of equals). patience: training
    stops after so many looks at the validation tracks without a better one; None: it goes on to its end.
    """

    by: str = "last"
    patience: int | None = None

    RULES: ClassVar[dict[str, Rule]] = {
        "by": one_of("last", "accuracy", "loss"),
        "patience": optional(whole(1, LONGEST)),
    }

    def __post_init__(self) -> None:
        check_fields("final_weights", self, self.RULES)
        if self.by == "last" and self.patience is not None:
            refuse("final_weights", ["patience needs by = accuracy or loss"])


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """phases: run one after another, with one optimizer state; all of them count iterations, or all count epochs.

    validate_every: iterations between two looks at the validation tracks; None: after every `validate_epochs` epochs,
    or every phase that counts iterations. final_weights: which state is kept.
    watch_test: whether the test tracks are scored at every look, too, as some papers do; nothing goes by it.
    segments: which windows of a track are trained on, and scored in training; None: one after another.
    initialization: "glorot-uniform", or "he-normal" (fan-in, biases 0; recurrent layers uniform within
    1 / sqrt(units)). dropout: by the name or the kind of a layer, the probability that a value it reads is zeroed.
    penalties, label_smoothing: of the cross entropy. class_weights: "none", or "balanced": a window counts
    windows / (classes * windows of its class). augmentation: in that order.
    batch_norm_momentum: weight of the newest batch in the running statistics (torch's sense).
    settle_batch_norm: after the last iteration, measure batch norm's statistics anew on the whole training windows,
    as crops have more padding in them than windows. split: parts for training, validation, test.
    repeats: how many runs with seeds seed, seed + 1, ... the protocol asks for. distillation: where there is a teacher.

    Raises TrainingError naming all that is wrong.
    """

    name: str
    phases: tuple[Phase, ...]
    optimizer: Optimizer = Adam()  # noqa: RUF009 (frozen)
    initialization: str = "glorot-uniform"
    dropout: Mapping[str, float] = field(default_factory=dict)
    penalties: tuple[Penalty, ...] = ()
    label_smoothing: float = 0.0
    class_weights: str = "none"
    augmentation: tuple[Augmentation, ...] = ()
    batch_norm_momentum: float = 0.01
    settle_batch_norm: bool = False
    validate_every: int | None = None
    validate_epochs: int = 1
    final_weights: FinalWeights = FinalWeights()
    watch_test: bool = False
    segments: Segments | None = None
    split: tuple[int, int, int] = (8, 1, 1)
    repeats: int = 1
    distillation: Distillation = Distillation()  # noqa: RUF009 (frozen)

    RULES: ClassVar[dict[str, Rule]] = {
        "name": TEXT,
        "phases": tuple_of(kind_of(Phase), 1),
        "optimizer": kind_of(*OPTIMIZERS.values()),
        "initialization": one_of("glorot-uniform", "he-normal"),
        "dropout": Rule(
            lambda value: isinstance(value, Mapping) and all(map(_PROBABILITY.right, value.values())),
            f"a table of layers, each with {_PROBABILITY.words}",
        ),
        "penalties": tuple_of(kind_of(Penalty)),
        "label_smoothing": _PROBABILITY,
        "class_weights": one_of("none", "balanced"),
        "augmentation": tuple_of(kind_of(*AUGMENTATIONS.values())),
        "batch_norm_momentum": number(0, 1, above=True),
        "settle_batch_norm": TRUTH,
        "validate_every": optional(whole(1, LONGEST)),
        "validate_epochs": whole(1, LONGEST),
        "final_weights": kind_of(FinalWeights),
        "watch_test": TRUTH,
        "segments": optional(kind_of(*SEGMENTS.values())),
        "split": Rule(
            lambda value: isinstance(value, tuple) and len(value) == 3 and all(map(whole(1, 1000).right, value)),
            "three whole numbers from 1 to 1000",
        ),
        "repeats": whole(1, 1000),
        "distillation": kind_of(Distillation),
    }

    def __post_init__(self) -> None:
        check_fields("protocol", self, self.RULES)
        if len({phase.epochs is None for phase in self.phases}) == 2:
            refuse("protocol", ["some phases count iterations and others epochs"])

    def steps(self, windows: int) -> int:
        """Iterations of all phases together when there are `windows` training windows."""
        return sum(phase.steps(windows) for phase in self.phases)

    def phase_at(self, iteration: int, windows: int) -> tuple[Phase, int]:
        """The phase of iteration number `iteration` (from 0), and the number of its first iteration."""
        start = 0
        for phase in self.phases:
            if iteration < start + phase.steps(windows):
                return phase, start
            start += phase.steps(windows)
        raise IndexError(f"the protocol has {start} iterations")

    def is_look(self, iteration: int, windows: int) -> bool:
        """Whether the validation tracks are looked at after `iteration` iterations."""
        phase, start = self.phase_at(iteration - 1, windows)
        done = iteration - start
        if done == phase.steps(windows):
            return True
        if self.validate_every is not None:
            return iteration % self.validate_every == 0
        return phase.epochs is not None and done % (phase.epoch_steps(windows) * self.validate_epochs) == 0

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` takes them back."""
        return dataclasses.asdict(self) | {
            "phases": [dataclasses.asdict(phase) for phase in self.phases],
            "optimizer": to_table(OPTIMIZERS, self.optimizer),
            "penalties": [dataclasses.asdict(penalty) for penalty in self.penalties],
            "augmentation": [to_table(AUGMENTATIONS, item) for item in self.augmentation],
            "dropout": dict(self.dropout),
            "segments": None if self.segments is None else to_table(SEGMENTS, self.segments),
            "split": list(self.split),
        }

    @classmethod
    def from_dict(cls, values: Any) -> Self:
        """The protocol in a run's config.json or in a file of one's own; what is absent has its default.

        Raises TrainingError saying what is wrong with it.
        """
        if not isinstance(values, Mapping):
            raise TrainingError(f"protocol: is {values!r}, not a table of names and values.")
        read = dict(values)
        for name, one in _LISTS.items():
            if isinstance(read.get(name), list):
                read[name] = tuple(one(item) for item in read[name])
        for name, one in _TABLES.items():
            if read.get(name) is not None:
                read[name] = one(read[name])
        return from_table(cls, read, "protocol")


_LISTS = {
    "phases": lambda item: from_table(Phase, item, "phase"),
    "penalties": lambda item: from_table(Penalty, item, "penalty"),
    "augmentation": lambda item: of_kind(AUGMENTATIONS, item, "augmentation"),
    "split": lambda item: item,
}
"""How one item of a list is read."""

_TABLES = {
    "optimizer": lambda item: of_kind(OPTIMIZERS, item, "optimizer"),
    "final_weights": lambda item: from_table(FinalWeights, item, "final_weights"),
    "distillation": lambda item: from_table(Distillation, item, "distillation"),
    "segments": lambda item: of_kind(SEGMENTS, item, "segments"),
}


def read_protocol(path: Path) -> Protocol:
    """The protocol in a JSON file. Raises TrainingError naming the file and what is wrong with it."""
    try:
        return Protocol.from_dict(read_json(path))
    except (OSError, UnreadableError, TrainingError) as error:
        raise TrainingError(f"{path}: not a training protocol ({str(error).rstrip('.')}).") from error
