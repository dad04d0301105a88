"""The logarithm of mel bands of the magnitude spectrum, as Schindler, Lidy and Rauber (FMT 2016) and their followers.

Equal to librosa: log(filters.mel @ abs(stft(center=False)) + offset).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from edgegenre.frontend.framing import Range
from edgegenre.frontend.mel import mel_filters
from edgegenre.frontend.mel_framed import MelFramed
from edgegenre.frontend.spectra import band_sums_float32, blockwise, power_float32, power_float64


@dataclass(frozen=True, kw_only=True)
class LogMel(MelFramed):
    """Periodic Hann window, magnitude spectrum, Slaney mel bands, ln(magnitude + offset).

    Raises FeatureError as `Framed` does.
    """

    kind: ClassVar[str] = "log-mel"
    ranges: ClassVar[Mapping[str, Range]] = {**MelFramed.ranges, "offset": (1e-12, 1.0)}

    offset: float

    def __post_init__(self) -> None:
        super().__post_init__()
        _ = self.mel

    @property
    def frequency(self) -> int:
        """Values in a row."""
        return self.mel_bands

    @property
    def contents(self) -> str:
        """What a row holds."""
        return f"{self.mel_bands} log-mel bands"

    def float64(self, pcm: np.ndarray) -> np.ndarray:
        """The definition: float64 [frames, bands], natural logarithms, of int16 PCM [samples]."""
        magnitudes = np.sqrt(power_float64(self.frames(pcm)))
        return np.log(magnitudes @ mel_filters(self.mel).T + self.offset)

    def float32(self, pcm: np.ndarray, *, workers: int | None = None) -> np.ndarray:
        """float32 [frames, bands], within 1e-4 of `float64` on music."""

        def bands(frames: np.ndarray) -> np.ndarray:
            return band_sums_float32(np.sqrt(power_float32(frames)), self.mel)

        heard = blockwise(self.frames(pcm), self.mel_bands, bands, workers=workers)
        return np.log(heard + np.float32(self.offset))
