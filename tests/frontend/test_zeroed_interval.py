import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.mel import dct_matrix
from edgegenre.frontend.zeroed_interval import recompute_frames
from tests.frontend.signals import noise

PCM = noise(20_123)

# Two float32 sums of n products, added in any order, differ by at most 2 n u times the sum of their magnitudes. The
# energy of a band is a sum over at most 801 bins, for which an FFT of 1600 samples takes log2(1600) passes. A
# coefficient is a sum over 40 bands of at most 100 dB each: the floor is at -100 dB, full scale below +100 dB.
_UNIT = 2.0**-24
_DCT = np.abs(dct_matrix(12, 40)).sum(axis=1)
ROUNDING_DB = _DCT * (2 * 40 * _UNIT * 100 + 10 / np.log(10) * 2 * 801 * np.log2(1600) * _UNIT)
"""By coefficient [12]: as much as two float32 computations of one feature may differ."""
FEATURES = LIANG_MFCC.float32(PCM)


@given(start=st.integers(-2000, 21_000), length=st.sampled_from([0, 1, 799, 1600, 5000, 30_000]))
@settings(max_examples=60, deadline=None)
def test_recomputed_frames_are_those_of_the_silenced_signal(start, length):
    silenced = PCM.copy()
    silenced[max(start, 0) : max(start + length, 0)] = 0
    result = recompute_frames(FEATURES, PCM, start, start + length, LIANG_MFCC)
    assert (np.abs(result - LIANG_MFCC.float32(silenced)) <= ROUNDING_DB).all()


@pytest.mark.parametrize(("start", "changed"), [(0, [0, 1]), (800, [0, 1, 2]), (1600, [1, 2, 3]), (1650, [1, 2, 3, 4])])
def test_only_frames_that_hear_the_interval_change(start, changed):
    before, pcm = FEATURES.copy(), PCM.copy()
    result = recompute_frames(FEATURES, PCM, start, start + 1600, LIANG_MFCC)
    assert np.flatnonzero((result != FEATURES).any(axis=1)).tolist() == changed
    np.testing.assert_array_equal(FEATURES, before)
    np.testing.assert_array_equal(PCM, pcm)
