"""What a microphone does to music, on the features: another level, another magnitude response, a floor of noise."""

import dataclasses
import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from edgegenre.runs.augmentation import FrequencyResponse, Level, NoiseFloor
from edgegenre.training.batches import Batch
from edgegenre.training.random_draws import evenly_drawn, waves
from edgegenre.training.samples import Samples
from edgegenre.training.spectra import Spectra

LOW_CUT_HZ = (40.0, 500.0)
"""Below which frequency a low cut begins: drawn evenly in octaves. Small loudspeakers, windscreens."""

HIGH_CUT_HZ = (1800.0, 8000.0)
"""Above which frequency a high cut begins: drawn evenly in octaves. Telephones, codecs, a case in front."""

SLOPE = (6.0, 96.0)
"""Of a cut, in dB an octave: drawn evenly in its logarithm."""

DEEPEST = 60.0
"""The most that a cut takes away, in dB: filters leave something, and so do the paths around them."""

_NEPERS = math.log(10) / 10
"""Of power, in a decibel. torch's exp and log are several times faster than its powers of ten."""

NOISE_WAVES = 4
"""Cosines in the spectrum of a noise."""


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class LevelTransform:
    """The transform of `Level`. inputs: of every input, its spectra or its samples."""

    item: Level
    inputs: Mapping[str, Spectra | Samples]

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        gains = evenly_drawn(self.item.low, self.item.high, len(batch.rows), generator)
        changed = {name: self._amplified(self.inputs[name], batch.inputs[name], gains) for name in batch.inputs}
        return dataclasses.replace(batch, inputs=changed)

    @staticmethod
    def _amplified(of: Spectra | Samples, features: Tensor, gains: Tensor) -> Tensor:
        if isinstance(of, Samples):
            return of.amplified(features, gains)
        before = of.decibels(features)
        return of.changed(features, before, amplified(of, before, gains[:, None]))


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class ResponseTransform:
    """The transform of `FrequencyResponse`. spectra: of every input; all inputs hear the same response."""

    item: FrequencyResponse
    spectra: Mapping[str, Spectra]

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        clips = len(batch.rows)
        amplitudes = torch.randn(clips, self.item.waves, generator=generator) * self.item.deviation
        low = Cut.drawn(LOW_CUT_HZ, self.item.cut, clips, generator)
        high = Cut.drawn(HIGH_CUT_HZ, self.item.cut, clips, generator)

        def heard(spectra: Spectra, before: Tensor) -> Tensor:
            octaves = spectra.octaves.cpu()
            gains = waves(amplitudes, spectra.places.cpu()) - high.above(octaves) - low.below(octaves)
            return amplified(spectra, before, gains)

        return with_spectra(batch, self.spectra, heard)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Cut:
    """Where a clip's response ends. start: in octaves above 1 Hz; slope: in dB an octave, 0 for none; each [clips]."""

    start: Tensor
    slope: Tensor

    @classmethod
    def drawn(cls, hertz: tuple[float, float], share: float, clips: int, generator: torch.Generator) -> "Cut":
        """Starts between two frequencies; a share of the clips has a cut."""
        start = evenly_drawn(math.log2(hertz[0]), math.log2(hertz[1]), clips, generator)
        slope = torch.exp2(evenly_drawn(math.log2(SLOPE[0]), math.log2(SLOPE[1]), clips, generator))
        return cls(start=start, slope=slope * (torch.rand(clips, generator=generator) < share))

    def above(self, octaves: Tensor) -> Tensor:
        """What a cut of the frequencies above its start takes away, in dB [clips, bands]."""
        return self._depth(octaves - self.start[:, None])

    def below(self, octaves: Tensor) -> Tensor:
        """The same of the frequencies below its start."""
        return self._depth(self.start[:, None] - octaves)

    def _depth(self, beyond: Tensor) -> Tensor:
        return (beyond.clamp(min=0) * self.slope[:, None]).clamp(max=DEEPEST)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class NoiseTransform:
    """The transform of `NoiseFloor`. spectra: of every input."""

    item: NoiseFloor
    spectra: Mapping[str, Spectra]

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        clips = len(batch.rows)
        distance = evenly_drawn(self.item.low, self.item.high, clips, generator)
        amplitudes = torch.randn(clips, NOISE_WAVES, generator=generator) * self.item.deviation
        noisy = torch.rand(clips, generator=generator) < self.item.share

        def louder(spectra: Spectra, before: Tensor) -> Tensor:
            shape = waves(amplitudes, spectra.places.cpu())
            loudest = mean_power(before).amax(dim=1)
            level = loudest[:, None] + (shape - (distance + shape.amax(dim=1))[:, None]).to(before.device)
            after = power_sum(before, level[:, None])
            return torch.where(noisy.to(before.device)[:, None, None], after, before)

        return with_spectra(batch, self.spectra, louder)


def with_spectra(batch: Batch, spectra: Mapping[str, Spectra], change: Callable[[Spectra, Tensor], Tensor]) -> Batch:
    """The batch whose inputs have the spectra that `change` makes of theirs, in dB [clips, frames, bands]."""
    changed = {}
    for name, features in batch.inputs.items():
        before = spectra[name].decibels(features)
        changed[name] = spectra[name].changed(features, before, change(spectra[name], before))
    return dataclasses.replace(batch, inputs=changed)


def amplified(spectra: Spectra, before: Tensor, gains: Tensor) -> Tensor:
    """The spectra before, each clip's with its gains in dB [clips, bands], or [clips, 1] for the same in all bands.

    What was made quieter is rounded to int16 anew.
    """
    gains = gains.to(before.device)
    lost = (1 - to_power(gains)).clamp(min=1e-12)
    rounding = spectra.rounding + torch.log(lost) / _NEPERS
    return power_sum(before + gains[:, None], rounding[:, None])


def power_sum(first: Tensor, second: Tensor) -> Tensor:
    """The power of both together; all in dB."""
    return torch.logaddexp(first * _NEPERS, second * _NEPERS) / _NEPERS


def mean_power(decibels: Tensor) -> Tensor:
    """The mean power of each clip's bands over its frames, in dB [clips, bands]."""
    return torch.log(to_power(decibels).mean(dim=1)) / _NEPERS


def to_power(decibels: Tensor) -> Tensor:
    return torch.exp(decibels * _NEPERS)
