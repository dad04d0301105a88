import numpy as np
import pytest

from edgegenre.errors import FeatureError
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from tests.windows import windows


def numbered(frames: int) -> np.ndarray:
    return np.arange(frames * 12, dtype=np.float32).reshape(frames, 12)


@pytest.mark.parametrize(("frames", "count"), [(599, 1), (600, 1), (1197, 1), (1198, 2), (1800, 3)])
def test_longer_audio_gives_consecutive_windows_without_the_tail(frames, count):
    features = numbered(frames)
    found = windows(features, LIANG_MFCC)
    assert len(found) == count
    np.testing.assert_array_equal(np.concatenate(found), features[: 599 * count])


@pytest.mark.parametrize("frames", [1, 2, 299, 300, 598])
def test_shorter_audio_is_repeated_from_its_start(frames):
    (window,) = windows(numbered(frames), LIANG_MFCC)
    assert window.shape == (599, 12)
    for place in (0, frames - 1, frames % 599, 598):
        np.testing.assert_array_equal(window[place], numbered(frames)[place % frames])


def test_without_a_frame_the_error_says_how_long_audio_must_be():
    with pytest.raises(FeatureError, match=r"1600 samples \(0\.1 s at 16000 Hz\), and 30 s"):
        windows(numbered(0), LIANG_MFCC)
