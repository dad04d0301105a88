"""Sound files as int16 PCM, mono, at the front end's rate: the same bytes offline and as a stream."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from edgegenre.audio.resample import StreamResampler
from edgegenre.errors import AudioError

SAMPLE_RATE = 16_000
BLOCK_SECONDS = 4


def load_pcm(path: Path, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """The whole file as int16 [samples] at `sample_rate`: channels averaged, resampled, rounded, clipped.

    Reads what libsndfile reads: WAV, FLAC, OGG, MP3 and more, any rate, any number of channels.
    Raises AudioError when the file is missing, is not audio, holds no frames, or holds samples that are not numbers.
    """
    return np.concatenate(list(pcm_blocks(path, sample_rate)))


def pcm_blocks(path: Path, sample_rate: int = SAMPLE_RATE) -> Iterator[np.ndarray]:
    """The same samples as `load_pcm`, a few seconds at a time."""
    path = Path(path)
    _check_file(path)
    frames = 0
    try:
        # Bytes: a name need not be text, and soundfile itself would insist on UTF-8.
        with soundfile.SoundFile(os.fsencode(path)) as file:
            resampler = StreamResampler(file.samplerate, sample_rate)
            # soundfile seeks after every read, and libsndfile's seek within MP3 is inexact: read those at once.
            size = max(file.frames, 1) if file.format == "MP3" else BLOCK_SECONDS * file.samplerate
            for block in file.blocks(blocksize=size, dtype="float32", always_2d=True):
                if not np.isfinite(block).all():
                    raise AudioError(f"{path}: holds samples that are not numbers (NaN or infinite). Export it again.")
                frames += len(block)
                yield resampler.push(_mono(block))
            yield resampler.flush()
    except soundfile.LibsndfileError as error:
        raise AudioError(
            f"{path}: cannot be decoded ({_reason(error)}): damaged or no sound file. Remove it, or pass --skip-broken."
        ) from error
    if not frames:
        raise AudioError(
            f"{path}: no audio frames (the file is {path.stat().st_size} bytes, a header alone). "
            "Remove it, or pass --skip-broken."
        )


def _mono(block: np.ndarray) -> np.ndarray:
    """The mean of the channels [frames, channels]; one channel stays as it is."""
    return block[:, 0] if block.shape[1] == 1 else block.mean(axis=1, dtype=np.float64)


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise AudioError(f"{path}: is a folder, not a sound file. Name a file in it.")
    if not path.is_file():
        raise AudioError(f"{path}: no such file. Check the path.")
    if path.stat().st_size == 0:
        raise AudioError(f"{path}: is empty (0 bytes). Remove it, or pass --skip-broken.")


def _reason(error: soundfile.LibsndfileError) -> str:
    return str(error.error_string).strip().rstrip(".")
