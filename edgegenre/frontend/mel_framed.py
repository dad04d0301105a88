"""What front ends have in common that sum the spectrum of a frame in mel bands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from edgegenre.frontend.framing import Framed, Range
from edgegenre.frontend.mel import MelBands


@dataclass(frozen=True, kw_only=True)
class MelFramed(Framed):
    """Frames whose spectrum is summed in `mel_bands` bands from low_hz to high_hz. Raises FeatureError as `Framed`."""

    ranges: ClassVar[Mapping[str, Range]] = {"mel_bands": (2, 512), "low_hz": (0, 96_000), "high_hz": (1, 96_000)}

    mel_bands: int
    low_hz: float
    high_hz: float

    @property
    def mel(self) -> MelBands:
        """The bands. Raises FeatureError when they contradict each other or the sample rate."""
        return MelBands(
            sample_rate=self.sample_rate,
            fft_length=self.frame_length,
            bands=self.mel_bands,
            low_hz=self.low_hz,
            high_hz=self.high_hz,
        )
