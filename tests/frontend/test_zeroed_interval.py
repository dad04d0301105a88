import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.zeroed_interval import recompute_frames
from tests.frontend.signals import noise

PCM = noise(20_123)
FEATURES = LIANG_MFCC.float32(PCM)


@given(start=st.integers(-2000, 21_000), length=st.sampled_from([0, 1, 799, 1600, 5000, 30_000]))
@settings(max_examples=60, deadline=None)
def test_recomputed_frames_are_those_of_the_silenced_signal(start, length):
    silenced = PCM.copy()
    silenced[max(start, 0) : max(start + length, 0)] = 0
    result = recompute_frames(FEATURES, PCM, start, start + length, LIANG_MFCC)
    np.testing.assert_allclose(result, LIANG_MFCC.float32(silenced), rtol=0, atol=2e-4)


@pytest.mark.parametrize(("start", "changed"), [(0, [0, 1]), (800, [0, 1, 2]), (1600, [1, 2, 3]), (1650, [1, 2, 3, 4])])
def test_only_frames_that_hear_the_interval_change(start, changed):
    before, pcm = FEATURES.copy(), PCM.copy()
    result = recompute_frames(FEATURES, PCM, start, start + 1600, LIANG_MFCC)
    assert np.flatnonzero((result != FEATURES).any(axis=1)).tolist() == changed
    np.testing.assert_array_equal(FEATURES, before)
    np.testing.assert_array_equal(PCM, pcm)
