"""Means and standard deviations in integers, from one sum and one sum of squares a value.

With the counts c of the MFCC, |c| < 2**30, over n <= 128 frames: q = (c + 32) >> 6, S = sum of q, T = sum of q**2,
mean = (64 S + n / 2) // n, deviation = (64 floor(sqrt(n T - S**2)) + n / 2) // n; n T < 2**62.
"""

import numpy as np

from edgegenre.errors import FeatureError
from edgegenre.frontend.fixed_point import square_root
from edgegenre.frontend.integer_kinds.form import IntegerForm
from edgegenre.frontend.integer_kinds.mfcc import integer_mfcc
from edgegenre.frontend.kinds.summary import Summary
from edgegenre.frontend.normalization import Normalization
from edgegenre.frontend.rounding import normalization_integers

_SHIFT = 6
_MOST_FRAMES = 128


class IntegerSummary:
    """The integer form: each value within 0.05 dB of the definition where the MFCC are.

    Raises FeatureError when the MFCC have no integer form of counts, the window is longer than 128 frames, or the
    normalization does not fit.
    """

    def __init__(self, spec: Summary, normalization: Normalization) -> None:
        self.spec = spec
        self.normalization = normalization
        values = spec.of.frequency
        rows = integer_mfcc(spec.of, Normalization(mean=(0.0,) * values, deviation=(1.0,) * values))
        if not isinstance(rows, IntegerForm) or spec.of.window_frames > _MOST_FRAMES:
            raise FeatureError(
                f"the integer summary takes MFCC of frames of a power of two, and at most {_MOST_FRAMES} frames, not "
                f"{spec.of.window_frames} of {spec.of.frame_length} samples."
            )
        self._rows = rows
        self._floors = np.concatenate([rows.floors, np.zeros(values)])
        self.multiplier, self.shift, self.offset = normalization_integers(
            normalization, unit=rows.unit, floors=self._floors
        )

    def features(self, pcm: np.ndarray) -> np.ndarray:
        """int8 [windows, values], scale 1/32 and zero point 0, of int16 PCM [samples]."""
        steps = (self._counts(pcm) * self.multiplier + self.offset) >> self.shift
        return np.clip(steps, -128, 127).astype(np.int8)

    def real(self, pcm: np.ndarray) -> np.ndarray:
        """The same before normalization, float64 [windows, values] in dB."""
        return self._counts(pcm) * float(self._rows.unit) + self._floors

    def _counts(self, pcm: np.ndarray) -> np.ndarray:
        """int64 [windows, values] in the unit of the MFCC."""
        q = (self.spec.windows(self._rows.counts(pcm)) + (1 << _SHIFT - 1)) >> _SHIFT
        frames = self.spec.of.window_frames
        total = q.sum(axis=1)
        spread = square_root(frames * np.square(q).sum(axis=1) - np.square(total))
        return ((np.concatenate([total, spread], axis=1) << _SHIFT) + frames // 2) // frames
