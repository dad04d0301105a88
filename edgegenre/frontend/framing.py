"""Cutting PCM into overlapping frames, and counting them."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from edgegenre.errors import FeatureError

Range = tuple[float, float]


class Timed:
    """What follows from the rate, the length and the distance of rows."""

    channels: ClassVar[int] = 1
    sample_rate: int
    frame_length: int
    hop_length: int
    window_frames: int

    @property
    def heard(self) -> str:
        """Which of `audio.stems.HEARD` is heard of a song in stems."""
        return "mix"

    @property
    def frequency(self) -> int:
        """Values in a row."""
        raise NotImplementedError

    @property
    def statistics(self) -> int:
        """How many means and deviations the normalization has."""
        return self.frequency

    @property
    def window_shape(self) -> tuple[int, int, int]:
        """[time, frequency, channels] of one window."""
        return (self.window_frames, self.frequency, self.channels)

    @property
    def frame_seconds(self) -> float:
        """Length of one frame."""
        return self.frame_length / self.sample_rate

    @property
    def hop_seconds(self) -> float:
        """Time between the starts of neighboring frames."""
        return self.hop_length / self.sample_rate

    @property
    def window_seconds(self) -> float:
        """Length of the audio that fills one window of `window_frames` frames."""
        return self.samples_for(self.window_frames) / self.sample_rate

    def frames_in(self, samples: int) -> int:
        """Complete frames in `samples` samples; 0 when there is not even one."""
        if samples < self.frame_length:
            return 0
        return 1 + (samples - self.frame_length) // self.hop_length

    def samples_for(self, frames: int) -> int:
        """The fewest samples that hold `frames` frames; 0 for no frame."""
        return self.frame_length + (frames - 1) * self.hop_length if frames > 0 else 0


@dataclass(frozen=True, kw_only=True)
class Framed(Timed):
    """What all kinds have in common: rows of `frame_length` samples, one every `hop_length`, `window_frames` a window.

    A kind gives `kind`, `frequency`, `contents` and the features themselves, and the range of each number it adds or
    the words that a field may have.
    Raises FeatureError when a value is of the wrong type, out of range or contradicts another.
    """

    kind: ClassVar[str]
    ranges: ClassVar[Mapping[str, Range]] = {}
    words: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    sample_rate: int
    frame_length: int
    hop_length: int
    window_frames: int

    def __post_init__(self) -> None:
        ranges = {**_RANGES, **self.ranges}
        for field in dataclasses.fields(self):
            if field.name in self.words:
                _check_word(field.name, getattr(self, field.name), self.words[field.name])
                continue
            _check_number(field.name, getattr(self, field.name), ranges[field.name], integer=field.type in (int, "int"))
        if self.hop_length > self.frame_length:
            raise FeatureError(
                f"front end: hop_length {self.hop_length} is longer than frame_length {self.frame_length}; "
                "samples would be skipped."
            )

    def frames(self, pcm: np.ndarray) -> np.ndarray:
        """A read-only view int16 [frames, frame_length] of int16 PCM [samples]; no frames when the PCM is too short.

        Raises FeatureError when `pcm` is not one channel of int16.
        """
        check_pcm(pcm)
        if len(pcm) < self.frame_length:
            return np.empty((0, self.frame_length), np.int16)
        return np.lib.stride_tricks.sliding_window_view(pcm, self.frame_length)[:: self.hop_length]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` takes them back."""
        return {"kind": self.kind, **dataclasses.asdict(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """A front end of this kind from a manifest, which is not trusted. Raises FeatureError when not well formed."""
        names = {field.name for field in dataclasses.fields(cls)}
        found = set(values) - {"kind"}
        if found != names:
            unknown, absent = sorted(map(str, found - names)), sorted(names - found)
            raise FeatureError(
                f"front end '{cls.kind}': unknown entries {unknown}, absent entries {absent}; "
                "the file is damaged or was written by another version."
            )
        return cls(**{name: values[name] for name in names})


_RANGES: dict[str, Range] = {
    "sample_rate": (1000, 192_000),
    "frame_length": (16, 65_536),
    "hop_length": (1, 65_536),
    "window_frames": (1, 100_000),
}


def is_number(value: object) -> bool:
    """Whether `value` is a finite int or float, and no bool."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def check_pcm(pcm: np.ndarray) -> None:
    """Raise FeatureError unless `pcm` is an int16 array [samples]: features of float audio differ by decibels."""
    if not isinstance(pcm, np.ndarray) or pcm.dtype != np.int16 or pcm.ndim != 1:
        found = f"{pcm.dtype} {list(pcm.shape)}" if isinstance(pcm, np.ndarray) else type(pcm).__name__
        raise FeatureError(f"features are computed from one channel of int16 PCM [samples], not from {found}.")


def _check_word(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise FeatureError(f"front end: {name} must be one of {', '.join(allowed)}, not {value!r}.")


def _check_number(name: str, value: object, allowed: Range, *, integer: bool) -> None:
    low, high = allowed
    kind = "a whole number" if integer else "a number"
    if not is_number(value) or (integer and not isinstance(value, int)) or not low <= value <= high:  # type: ignore[operator]
        raise FeatureError(f"front end: {name} must be {kind} from {low:g} to {high:g}, not {value!r}.")
