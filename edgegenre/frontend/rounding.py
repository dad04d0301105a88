"""Table entries of the integer front ends: float64 rounded so that every machine finds the same integers."""

from fractions import Fraction

import numpy as np

from edgegenre.errors import FeatureError
from edgegenre.frontend.normalization import STEPS_PER_DEVIATION, Normalization

# Twice the last bit of a float64 near 2**31, the largest table entries.
_TIE_MARGIN = 1e-6


def rounded(values: np.ndarray) -> np.ndarray:
    """The nearest integers, int64. Raises FeatureError when a value is within 1e-6 of a tie between two."""
    values = np.asarray(values, np.float64)
    if (np.abs(values - np.floor(values) - 0.5) < _TIE_MARGIN).any():
        raise FeatureError(
            "the integer front end: a table entry of this specification lies on a rounding tie, where machines may "
            "differ. Change low_hz, high_hz or the floor a little."
        )
    return np.rint(values).astype(np.int64)


def normalization_integers(
    normalization: Normalization, *, unit: Fraction, floors: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Multiplier, shift and offset of every value, exact for the given float64 means and deviations.

    A value is count * unit + floor, and its int8 feature clamp((count * multiplier + offset) >> shift): rounding, mean
    and floor are in the offset. multiplier in [2**30, 2**31), shift > 0, |offset| < 2**62.
    """
    multipliers, shifts, offsets = [], [], []
    for mean, deviation, floor in zip(normalization.mean, normalization.deviation, floors, strict=True):
        steps = STEPS_PER_DEVIATION * unit / Fraction(deviation)
        shift = 50
        while round(steps * 2**shift) >= 2**31:
            shift -= 1
        while round(steps * 2**shift) < 2**30:
            shift += 1
        steps_at_floor = STEPS_PER_DEVIATION * (Fraction(float(floor)) - Fraction(mean)) / Fraction(deviation)
        multipliers.append(round(steps * 2**shift))
        shifts.append(shift)
        offsets.append(round((steps_at_floor + Fraction(1, 2)) * 2**shift))
    return np.array(multipliers, np.int64), np.array(shifts, np.int64), np.array(offsets, np.int64)
