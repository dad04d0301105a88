"""What arrives on standard input, raw samples or a file, in whatever pieces."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.audio.decode import load_pcm
from edgegenre.audio.resample import StreamResampler
from edgegenre.audio.sources import piped_chunks
from edgegenre.errors import AudioError
from tests.audio.sounds import encoded, melody


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
    chunks = list(piped_chunks(Dribble(data, sizes), chunk))
    assert all(len(part) == chunk for part in chunks[:-1])
    assert [value for part in chunks for value in part.tolist()] == samples


def test_another_rate_is_resampled() -> None:
    samples = np.random.default_rng(0).integers(-9999, 9999, 44_100).astype("<i2")
    chunks = list(piped_chunks(io.BytesIO(samples.tobytes()), 800, from_rate=44_100))
    resampler = StreamResampler(44_100, 16_000)
    expected = np.concatenate([resampler.push(samples.astype(np.int16)), resampler.flush()])
    np.testing.assert_array_equal(np.concatenate(chunks), expected)


def test_half_a_sample_at_the_end_is_an_error() -> None:
    with pytest.raises(AudioError, match="within a sample"):
        list(piped_chunks(io.BytesIO(b"\x01\x02\x03"), 10))


@pytest.mark.parametrize("sizes", [[], [1] * 20, [5, 3, 2]])
@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3", "AIFF", "AU", "CAF", "W64", "RF64"])
def test_a_sound_file_on_a_pipe_is_decoded_like_the_file(tmp_path: Path, kind: str, sizes: list[int]) -> None:
    path = tmp_path / f"x.{kind.lower()}"
    soundfile.write(path, melody(1), 44_100, format=kind)
    heard = np.concatenate(list(piped_chunks(Dribble(path.read_bytes(), sizes), 800)))
    np.testing.assert_array_equal(heard, load_pcm(path))


def test_an_mp3_without_a_tag_is_not_taken_for_raw_samples(tmp_path: Path) -> None:
    content = encoded(tmp_path, "x.mp3", "-write_xing", "0", "-id3v2_version", "0", seconds=1)
    assert content[0] == 0xFF
    assert len(np.concatenate(list(piped_chunks(io.BytesIO(content), 800)))) == pytest.approx(16_000, abs=1000)


@pytest.mark.parametrize("kind", ["m4a", "aac", "webm", "mka", "wma", "ac3", "ts", "avi", "wv"])
def test_sound_on_a_pipe_that_cannot_be_decoded_is_refused(tmp_path: Path, kind: str) -> None:
    content = encoded(tmp_path, f"x.{kind}", seconds=1)
    with pytest.raises(AudioError, match=r"standard input is .*ffmpeg -i FILE -f s16le -ac 1 -ar 16000 -"):
        list(piped_chunks(io.BytesIO(content), 800))


def test_the_rate_of_raw_samples_goes_with_no_file(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.flac", melody(0.2), 44_100)
    with pytest.raises(AudioError, match="tells its rate itself"):
        list(piped_chunks(io.BytesIO((tmp_path / "x.flac").read_bytes()), 800, from_rate=8000))


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6), loudness=st.sampled_from([1, 3, 30, 1000, 30_000]))
def test_raw_samples_are_never_taken_for_a_file(seed: int, loudness: int) -> None:
    """Quiet samples below zero look like the first bytes of MPEG frames."""
    samples = np.random.default_rng(seed).integers(-loudness, loudness, 6000).astype("<i2")
    np.testing.assert_array_equal(np.concatenate(list(piped_chunks(io.BytesIO(samples.tobytes()), 800))), samples)


def test_a_live_pipe_is_not_kept_waiting_for_a_full_read() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream, os.fdopen(writing, "wb", buffering=0) as pipe:
        pipe.write(np.arange(800, dtype="<i2").tobytes())
        chunks = piped_chunks(stream, 400)
        assert next(chunks).tolist() == list(range(400))  # the writer is still open: a full read would hang here
        assert next(chunks).tolist() == list(range(400, 800))
