"""The magnitude spectrum in decibels.

Equal to librosa: amplitude_to_db(abs(stft(center=False)), ref=1, amin=floor, top_db=None).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from edgegenre.frontend.framing import Framed, Range
from edgegenre.frontend.spectra import blockwise, power_float32, power_float64


@dataclass(frozen=True, kw_only=True)
class Magnitude(Framed):
    """Periodic Hann window, 20 log10(max(magnitude, floor)) of every bin, 0 Hz and half the sample rate among them.

    Raises FeatureError as `Framed` does.
    """

    kind: ClassVar[str] = "magnitude"
    ranges: ClassVar[Mapping[str, Range]] = {"floor": (1e-15, 1.0)}

    floor: float

    @property
    def frequency(self) -> int:
        """Values in a row."""
        return self.frame_length // 2 + 1

    @property
    def contents(self) -> str:
        """What a row holds."""
        return f"{self.frequency} magnitudes in dB"

    def float64(self, pcm: np.ndarray) -> np.ndarray:
        """The definition: float64 [frames, bins] in dB of int16 PCM [samples]."""
        return 10.0 * np.log10(np.maximum(power_float64(self.frames(pcm)), self.floor**2))

    def float32(self, pcm: np.ndarray, *, workers: int | None = None) -> np.ndarray:
        """float32 [frames, bins] in dB; magnitudes within 2**-19 of the largest in their frame, as float32 has it."""
        power = blockwise(self.frames(pcm), self.frequency, power_float32, workers=workers)
        return np.float32(10) * np.log10(np.maximum(power, np.float32(self.floor**2)))
