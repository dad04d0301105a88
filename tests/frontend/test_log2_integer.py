import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.frontend.fixed_point import bit_length, magnitude_bits
from edgegenre.frontend.log2_integer import log2_q20, log2_table

TABLE = log2_table()


@given(st.lists(st.integers(1, 2**63 - 1), min_size=1, max_size=50))
@settings(max_examples=100, deadline=None)
def test_integer_log2_equals_math_log2(values):
    expected = [math.log2(value) for value in values]
    np.testing.assert_allclose(log2_q20(np.array(values, np.int64), TABLE) / 2**20, expected, rtol=0, atol=1.2e-5)


def test_integer_log2_is_exact_at_powers_of_two_and_never_falls():
    powers = np.array([1 << n for n in range(63)], np.int64)
    np.testing.assert_array_equal(log2_q20(powers, TABLE), np.arange(63) << 20)
    assert (np.diff(log2_q20(np.arange(1, 200_000, dtype=np.int64), TABLE)) >= 0).all()
    assert (log2_q20(powers[1:] - 1, TABLE) <= log2_q20(powers[1:], TABLE)).all()


@given(st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=50))
@settings(max_examples=100, deadline=None)
def test_bit_length_equals_that_of_python(values):
    assert bit_length(np.array(values, np.int64)).tolist() == [value.bit_length() for value in values]


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=50))
@settings(max_examples=100, deadline=None)
def test_magnitude_bits_is_the_narrowest_width_that_holds_all(values):
    bits = int(magnitude_bits(np.array(values, np.int64), axis=(0,)))
    assert all(-(1 << bits) <= value < 1 << bits for value in values)
    assert bits == 0 or not all(-(1 << bits - 1) <= value < 1 << bits - 1 for value in values)
