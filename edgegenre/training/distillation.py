"""Learning from what a teacher says about a track, beside its label or instead of it."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from edgegenre.runs.distillation import Distillation
from edgegenre.training.batches import Batch
from edgegenre.training.source import Source

UNLABELED = -1
"""The class number of windows whose class nobody knows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SoftTargets:
    """A teacher's logits of the training windows: float32 [windows, classes] on the device."""

    logits: Tensor
    settings: Distillation

    @classmethod
    def of(cls, track_logits: np.ndarray, training: Source, settings: Distillation) -> Self:
        """From logits [tracks, classes] by track number: every window of a track has those of the track."""
        logits = torch.from_numpy(track_logits.astype(np.float32))[training.windows.track]
        return cls(logits=logits.to(training.device), settings=settings)

    def distance(self, logits: Tensor, batch: Batch) -> Tensor:
        """Cross entropy of both softened distributions, mean over the clips, times temperature squared.

        logits: the network's [clips, classes]. Of clips that were mixed, so are the distributions that are wanted. The
        square keeps the gradient's size at any temperature (Hinton et al., section 2).
        """
        temperature = self.settings.temperature
        wanted = (self.logits[batch.rows.to(self.logits.device)] / temperature).softmax(dim=1)
        if batch.mixture is not None:
            wanted = batch.mixture.of(wanted)
        return functional.cross_entropy(logits / temperature, wanted) * temperature**2

    def joined(self, task: Tensor, logits: Tensor, batch: Batch) -> Tensor:
        """The loss: `task`, that of the labels, and the distance to the teacher, by weight."""
        weight = self.settings.weight
        return (1 - weight) * task + weight * self.distance(logits, batch)
