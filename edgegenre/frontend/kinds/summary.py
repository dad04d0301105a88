"""Mean and standard deviation of MFCC over a piece of audio, as Wu (2022) feeds a multilayer perceptron."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np

from edgegenre.errors import FeatureError
from edgegenre.frontend.framing import Timed
from edgegenre.frontend.kinds.mfcc import Mfcc


@dataclass(frozen=True, kw_only=True)
class Summary(Timed):
    """One row for each window of `of`: the means of its values over the window, then their standard deviations.

    The deviations are those of the population (divided by the number of frames). Windows follow one another.
    """

    kind: ClassVar[str] = "summary"

    of: Mfcc
    sample_rate: int = field(init=False)
    frame_length: int = field(init=False)
    hop_length: int = field(init=False)
    window_frames: int = field(init=False, default=1)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sample_rate", self.of.sample_rate)
        object.__setattr__(self, "frame_length", self.of.samples_for(self.of.window_frames))
        object.__setattr__(self, "hop_length", self.of.window_frames * self.of.hop_length)

    @property
    def frequency(self) -> int:
        """Values in a row."""
        return 2 * self.of.frequency

    @property
    def contents(self) -> str:
        """What a row holds."""
        return f"means and deviations of {self.of.contents} over {self.of.window_frames} frames"

    def windows(self, rows: np.ndarray) -> np.ndarray:
        """[windows, frames, values] of the rows [frames, values] of `of`; the frames of a last incomplete one drop."""
        frames = self.of.window_frames
        count = len(rows) // frames
        return rows[: count * frames].reshape(count, frames, rows.shape[1])

    def float64(self, pcm: np.ndarray) -> np.ndarray:
        """The definition: float64 [windows, values] of int16 PCM [samples]."""
        return self._summed_up(self.of.float64(pcm))

    def float32(self, pcm: np.ndarray, *, workers: int | None = None) -> np.ndarray:
        """float32 [windows, values], within 1e-3 dB of `float64` on music."""
        return self._summed_up(self.of.float32(pcm, workers=workers).astype(np.float64)).astype(np.float32)

    def _summed_up(self, rows: np.ndarray) -> np.ndarray:
        windows = self.windows(rows)
        return np.concatenate([windows.mean(axis=1), windows.std(axis=1)], axis=1)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` takes them back."""
        return {"kind": self.kind, "of": self.of.to_dict()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """A summary from a manifest, which is not trusted. Raises FeatureError when not well formed."""
        of = values.get("of")
        if set(values) != {"kind", "of"} or not isinstance(of, Mapping) or of.get("kind") != Mfcc.kind:
            raise FeatureError(
                f"front end '{cls.kind}': it needs exactly the entry 'of', a front end of the kind '{Mfcc.kind}'; the "
                "file is damaged or was written by another version."
            )
        return cls(of=Mfcc.from_dict(of))
