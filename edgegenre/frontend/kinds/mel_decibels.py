"""The mel spectrogram in decibels, as Mersy and Kuan (after librosa's defaults); of the sound or of one of its stems.

Equal to librosa: power_to_db(melspectrogram(center=False), ref=1, amin=power_floor, top_db=None).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from edgegenre.audio.stems import HEARD
from edgegenre.frontend.framing import Range
from edgegenre.frontend.mel import mel_filters
from edgegenre.frontend.mel_framed import MelFramed
from edgegenre.frontend.spectra import band_sums_float32, blockwise, power_float32, power_float64


@dataclass(frozen=True, kw_only=True)
class MelDecibels(MelFramed):
    """Periodic Hann window, power spectrum, Slaney mel bands, 10 log10(max(power, power_floor)).

    heard: "mix", or what else `audio.stems.HEARD` names of a song in stems. Raises FeatureError as `Framed` does.
    """

    kind: ClassVar[str] = "mel-db"
    ranges: ClassVar[Mapping[str, Range]] = {**MelFramed.ranges, "power_floor": (1e-30, 1.0)}
    words: ClassVar[Mapping[str, tuple[str, ...]]] = {"heard": tuple(HEARD)}

    power_floor: float
    heard: str = "mix"

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
        of = "" if self.heard == "mix" else f" ({self.heard})"
        return f"{self.mel_bands} mel bands in dB{of}"

    def float64(self, pcm: np.ndarray) -> np.ndarray:
        """The definition: float64 [frames, bands] in dB of int16 PCM [samples]."""
        energies = power_float64(self.frames(pcm)) @ mel_filters(self.mel).T
        return 10.0 * np.log10(np.maximum(energies, self.power_floor))

    def float32(self, pcm: np.ndarray, *, workers: int | None = None) -> np.ndarray:
        """float32 [frames, bands] in dB, within 1e-3 dB of `float64` on music."""

        def energies(frames: np.ndarray) -> np.ndarray:
            return band_sums_float32(power_float32(frames), self.mel)

        heard = blockwise(self.frames(pcm), self.mel_bands, energies, workers=workers)
        return np.float32(10) * np.log10(np.maximum(heard, np.float32(self.power_floor)))
