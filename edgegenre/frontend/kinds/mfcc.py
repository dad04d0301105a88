"""Mel-frequency cepstral coefficients.

Equal to librosa within 1e-4 dB: melspectrogram(center=False), power_to_db(amin=power_floor, top_db=None), mfcc.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from edgegenre.errors import FeatureError
from edgegenre.frontend.framing import Range
from edgegenre.frontend.mel import dct_matrix, mel_filters
from edgegenre.frontend.mel_framed import MelFramed
from edgegenre.frontend.spectra import band_sums_float32, blockwise, power_float32, power_float64


@dataclass(frozen=True, kw_only=True)
class Mfcc(MelFramed):
    """Periodic Hann window, power spectrum, Slaney mel bands, 10 log10(max(power, power_floor)), orthonormal DCT-II.

    Values are in dB; the spectrum is that of the frame's own samples. Raises FeatureError as `Framed` does.
    """

    kind: ClassVar[str] = "mfcc"
    ranges: ClassVar[Mapping[str, Range]] = {**MelFramed.ranges, "power_floor": (1e-30, 1.0), "coefficients": (1, 512)}

    power_floor: float
    coefficients: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.coefficients > self.mel_bands:
            raise FeatureError(
                f"front end: {self.coefficients} coefficients cannot come from {self.mel_bands} mel bands."
            )
        _ = self.mel

    @property
    def frequency(self) -> int:
        """Values in a row."""
        return self.coefficients

    @property
    def contents(self) -> str:
        """What a row holds."""
        return f"{self.coefficients} MFCC coefficients"

    def float64(self, pcm: np.ndarray) -> np.ndarray:
        """The definition: float64 [frames, coefficients] in dB of int16 PCM [samples]."""
        energies = power_float64(self.frames(pcm)) @ mel_filters(self.mel).T
        decibels = 10.0 * np.log10(np.maximum(energies, self.power_floor))
        return decibels @ dct_matrix(self.coefficients, self.mel_bands).T

    def float32(self, pcm: np.ndarray, *, workers: int | None = None) -> np.ndarray:
        """float32 [frames, coefficients] in dB, within 1e-3 dB of `float64` on music."""

        def energies(frames: np.ndarray) -> np.ndarray:
            return band_sums_float32(power_float32(frames), self.mel)

        heard = blockwise(self.frames(pcm), self.mel_bands, energies, workers=workers)
        np.maximum(heard, np.float32(self.power_floor), out=heard)
        dct = np.ascontiguousarray(dct_matrix(self.coefficients, self.mel_bands).T, np.float32)
        return (np.float32(10) * np.log10(heard)) @ dct


LIANG_MFCC = Mfcc(
    sample_rate=16_000,
    frame_length=1600,
    hop_length=800,
    window_frames=599,
    mel_bands=40,
    low_hz=0.0,
    high_hz=8000.0,
    power_floor=1e-10,
    coefficients=12,
)
"""The front end of Liang et al.: 30 s at 16 kHz give 599 frames of 12 coefficients."""
