"""Where a stream's samples come from: files and pipes, as int16 chunks at the front end's rate."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, BinaryIO

import numpy as np

from edgegenre.audio.decode import SAMPLE_RATE, pcm_blocks
from edgegenre.audio.resample import StreamResampler
from edgegenre.audio.signatures import HEAD_BYTES, Kind, may_be_frames, recognize
from edgegenre.errors import AudioError

READ_BYTES = 8192
FIRST_BYTES = 64
"""2 ms of sound; as many tell every kind of file but MPEG and transport streams."""

LARGEST_PIPED = 4 << 30
"""Bytes of a sound file that are kept while it arrives."""


def file_chunks(path: Path, chunk_samples: int, sample_rate: int = SAMPLE_RATE) -> Iterator[np.ndarray]:
    """A sound file in chunks of exactly `chunk_samples` int16 samples (the last may be shorter): `load_pcm`, cut.

    Raises AudioError as `load_pcm` does.
    """
    return rechunked(pcm_blocks(path, sample_rate), chunk_samples)


def piped_chunks(
    stream: BinaryIO, chunk_samples: int, *, from_rate: int | None = None, sample_rate: int = SAMPLE_RATE
) -> Iterator[np.ndarray]:
    """What arrives on a pipe, in chunks of `chunk_samples` at `sample_rate`: raw mono s16le, or a whole sound file.

    from_rate: of raw samples; `sample_rate` when None. Raw samples are passed on as they arrive. A sound file is known
    by its first bytes, kept in a temporary file until the pipe ends, and decoded. Raises AudioError for a file that
    holds no readable sound, for raw samples that end within one, and for a `from_rate` given with a sound file.
    """
    head, kind = _head(stream)
    if kind is None:
        resampler = StreamResampler(sample_rate if from_rate is None else from_rate, sample_rate)
        yield from rechunked(_raw_blocks(head, stream, resampler), chunk_samples)
        return
    if not kind.readable:
        raise AudioError(
            f"standard input is {kind.name}, not raw samples. Pipe it through ffmpeg first: "
            f"ffmpeg -i FILE -f s16le -ac 1 -ar {sample_rate} - | edgegenre listen -"
        )
    if from_rate is not None:
        raise AudioError(f"standard input is a file ({kind.name}), which tells its rate itself. Leave --rate out.")
    with tempfile.NamedTemporaryFile(prefix="edgegenre-", suffix=f".{kind.name.lower()}") as kept:
        _keep(head, stream, kept)
        yield from file_chunks(Path(kept.name), chunk_samples, sample_rate)


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


def _head(stream: BinaryIO) -> tuple[bytes, Kind | None]:
    """The first bytes, and the kind of file that they begin; more than a few are waited for only when they may be MPEG.

    Raw samples of a live pipe must not wait.
    """
    head = _at_least(stream, b"", FIRST_BYTES)
    kind = recognize(head)
    if kind is None and may_be_frames(head):
        head = _at_least(stream, head, HEAD_BYTES)
        kind = recognize(head)
    return head, kind


def _at_least(stream: BinaryIO, data: bytes, size: int) -> bytes:
    while len(data) < size and (more := _arrived(stream, size - len(data))):
        data += more
    return data


def _arrived(stream: BinaryIO, size: int) -> bytes:
    """What is there, at most `size` bytes: a buffered stream's read1 returns that; a raw stream's read does."""
    read: Callable[[int], bytes | None] = getattr(stream, "read1", stream.read)
    return read(size) or b""


def _keep(head: bytes, stream: BinaryIO, kept: IO[bytes]) -> None:
    size = 0
    data = head
    while data:
        size += len(data)
        if size > LARGEST_PIPED:
            raise AudioError(
                f"standard input is a file of more than {LARGEST_PIPED >> 30} GiB. Give the file's name instead of '-'."
            )
        kept.write(data)
        data = stream.read(1 << 20)
    kept.flush()


def _raw_blocks(data: bytes, stream: BinaryIO, resampler: StreamResampler) -> Iterator[np.ndarray]:
    odd = b""
    while data:
        data = odd + data
        whole = len(data) // 2 * 2
        odd = data[whole:]
        yield resampler.push(np.frombuffer(data[:whole], "<i2").astype(np.int16))
        data = _arrived(stream, READ_BYTES)
    if odd:
        raise AudioError("standard input ended within a sample: expected mono 16-bit little-endian PCM (s16le).")
    yield resampler.flush()
