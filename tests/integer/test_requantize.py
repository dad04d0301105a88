"""The two roundings against exact rational arithmetic."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.integer.requantize import (
    mean_multiplier,
    q31_multiplier,
    requantize_float32,
    requantize_q31,
)

accumulators = st.integers(-(2**30) + 1, 2**30 - 1)
scales = st.floats(2.0**-20, 0.49)


def half_up(value: Fraction) -> int:
    return (value + Fraction(1, 2)).__floor__()


def half_away(value: Fraction) -> int:
    magnitude = (abs(value) + Fraction(1, 2)).__floor__()
    return magnitude if value >= 0 else -magnitude


@settings(max_examples=300)
@given(accumulator=accumulators, scale=scales)
def test_q31_rounds_half_up_then_half_away_from_zero(accumulator: int, scale: float) -> None:
    multiplier, shift = q31_multiplier(scale)
    assert 2**30 <= multiplier < 2**31
    high = half_up(Fraction(accumulator * int(multiplier), 2**31))
    expected = half_away(Fraction(high, 2 ** int(shift)))
    assert requantize_q31(np.array([accumulator]), multiplier, shift)[0] == expected


@settings(max_examples=300)
@given(scale=st.floats(2.0**-24, 64.0))
def test_a_multiplier_is_its_scale_to_31_bits(scale: float) -> None:
    multiplier, shift = q31_multiplier(scale)
    assert abs(int(multiplier) * 2.0 ** -(31 + int(shift)) / scale - 1) <= 2.0**-31


@settings(max_examples=300)
@given(accumulator=accumulators, scale=scales)
def test_float32_is_one_single_precision_product_rounded_half_to_even(accumulator: int, scale: float) -> None:
    product = np.float32(accumulator) * np.float32(scale)
    assert requantize_float32(np.array([accumulator]), np.float32(scale))[0] == round(float(product))


@settings(max_examples=200)
@given(
    values=st.lists(st.integers(0, 255), min_size=1, max_size=900),
    scale=st.floats(0.05, 8.0),
)
def test_a_q31_mean_is_within_its_two_roundings_of_the_exact_mean(values: list[int], scale: float) -> None:
    """Half a step for the second rounding, at most a quarter for the first (shift 1)."""
    multiplier, shift = mean_multiplier(scale, len(values))
    mean = requantize_q31(np.array([sum(values)]), np.array(multiplier), np.array(shift))[0]
    assert abs(int(mean) - sum(values) * scale / len(values)) <= 0.75 + 1e-3
