"""Raw PCM on standard input, however it arrives."""

import io
import os

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.audio.resample import StreamResampler
from edgegenre.audio.sources import raw_chunks
from edgegenre.errors import AudioError


class Dribble(io.RawIOBase):
    """A pipe that delivers whatever number of bytes it likes."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self._data, self._sizes = data, list(sizes)

    def read(self, size: int = -1) -> bytes:
        take = min(size, self._sizes.pop(0) if self._sizes else size)
        part, self._data = self._data[:take], self._data[take:]
        return part


@settings(max_examples=60, deadline=None)
@given(
    samples=st.lists(st.integers(-32768, 32767), max_size=500),
    chunk=st.integers(1, 700),
    sizes=st.lists(st.integers(1, 99), max_size=30),
)
def test_samples_arrive_whole_whatever_the_reads(samples: list[int], chunk: int, sizes: list[int]) -> None:
    data = np.array(samples, "<i2").tobytes()
    chunks = list(raw_chunks(Dribble(data, sizes), chunk))
    assert all(len(part) == chunk for part in chunks[:-1])
    assert [value for part in chunks for value in part.tolist()] == samples


def test_another_rate_is_resampled() -> None:
    samples = np.random.default_rng(0).integers(-9999, 9999, 44_100).astype("<i2")
    chunks = list(raw_chunks(io.BytesIO(samples.tobytes()), 800, from_rate=44_100))
    resampler = StreamResampler(44_100, 16_000)
    expected = np.concatenate([resampler.push(samples.astype(np.int16)), resampler.flush()])
    np.testing.assert_array_equal(np.concatenate(chunks), expected)


def test_half_a_sample_at_the_end_is_an_error() -> None:
    with pytest.raises(AudioError, match="within a sample"):
        list(raw_chunks(io.BytesIO(b"\x01\x02\x03"), 10))


@pytest.mark.parametrize("sizes", [[], [1] * 20, [5, 3, 2]])
def test_a_wav_file_is_not_taken_for_raw_samples(sizes: list[int]) -> None:
    wav = io.BytesIO()
    soundfile.write(wav, np.zeros(16_000), 44_100, format="WAV")
    with pytest.raises(AudioError, match="is a WAV file"):
        list(raw_chunks(Dribble(wav.getvalue(), sizes), 800))


def test_a_live_pipe_is_not_kept_waiting_for_a_full_read() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream, os.fdopen(writing, "wb", buffering=0) as pipe:
        pipe.write(np.arange(800, dtype="<i2").tobytes())
        chunks = raw_chunks(stream, 400)
        assert next(chunks).tolist() == list(range(400))  # the writer is still open: a full read would hang here
        assert next(chunks).tolist() == list(range(400, 800))
