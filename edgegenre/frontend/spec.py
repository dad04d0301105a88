"""What a front end computes, as frozen data that travels in every bundle: FrontendSpec and Normalization."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgegenre.errors import FeatureError

# The network's input is int8 with this many steps per standard deviation (scale 1/32, zero point 0: +-4 deviations).
STEPS_PER_DEVIATION = 32

# No coefficient of int16 audio comes near these: c0 of 40 bands lies in -633...+220 dB.
LARGEST_MEAN_DB = 1000.0
SMALLEST_DEVIATION_DB = 1e-3
LARGEST_DEVIATION_DB = 1000.0

_KINDS = ("mfcc",)
_RANGES: dict[str, tuple[float, float]] = {
    "sample_rate": (1000, 192_000),
    "frame_length": (16, 65_536),
    "hop_length": (1, 65_536),
    "fft_length": (16, 65_536),
    "mel_bands": (2, 512),
    "low_hz": (0, 96_000),
    "high_hz": (1, 96_000),
    "power_floor": (1e-30, 1.0),
    "coefficients": (1, 512),
    "window_frames": (1, 100_000),
}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _check_number(name: str, value: object, *, integer: bool) -> None:
    low, high = _RANGES[name]
    kind = "a whole number" if integer else "a number"
    if not _is_number(value) or (integer and not isinstance(value, int)) or not low <= value <= high:  # type: ignore[operator]
        raise FeatureError(f"front end: {name} must be {kind} from {low:g} to {high:g}, not {value!r}.")


@dataclass(frozen=True, kw_only=True)
class FrontendSpec:
    """How int16 PCM becomes features [frames, coefficients]; the defaults are the MFCC of Liang et al.

    kind: "mfcc": periodic Hann window, power spectrum, Slaney mel bands, 10 log10(max(power, power_floor)),
    orthonormal DCT-II. PCM counts as value / 32768. Frame i covers samples [i * hop_length, i * hop_length +
    frame_length): nothing is centered or padded. frame_length, hop_length and fft_length are samples.
    window_frames: the frames of one clip, the network's input length.

    Raises FeatureError when a value is of the wrong type, out of range or contradicts another.
    """

    kind: str = "mfcc"
    sample_rate: int = 16_000
    frame_length: int = 1600
    hop_length: int = 800
    fft_length: int = 1600
    mel_bands: int = 40
    low_hz: float = 0.0
    high_hz: float = 8000.0
    power_floor: float = 1e-10
    coefficients: int = 12
    window_frames: int = 599

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise FeatureError(
                f"front end kind {self.kind!r} is not known; this version computes: {', '.join(_KINDS)}."
            )
        for field in dataclasses.fields(self):
            if field.name in _RANGES:
                _check_number(field.name, getattr(self, field.name), integer=field.type in (int, "int"))
        if self.hop_length > self.frame_length:
            raise FeatureError(
                f"front end: hop_length {self.hop_length} is longer than frame_length {self.frame_length}; "
                "samples would be skipped."
            )
        if self.fft_length != self.frame_length:
            raise FeatureError(
                f"front end: fft_length {self.fft_length} must equal frame_length {self.frame_length}; "
                "frames are not padded."
            )
        if not self.low_hz < self.high_hz <= self.sample_rate / 2:
            raise FeatureError(
                f"front end: need low_hz < high_hz <= half the sample rate, got {self.low_hz} and {self.high_hz} Hz "
                f"at {self.sample_rate} Hz."
            )
        if self.coefficients > self.mel_bands:
            raise FeatureError(
                f"front end: {self.coefficients} coefficients cannot come from {self.mel_bands} mel bands."
            )

    def frames_in(self, samples: int) -> int:
        """Complete frames in `samples` samples; 0 when there is not even one."""
        if samples < self.frame_length:
            return 0
        return 1 + (samples - self.frame_length) // self.hop_length

    def samples_for(self, frames: int) -> int:
        """The fewest samples that hold `frames` frames; 0 for no frame."""
        return self.frame_length + (frames - 1) * self.hop_length if frames > 0 else 0

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

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` takes them back."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The specification in a manifest, which is not trusted. Raises FeatureError when it is not well formed."""
        if not isinstance(values, Mapping):
            raise FeatureError("front end: the specification must be a table of names and values.")
        names = {field.name for field in dataclasses.fields(cls)}
        if set(values) != names:
            unknown, absent = sorted(map(str, set(values) - names)), sorted(names - set(values))
            raise FeatureError(
                f"front end: unknown entries {unknown}, absent entries {absent}; "
                "the file is damaged or was written by another version."
            )
        return cls(**values)


LIANG_MFCC = FrontendSpec()
"""The front end of Liang et al.: 30 s at 16 kHz give 599 frames of 12 coefficients."""


@dataclass(frozen=True, kw_only=True)
class Normalization:
    """A z-score per coefficient: mean and standard deviation in dB over the training tracks.

    Raises FeatureError when the lengths differ or a value is not finite or out of range.
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.mean or len(self.mean) != len(self.deviation):
            raise FeatureError(
                f"normalization: {len(self.mean)} means and {len(self.deviation)} deviations; give one of each."
            )
        if not all(_is_number(value) and abs(value) <= LARGEST_MEAN_DB for value in self.mean):
            raise FeatureError(f"normalization: every mean must be a number within +-{LARGEST_MEAN_DB:g} dB.")
        low, high = SMALLEST_DEVIATION_DB, LARGEST_DEVIATION_DB
        if not all(_is_number(value) and low <= value <= high for value in self.deviation):
            raise FeatureError(f"normalization: every deviation must be a number of {low:g} to {high:g} dB.")

    @classmethod
    def fit(cls, features: Sequence[np.ndarray]) -> Self:
        """Mean and deviation over all frames of all arrays [frames, coefficients] (dB); every frame counts the same.

        A coefficient that never changes gets the smallest allowed deviation. Raises FeatureError without any frame.
        """
        frames = sum(len(array) for array in features)
        if frames == 0:
            raise FeatureError("normalization: there is no feature frame to fit it to.")
        mean = sum(array.sum(axis=0, dtype=np.float64) for array in features) / frames
        variance = sum(np.square(array.astype(np.float64) - mean).sum(axis=0) for array in features) / frames
        deviation = np.clip(np.sqrt(variance), SMALLEST_DEVIATION_DB, LARGEST_DEVIATION_DB)
        return cls(mean=tuple(mean.tolist()), deviation=tuple(deviation.tolist()))

    def quantize(self, features: np.ndarray) -> np.ndarray:
        """int8 of features [..., coefficients] in dB: clip(rint((x - mean) / deviation * 32), -128, 127)."""
        if features.shape[-1] != len(self.mean):
            raise FeatureError(
                f"normalization: features have {features.shape[-1]} coefficients, the normalization {len(self.mean)}."
            )
        scores = (features.astype(np.float64) - np.array(self.mean)) / np.array(self.deviation)
        return np.clip(np.rint(scores * STEPS_PER_DEVIATION), -128, 127).astype(np.int8)

    def normalize(self, features: np.ndarray) -> np.ndarray:
        """float32 z-scores exactly on the int8 grid: quantize(features) / 32."""
        return self.quantize(features).astype(np.float32) / np.float32(STEPS_PER_DEVIATION)

    def to_dict(self) -> dict[str, list[float]]:
        """Plain JSON values; `from_dict` takes them back without loss."""
        return {"mean": list(self.mean), "deviation": list(self.deviation)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The normalization in a manifest, which is not trusted. Raises FeatureError when it is not well formed."""
        if not isinstance(values, Mapping) or set(values) != {"mean", "deviation"}:
            raise FeatureError("normalization: need exactly the entries 'mean' and 'deviation'.")
        if not all(isinstance(values[name], list | tuple) for name in ("mean", "deviation")):
            raise FeatureError("normalization: 'mean' and 'deviation' must be lists of numbers.")
        return cls(mean=tuple(values["mean"]), deviation=tuple(values["deviation"]))
