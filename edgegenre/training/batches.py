"""The batches drawn from a source: random windows, crops of them, and the transforms of a protocol's augmentation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from edgegenre.errors import TrainingError
from edgegenre.runs.phase import Phase
from edgegenre.training.source import SCORING_BATCH, Source
from edgegenre.training.windows import Inputs, Windows


@dataclass(frozen=True, kw_only=True, eq=False)
class Mixture:
    """Clips that were mixed in pairs: a share of each, the rest of its partner.

    partner: int64 [clips], places in the batch; share: float32 [clips], 0 to 1. Both on the device.
    """

    partner: Tensor
    share: Tensor

    def of(self, values: Tensor) -> Tensor:
        """What is mixed, a float tensor [clips, ...], in these parts."""
        share = self.share.reshape(-1, *[1] * (values.dim() - 1))
        return share * values + (1 - share) * values[self.partner]


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """inputs: normalized features by input [clips, frames, ...], and labels: int64 [clips], on the device.

    rows: int64 [clips], which windows they are. shown: by input, which frames of the window: int64 [clips, frames].
    Both on the CPU. mixture: how the clips were mixed, None where they were not; labels, rows and shown are then those
    of the clips before.
    """

    inputs: Inputs
    labels: Tensor
    rows: Tensor
    shown: Inputs
    mixture: Mixture | None = None


class Transform(Protocol):
    """An augmentation of training windows. All its chance comes from the generator that it is given."""

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        """The batch as the network is to see it; `batch` itself stays as it is."""


class Batches:
    """Random batches of `source`: shuffled passes over all windows.

    All chance comes from `generator`; with its state, `order` and `position` a run can be taken up again.
    """

    def __init__(self, source: Source, generator: torch.Generator, transforms: Sequence[Transform] = ()) -> None:
        self.source = source
        self.generator = generator
        self.transforms = transforms
        self.order = torch.randperm(len(source), generator=generator)
        self.position = 0

    def draw(self, phase: Phase) -> Batch:
        """The next batch. It may span two passes where `phase` counts iterations, not where it counts epochs."""
        rows = self._next(phase.batch, spanning=phase.epochs is None)
        return self._batch(rows, self._crops(len(rows), phase.crop_frames), self.transforms)

    def whole(self, transforms: Sequence[Transform]) -> Iterator[Batch]:
        """All windows, whole and in order, as `transforms` have them."""
        lengths = self.source.windows.lengths
        for rows in torch.arange(len(self.source)).split(SCORING_BATCH):
            shown = {name: torch.arange(frames).expand(len(rows), -1) for name, frames in lengths.items()}
            yield self._batch(rows, shown, transforms)

    def _batch(self, rows: Tensor, shown: Inputs, transforms: Sequence[Transform]) -> Batch:
        batch = Batch(
            inputs=self.source.take(rows, shown),
            labels=self.source.windows.labels[rows].to(self.source.device),
            rows=rows,
            shown=shown,
        )
        for transform in transforms:
            batch = transform(batch, self.generator)
        return batch

    def _crops(self, clips: int, crop_frames: int | None) -> Inputs:
        """Frames of the window by input; a crop begins at the same frame of all inputs."""
        lengths = self.source.windows.lengths
        if crop_frames is not None:
            check_croppable(self.source.windows)
            lengths = {name: min(crop_frames, length) for name, length in lengths.items()}
        name = next(iter(lengths))
        room = self.source.windows.lengths[name] - lengths[name]
        start = torch.randint(0, room + 1, (clips,), generator=self.generator)
        return {name: start[:, None] + torch.arange(length) for name, length in lengths.items()}

    def _next(self, count: int, *, spanning: bool) -> Tensor:
        rows = []
        while count > 0:
            if self.position == len(self.order):
                self.order = torch.randperm(len(self.source), generator=self.generator)
                self.position = 0
            taken = self.order[self.position : self.position + count]
            self.position += len(taken)
            count = count - len(taken) if spanning else 0
            rows.append(taken)
        return torch.cat(rows)


def check_croppable(windows: Windows) -> None:
    """Raise TrainingError unless one crop fits all inputs."""
    if len(set(windows.lengths.values())) > 1:
        frames = ", ".join(f"{name} {length}" for name, length in windows.lengths.items())
        raise TrainingError(
            f"crop_frames: this model's inputs have windows of different lengths ({frames}). Choose a recipe that "
            "trains on whole windows."
        )
