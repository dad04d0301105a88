"""The z-score that brings features onto the int8 grid of the network's input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgegenre.errors import FeatureError
from edgegenre.frontend.framing import is_number

# The network's input is int8 with this many steps per standard deviation (scale 1/32, zero point 0: +-4 deviations).
STEPS_PER_DEVIATION = 32

# No feature of int16 audio comes near these: c0 of 40 bands lies in -633...+220 dB, samples have deviations up to 1.
LARGEST_MEAN = 1000.0
SMALLEST_DEVIATION = 1e-3
LARGEST_DEVIATION = 1000.0


@dataclass(frozen=True, kw_only=True)
class Normalization:
    """A z-score: mean and standard deviation over the training tracks, in the unit of the features.

    One of each for every value of a row, or one alone for all of them (`Frontend.statistics`).
    Raises FeatureError when the lengths differ or a value is not finite or out of range.
    """

    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.mean or len(self.mean) != len(self.deviation):
            raise FeatureError(
                f"normalization: {len(self.mean)} means and {len(self.deviation)} deviations; give one of each."
            )
        if not all(is_number(value) and abs(value) <= LARGEST_MEAN for value in self.mean):
            raise FeatureError(f"normalization: every mean must be a number within +-{LARGEST_MEAN:g}.")
        low, high = SMALLEST_DEVIATION, LARGEST_DEVIATION
        if not all(is_number(value) and low <= value <= high for value in self.deviation):
            raise FeatureError(f"normalization: every deviation must be a number of {low:g} to {high:g}.")

    @classmethod
    def fit(cls, features: Sequence[np.ndarray], *, statistics: int) -> Self:
        """Mean and deviation over all frames of all arrays [frames, values]; every frame counts the same.

        statistics: as many as a frame has values, or 1 for one mean and deviation over all of them. A value that never
        changes gets the smallest allowed deviation. Raises FeatureError without any frame.
        """
        count = sum(array.size for array in features) // statistics
        if count == 0:
            raise FeatureError("normalization: there is no feature frame to fit it to.")
        columns = (array.reshape(-1, statistics) for array in features)
        mean = sum(array.sum(axis=0, dtype=np.float64) for array in columns) / count
        columns = (array.reshape(-1, statistics) for array in features)
        variance = sum(np.square(array.astype(np.float64) - mean).sum(axis=0) for array in columns) / count
        deviation = np.clip(np.sqrt(variance), SMALLEST_DEVIATION, LARGEST_DEVIATION)
        return cls(mean=tuple(mean.tolist()), deviation=tuple(deviation.tolist()))

    def quantize(self, features: np.ndarray) -> np.ndarray:
        """int8 of features [..., values]: clip(rint((x - mean) / deviation * 32), -128, 127)."""
        if len(self.mean) not in (1, features.shape[-1]):
            raise FeatureError(
                f"normalization: features have {features.shape[-1]} values a row, the normalization {len(self.mean)}."
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
