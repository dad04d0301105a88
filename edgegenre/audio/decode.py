"""Sound files as int16 PCM, mono, at the front end's rate: the same bytes offline and as a stream."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from edgegenre.audio.completeness import missing_after, missing_from
from edgegenre.audio.resample import StreamResampler
from edgegenre.errors import AudioError

SAMPLE_RATE = 16_000
# Values decoded at a time, all channels together: bounds the memory and does not change a sample.
BLOCK_VALUES = 1 << 18
# Bytes: an OGG without a frame holds about 3500, its code books. A recording that crashed is longer.
LARGEST_BARE_HEADER = 8192


def load_pcm(path: Path, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """The whole file as int16 [samples] at `sample_rate`: channels averaged, resampled, rounded, clipped.

    Reads what libsndfile reads: WAV, FLAC, OGG, MP3 and more, any rate, any number of channels.
    Raises AudioError when the file is missing, is not audio, is cut short, holds no frames, or holds samples that are
    not numbers.
    """
    samples = bytearray()  # grows in place, where a list of blocks would be held twice when it is joined
    for block in pcm_blocks(path, sample_rate):
        samples += np.ascontiguousarray(block).data.cast("B") if len(block) else b""
    return np.frombuffer(samples, np.int16)


def pcm_blocks(path: Path, sample_rate: int = SAMPLE_RATE) -> Iterator[np.ndarray]:
    """The same samples as `load_pcm`, a few seconds at a time and in little memory.

    Raises AudioError as `load_pcm` does; where only reading tells, after the blocks before the fault.
    """
    path = Path(path)
    _check_file(path)
    frames = 0
    try:
        with _open(path) as file:
            if fault := missing_from(file, path):
                raise _cut_short(path, fault)
            resampler = StreamResampler(file.samplerate, sample_rate)
            block = np.empty((max(1, BLOCK_VALUES // file.channels), file.channels), np.float32)
            while len(read := file.read(out=block)):
                if not np.isfinite(read).all():
                    raise AudioError(f"{path}: holds samples that are not numbers (NaN or infinite). Export it again.")
                frames += len(read)
                yield resampler.push(_mono(read))
            if fault := missing_after(file, path, frames):
                raise _cut_short(path, fault)
            yield resampler.flush()
    except soundfile.LibsndfileError as error:
        raise AudioError(
            f"{path}: cannot be decoded ({_reason(error)}): damaged or no sound file. Remove it, or pass --skip-broken."
        ) from error
    if not frames:
        size = path.stat().st_size
        held = f"a {file.format} header alone" if size < LARGEST_BARE_HEADER else "but its header announces none"
        raise AudioError(
            f"{path}: no audio frames (the file is {size} bytes, {held}). Remove it, or pass --skip-broken."
        )


class _SequentialFile(soundfile.SoundFile):
    """A sound file read only from its beginning to its end.

    soundfile seeks to where it already is after each block of a seekable file. That restarts the MP3 decoder, whose
    samples then differ from an undivided reading in the last bit, and it fails on a FLAC of unknown length.
    """

    def seekable(self) -> bool:
        return False


def _open(path: Path) -> _SequentialFile:
    if path.suffix.lower() == ".raw":
        raise AudioError(f"{path}: raw samples do not say their rate. Pipe them into `edgegenre listen - --rate HZ`.")
    # Bytes: a name need not be text, and soundfile itself would insist on UTF-8.
    return _SequentialFile(os.fsencode(path))


def _cut_short(path: Path, fault: str) -> AudioError:
    return AudioError(f"{path}: is cut short ({fault}). Fetch it again, remove it, or pass --skip-broken.")


def _mono(block: np.ndarray) -> np.ndarray:
    """The mean of the channels [frames, channels]; one channel stays as it is."""
    return block[:, 0] if block.shape[1] == 1 else block.mean(axis=1, dtype=np.float64)


def _check_file(path: Path) -> None:
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise AudioError(f"{path}: no such file. Check the path.") from error
    except OSError as error:
        raise AudioError(f"{path}: cannot be read ({error.strerror}). Check the path and its permissions.") from error
    if stat.S_ISDIR(status.st_mode):
        raise AudioError(f"{path}: is a folder, not a sound file. Name a file in it.")
    if not stat.S_ISREG(status.st_mode):
        raise AudioError(f"{path}: is a pipe or device, not a sound file. Pipe raw samples into `edgegenre listen -`.")
    if not os.access(path, os.R_OK):
        raise AudioError(f"{path}: cannot be read. Give yourself permission to read it.")
    if status.st_size == 0:
        raise AudioError(f"{path}: is empty (0 bytes). Remove it, or pass --skip-broken.")


def _reason(error: soundfile.LibsndfileError) -> str:
    return str(error.error_string).strip().rstrip(".")
