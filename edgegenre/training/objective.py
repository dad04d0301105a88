"""What training minimizes, and by what its states are judged."""

from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from edgegenre.runs.protocol import Protocol as TrainingProtocol
from edgegenre.training.batches import Batch
from edgegenre.training.device import Placement
from edgegenre.training.distillation import UNLABELED, SoftTargets
from edgegenre.training.module import NetworkModule
from edgegenre.training.penalties import penalty
from edgegenre.training.scoring import mean_loss, track_accuracy, watched, window_confusion, window_logits
from edgegenre.training.sharing import Share, parallel
from edgegenre.training.source import Source


class Verdict(Protocol):
    """A state of the training, judged on validation tracks."""

    @property
    def accuracy(self) -> float:
        """The share of tracks that get their class."""

    def better_than(self, other: Self) -> bool:
        """Whether this state is to be kept instead of the other."""


class Objective(Protocol):
    """A loss over batches, and a judgment of states. The loop knows nothing else of what it trains."""

    @property
    def module(self) -> nn.Module:
        """What is trained."""

    def loss(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The loss, a scalar to differentiate, and which clips were right (bool [clips])."""

    def stepped(self) -> None:
        """Called after every step of the optimizer."""

    def judge(self) -> Verdict:
        """The present state on the validation tracks."""

    def snapshot(self) -> Any | None:
        """The present state, to be kept; None when it cannot be used."""


@dataclass(kw_only=True)
class Selection:
    """The best state so far. looks: at validation tracks since it was found. kept: its snapshot."""

    best: Verdict | None = None
    kept: Any = None
    kept_iteration: int = 0
    looks: int = 0

    def look(self, objective: Objective, verdict: Verdict, iteration: int) -> None:
        """Keep the present state when it is better, and can be used."""
        self.looks += 1
        if self.best is None or verdict.better_than(self.best):
            kept = objective.snapshot()
            if kept is not None:
                self.best, self.kept, self.kept_iteration, self.looks = verdict, kept, iteration, 0


@dataclass(frozen=True, kw_only=True)
class TaskVerdict:
    """loss: cross entropy, mean over windows. by: "accuracy" or "loss", which of them decides.

    confusion: of the windows, each counted for itself; rows are the truth. test: what `scoring.watched` says of the
    test tracks, None where the protocol does not watch them.
    """

    accuracy: float
    loss: float
    by: str
    confusion: list[list[int]] = field(default_factory=list)
    test: dict[str, float] | None = None

    def better_than(self, other: Self) -> bool:
        """The first of equals stays."""
        return self.loss < other.loss if self.by == "loss" else self.accuracy > other.accuracy


@dataclass(frozen=True, kw_only=True, eq=False)
class Classification:
    """The task itself: cross entropy of the labels, and the protocol's penalties.

    class_weights: float32 [classes] on the device, how much a window of each class counts; None: all the same.
    soft_targets: what a teacher says of the training windows; None without one. share: of each batch that this process
    computes. test: the test tracks, where the protocol watches them; nothing goes by them.
    """

    module: NetworkModule
    protocol: TrainingProtocol
    validation: Source
    placement: Placement
    class_weights: Tensor | None
    soft_targets: SoftTargets | None = None
    share: Share = field(default_factory=Share)
    test: Source | None = None
    forward: nn.Module = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "forward", self._forward())

    def _forward(self) -> Any:
        if self.share.ranks.several:
            return parallel(self.module)
        return torch.compile(self.module) if self.placement.compiled else self.module

    def loss(self, batch: Batch) -> tuple[Tensor, Tensor]:
        with self.placement.precision(), self.share.taken(batch.inputs) as inputs:
            logits = self.share.together(self.forward(inputs).float())
        loss = self._cross_entropy(logits, batch)
        hits = logits.detach().argmax(1) == batch.labels
        if self.soft_targets is not None:
            loss = self.soft_targets.joined(loss, logits, batch)
            hits = hits[batch.labels != UNLABELED]
        penalized = penalty(self.protocol.penalties, self.module)
        return loss if penalized is None else loss + penalized, hits

    def _cross_entropy(self, logits: Tensor, batch: Batch) -> Tensor:
        """The mean over the batch; weights multiply each clip's, and are not divided out again.

        A clip without a label counts 0.
        """
        each = self._cross_entropies(logits, batch.labels)
        if batch.mixture is not None:
            partner, share = batch.mixture.partner, batch.mixture.share
            each = share * each + (1 - share) * self._cross_entropies(logits, batch.labels[partner])
        return each.mean()

    def _cross_entropies(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Each clip's, by its class's weight [clips]."""
        each = functional.cross_entropy(
            logits,
            labels,
            ignore_index=UNLABELED,
            label_smoothing=self.protocol.label_smoothing,
            reduction="none",
        )
        return each if self.class_weights is None else each * self.class_weights[labels]

    def stepped(self) -> None:
        """Nothing to do."""

    def judge(self) -> TaskVerdict:
        logits = window_logits(self.module, self.validation)
        accuracy, loss = self.share.ranks.agreed(
            [track_accuracy(logits, self.validation), mean_loss(logits, self.validation)]
        )
        return TaskVerdict(
            accuracy=accuracy,
            loss=loss,
            by=self.protocol.final_weights.by,
            confusion=window_confusion(logits, self.validation).tolist(),
            test=None if self.test is None else watched(self.module, self.test),
        )

    def snapshot(self) -> dict[str, Tensor]:
        return {name: value.detach().clone() for name, value in self.module.state_dict().items()}


def balanced_weights(source: Source, classes: int) -> Tensor:
    """float32 [classes]: labeled windows / (classes * windows of the class), so that the mean over them is 1."""
    labels = source.windows.labels[source.windows.labels != UNLABELED]
    counts = torch.bincount(labels, minlength=classes).float()
    return (len(labels) / (classes * counts)).to(source.device)
