"""What the integer forms share: counts of a small unit above a floor, and the z-score that makes them int8."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from edgegenre.frontend.kinds.log_mel import LogMel
from edgegenre.frontend.kinds.magnitude import Magnitude
from edgegenre.frontend.kinds.mel_decibels import MelDecibels
from edgegenre.frontend.kinds.mfcc import Mfcc
from edgegenre.frontend.kinds.raw import Raw
from edgegenre.frontend.normalization import Normalization
from edgegenre.frontend.rounding import normalization_integers

# Frames computed together: their arrays stay in the processor's cache.
_BLOCK = 32


class IntegerForm:
    """A kind in integers: feature = clamp((count * multiplier + offset) >> shift, -128, 127) in 64 bits.

    counts: int16 [rows, frame_length] to int64 [values, rows], |count| < 2**30. A count is worth `unit`, zero is worth
    the `floor` of its value, float64 [values]. `real` says how near that is to the definition.
    Raises FeatureError when the normalization has not as many means as the front end has statistics.
    """

    def __init__(
        self,
        spec: Mfcc | LogMel | MelDecibels | Magnitude | Raw,
        normalization: Normalization,
        counts: Callable[[np.ndarray], np.ndarray],
        *,
        unit: Fraction,
        floors: np.ndarray,
    ) -> None:
        self.spec = spec
        self.normalization = normalization
        self._counts = counts
        self._unit, self._floors = unit, floors
        self.multiplier, self.shift, self.offset = normalization_integers(normalization, unit=unit, floors=floors)

    def features(self, pcm: np.ndarray) -> np.ndarray:
        """int8 [rows, frequency], scale 1/32 and zero point 0, of int16 PCM [samples]."""
        multiplier, shift, offset = (array[:, np.newaxis] for array in (self.multiplier, self.shift, self.offset))
        return self._blockwise(pcm, np.int8, lambda counts: np.clip((counts * multiplier + offset) >> shift, -128, 127))

    def real(self, pcm: np.ndarray) -> np.ndarray:
        """The same before normalization, float64 [rows, frequency] in the unit of the definition."""
        return self._blockwise(pcm, np.float64, lambda counts: counts * float(self._unit) + self._floors[:, np.newaxis])

    def counts(self, pcm: np.ndarray) -> np.ndarray:
        """The counts of int16 PCM [samples]: int64 [rows, frequency]."""
        return self._blockwise(pcm, np.int64, lambda counts: counts)

    @property
    def unit(self) -> Fraction:
        """What a count is worth."""
        return self._unit

    @property
    def floors(self) -> np.ndarray:
        """What a count of zero is worth, float64 [frequency]."""
        return self._floors

    def _blockwise(
        self, pcm: np.ndarray, dtype: type[np.generic], compute: Callable[[np.ndarray], np.ndarray]
    ) -> np.ndarray:
        frames = self.spec.frames(pcm)
        result: np.ndarray = np.empty((len(frames), self.spec.frequency), dtype)
        for start in range(0, len(frames), _BLOCK):
            result[start : start + _BLOCK] = compute(self._counts(frames[start : start + _BLOCK])).T
        return result
