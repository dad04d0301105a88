"""Unlikely sound: what decodes well and is hardly the music that somebody meant."""

from collections.abc import Iterator

import numpy as np

SILENT_RANGE = 4
"""int16 steps between the lowest and the highest sample: dither reaches that far."""

_FULL = 32767
_FLOATS_BEYOND_DOUBT = 16.0
_MUCH_CLIPPED = 0.02
_VERY_QUIET = 33  # int16 steps: -60 dB of full scale
_LARGE_OFFSET = 0.1
_CANCELED = 0.02
"""Of the power that the mean of unrelated channels has; inverted channels leave less."""


class Levels:
    """Takes a file's blocks as they are decoded; says in the end what is odd about them.

    sample_rate: Hz of the mono int16 samples that a model gets.
    """

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._source_rates: set[int] = set()
        self._peak = 0.0
        self._channel_power = self._mono_power = 0.0
        self._samples = self._clipped = self._silent = 0
        self._sum = 0
        self._low, self._high = 32767, -32768

    @property
    def seconds(self) -> float:
        """Of the samples so far."""
        return self._samples / self._sample_rate

    @property
    def source_rate(self) -> int:
        """Hz of the file, the lowest where it has several; that of the result before anything was heard."""
        return min(self._source_rates, default=self._sample_rate)

    @property
    def is_silent(self) -> bool:
        """Whether no sample so far differs from the others by more than dither does."""
        return self._high - self._low <= SILENT_RANGE

    def source(self, block: np.ndarray, mono: np.ndarray, rate: int) -> None:
        """A decoded block [frames, channels], full scale 1.0, and the mean of its channels [frames]."""
        self._source_rates.add(rate)
        self._peak = max(self._peak, float(np.abs(block).max()))
        channels = block.shape[1]
        if channels > 1:
            with np.errstate(over="ignore"):
                self._channel_power += float(np.vdot(block, block)) / channels**2
                self._mono_power += float(np.vdot(mono, mono))

    def result(self, samples: np.ndarray) -> None:
        """The int16 samples [any number] that came of it."""
        if not len(samples):
            return
        self._samples += len(samples)
        self._sum += int(samples.sum(dtype=np.int64))
        self._low, self._high = min(self._low, int(samples.min())), max(self._high, int(samples.max()))
        self._clipped += int(np.count_nonzero((samples >= _FULL) | (samples <= -_FULL)))
        tenth = self._sample_rate // 10
        whole = samples[: len(samples) // tenth * tenth].reshape(-1, tenth)
        ranges = whole.max(axis=1).astype(np.int32) - whole.min(axis=1)
        self._silent += tenth * int(np.count_nonzero(ranges <= SILENT_RANGE))

    def remarks(self) -> Iterator[str]:
        """What is odd, a clause each, without the file's name."""
        if self.source_rate < self._sample_rate:
            yield (
                f"is sampled at {self.source_rate} Hz: it holds nothing above {self.source_rate // 2} Hz, and the "
                f"model listens up to {self._sample_rate // 2} Hz"
            )
        if self._mono_power < _CANCELED * self._channel_power:
            yield "its channels cancel each other (one is inverted): hardly anything is left of their mean"
        elif self._samples and self.is_silent:
            yield "is silent"
        elif 2 * self._silent > self._samples:
            yield f"is silent for {self._silent / self._sample_rate:.1f} of its {self.seconds:.1f} s"
        elif self._samples and max(self._high, -self._low) < _VERY_QUIET:
            yield "is very quiet (its peak is under -60 dB of full scale)"
        share = self._clipped / max(1, self._samples)
        if share > _MUCH_CLIPPED and self._peak >= _FLOATS_BEYOND_DOUBT:
            yield f"its samples reach {self._peak:.5g}, full scale is 1: integers stored as floats come out clipped"
        elif share > _MUCH_CLIPPED:
            yield f"{share:.0%} of its samples are clipped"
        offset = self._sum / max(1, self._samples) / (_FULL + 1)
        if abs(offset) > _LARGE_OFFSET and not self.is_silent:
            yield f"its samples are off zero by {offset:.0%} of full scale"
