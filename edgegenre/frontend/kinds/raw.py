"""The samples themselves, in rows: a 1-D convolution over raw audio is a 2-D one over such rows."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from edgegenre.errors import FeatureError
from edgegenre.frontend.framing import Framed


@dataclass(frozen=True, kw_only=True)
class Raw(Framed):
    """Rows of `frame_length` samples, value / 32768, one after the other; one mean and deviation for all of them.

    Raises FeatureError as `Framed` does, and when rows overlap.
    """

    kind: ClassVar[str] = "raw"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.hop_length != self.frame_length:
            raise FeatureError(
                f"front end: rows of raw audio follow one another, so hop_length {self.hop_length} must equal "
                f"frame_length {self.frame_length}."
            )

    @property
    def frequency(self) -> int:
        """Values in a row."""
        return self.frame_length

    @property
    def statistics(self) -> int:
        """How many means and deviations the normalization has."""
        return 1

    @property
    def contents(self) -> str:
        """What a row holds."""
        return f"{self.frame_length} samples"

    def float64(self, pcm: np.ndarray) -> np.ndarray:
        """The definition: float64 [rows, frame_length] of int16 PCM [samples]."""
        return self.frames(pcm) / 32768.0

    def float32(self, pcm: np.ndarray, *, workers: int | None = None) -> np.ndarray:
        """The same values in float32, which holds them exactly."""
        return self.frames(pcm) / np.float32(32768)
