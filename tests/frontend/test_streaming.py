import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.errors import FeatureError
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.normalization import Normalization
from edgegenre.frontend.streaming import FeatureStream
from tests.frontend.signals import music, noise, tracks

FRONTEND = IntegerFrontend(LIANG_MFCC, Normalization(mean=(-80.0,) + (0.0,) * 11, deviation=(60.0,) + (12.0,) * 11))
PCM = noise(9_001)
OFFLINE = FRONTEND.features(PCM)

CHUNKS = st.one_of(st.sampled_from([0, 1, 2, 3, 797, 799, 800, 801, 1600, 1601, 20_000]), st.integers(0, 4000))


def streamed(stream: FeatureStream, pcm: np.ndarray, chunks: list[int]) -> np.ndarray:
    """All features of `pcm` pushed in pieces of these lengths, the last piece taking the rest."""
    cuts = np.minimum(np.cumsum(chunks), len(pcm))
    return np.concatenate([stream.push(piece) for piece in np.split(pcm, cuts)])


@given(chunks=st.lists(CHUNKS, max_size=12))
@settings(max_examples=60, deadline=None)
def test_a_stream_equals_the_clip_to_the_bit_whatever_the_chunks(chunks):
    result = streamed(FeatureStream(FRONTEND), PCM, chunks)
    assert result.dtype == np.int8
    np.testing.assert_array_equal(result, OFFLINE)


@pytest.mark.parametrize("chunk", [1, 7, 101, 797])
def test_a_stream_of_equal_chunks_equals_the_clip(chunk):
    result = streamed(FeatureStream(FRONTEND), PCM, [chunk] * (len(PCM) // chunk))
    np.testing.assert_array_equal(result, OFFLINE)


def test_a_streamed_song_equals_the_song():
    pcm = music(tracks()[0])
    result = streamed(FeatureStream(FRONTEND), pcm, [1024] * (len(pcm) // 1024))
    np.testing.assert_array_equal(result, FRONTEND.features(pcm))


def test_after_reset_a_stream_has_forgotten_what_it_heard():
    stream = FeatureStream(FRONTEND)
    stream.push(noise(1234, seed=3))
    stream.reset()
    np.testing.assert_array_equal(stream.push(PCM), OFFLINE)


def test_a_frame_appears_with_its_last_sample():
    stream = FeatureStream(FRONTEND)
    assert [len(stream.push(PCM[a:b])) for a, b in [(0, 1599), (1599, 1600), (1600, 2399), (2399, 2400)]] == [
        0,
        1,
        0,
        1,
    ]


def test_a_pushed_buffer_may_be_reused_by_the_caller():
    stream, buffer, found = FeatureStream(FRONTEND), np.empty(500, np.int16), []
    for start in range(0, 9000, 500):
        buffer[:] = PCM[start : start + 500]
        found.append(stream.push(buffer))
    np.testing.assert_array_equal(np.concatenate(found), OFFLINE)


def test_float_samples_are_refused():
    with pytest.raises(FeatureError, match="int16"):
        FeatureStream(FRONTEND).push(np.zeros(100, np.float32))
