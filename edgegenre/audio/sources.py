"""Where a stream's samples come from: files and raw PCM, as int16 chunks at the front end's rate."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from edgegenre.audio.decode import SAMPLE_RATE, pcm_blocks
from edgegenre.audio.resample import StreamResampler
from edgegenre.errors import AudioError

READ_BYTES = 8192
WAV_MARK_BYTES = 12


def file_chunks(path: Path, chunk_samples: int, sample_rate: int = SAMPLE_RATE) -> Iterator[np.ndarray]:
    """A sound file in chunks of exactly `chunk_samples` int16 samples (the last may be shorter): `load_pcm`, cut.

    Raises AudioError as `load_pcm` does.
    """
    return rechunked(pcm_blocks(path, sample_rate), chunk_samples)


def raw_chunks(
    stream: BinaryIO, chunk_samples: int, *, from_rate: int = SAMPLE_RATE, sample_rate: int = SAMPLE_RATE
) -> Iterator[np.ndarray]:
    """Raw mono s16le from a binary stream, resampled if need be, in chunks of `chunk_samples`.

    What has arrived is passed on without waiting for a full read. Raises AudioError when the stream ends within a
    sample: then it is not 16-bit PCM, or it was cut. Raises it too when a WAV file comes instead of raw samples.
    """
    return rechunked(_raw_blocks(stream, StreamResampler(from_rate, sample_rate)), chunk_samples)


def rechunked(blocks: Iterable[np.ndarray], chunk_samples: int) -> Iterator[np.ndarray]:
    """The same samples in chunks of exactly `chunk_samples`; the last may be shorter, none is empty."""
    if chunk_samples < 1:
        raise AudioError(f"a chunk of {chunk_samples} samples is not usable; give at least 1.")
    pending = np.empty(0, np.int16)
    for block in blocks:
        pending = np.concatenate([pending, block])
        whole = len(pending) // chunk_samples * chunk_samples
        for start in range(0, whole, chunk_samples):
            yield pending[start : start + chunk_samples]
        pending = pending[whole:]
    if len(pending):
        yield pending


def _raw_blocks(stream: BinaryIO, resampler: StreamResampler) -> Iterator[np.ndarray]:
    # read1 of a buffered stream returns what is there; a raw stream's read does.
    read = getattr(stream, "read1", stream.read)
    data = b""
    while len(data) < WAV_MARK_BYTES and (more := read(WAV_MARK_BYTES - len(data))):
        data += more
    if data[:4] == b"RIFF" and data[8:] == b"WAVE":
        raise AudioError("standard input is a WAV file, not raw samples. Give the file's name instead of '-'.")
    odd = b""
    while data:
        data = odd + data
        whole = len(data) // 2 * 2
        odd = data[whole:]
        yield resampler.push(np.frombuffer(data[:whole], "<i2").astype(np.int16))
        data = read(READ_BYTES)
    if odd:
        raise AudioError("standard input ended within a sample: expected mono 16-bit little-endian PCM (s16le).")
    yield resampler.flush()
