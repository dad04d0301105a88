"""Stretches of time and runs of bands that the network does not get to see (SpecAugment, Park et al., 2019)."""

import dataclasses
from collections.abc import Mapping

import torch
from torch import Tensor

from edgegenre.runs.augmentation import SpecAugment
from edgegenre.training.batches import Batch
from edgegenre.training.spectra import Spectra


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class MaskingTransform:
    """The transform of `SpecAugment`. spectra: of every input. All inputs are masked at the same time and bands."""

    item: SpecAugment
    spectra: Mapping[str, Spectra]

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        item, clips = self.item, len(batch.rows)
        times = Masks.drawn(item.time_masks, item.longest_time, clips, generator)
        bands = Masks.drawn(item.band_masks, item.longest_band, clips, generator)
        masked = {}
        for name, features in batch.inputs.items():
            spectra = self.spectra[name]
            before = spectra.decibels(features)
            hidden = bands.cover(before.shape[2]).to(features.device)[:, None]
            mean = spectra.decibels(torch.zeros_like(features[:1, :1]))
            shown = spectra.changed(features, before, torch.where(hidden, mean, before))
            masked[name] = shown.masked_fill(times.cover(before.shape[1]).to(features.device)[:, :, None], 0)
        return dataclasses.replace(batch, inputs=masked)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Masks:
    """Where masks lie: start and end of each, as shares of an axis [clips, masks]."""

    start: Tensor
    end: Tensor

    @classmethod
    def drawn(cls, count: int, longest: float, clips: int, generator: torch.Generator) -> "Masks":
        """`count` masks a clip, of 0 to `longest` of the axis, anywhere in it."""
        length = torch.rand(clips, count, generator=generator) * longest
        start = torch.rand(clips, count, generator=generator) * (1 - length)
        return cls(start=start, end=start + length)

    def cover(self, size: int) -> Tensor:
        """bool [clips, size]: which places of an axis of that size are masked."""
        middles = (torch.arange(size) + 0.5) / size
        return ((middles >= self.start[..., None]) & (middles < self.end[..., None])).any(dim=1)
