"""Sound files as int16 PCM, mono, at the front end's rate: the same bytes offline and as a stream."""

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import soundfile

from edgegenre.audio.convert import convert_command
from edgegenre.audio.layout import Part, cut_short, layout
from edgegenre.audio.levels import Levels
from edgegenre.audio.pieces import PiecedFile
from edgegenre.audio.resample import StreamResampler
from edgegenre.errors import AudioError

SAMPLE_RATE = 16_000
# Values decoded at a time, all channels together: bounds the memory and does not change a sample.
BLOCK_VALUES = 1 << 18
# Bytes: an OGG without a frame holds about 3500, its code books. A recording that crashed is longer.
LARGEST_BARE_HEADER = 8192
# libsndfile's length of a file that does not tell one.
UNKNOWN_LENGTH = 1 << 62
# libsndfile's error number.
UNSUPPORTED_ENCODING = 4


def load_pcm(path: Path, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    """The whole file as int16 [samples] at `sample_rate`: channels averaged, resampled, rounded, clipped.

    Reads what libsndfile reads: WAV, FLAC, OGG, MP3 and more, any rate, any number of channels.
    Raises AudioError when the file is missing, is not audio, is cut short, holds no frames, or holds samples that are
    not numbers.
    """
    return SoundReader(path, sample_rate).load()


def pcm_blocks(path: Path, sample_rate: int = SAMPLE_RATE) -> Iterator[np.ndarray]:
    """The same samples as `load_pcm`, a few seconds at a time and in little memory.

    Raises AudioError as `load_pcm` does; where only reading tells, after the blocks before the fault.
    """
    return SoundReader(path, sample_rate).blocks()


class SoundReader:
    """One reading of a sound file, and what is odd about it. Nothing is opened before it is read.

    levels: of the sound so far.
    """

    def __init__(self, path: Path, sample_rate: int = SAMPLE_RATE) -> None:
        self._path = Path(path)
        self._sample_rate = sample_rate
        self._said: list[str] = []
        self.levels = Levels(sample_rate)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is odd, a sentence each with the file's name; complete when everything was read."""
        return tuple(f"{self._path}: {clause}." for clause in (*self._said, *self.levels.remarks()))

    def load(self) -> np.ndarray:
        """See `load_pcm`."""
        samples = bytearray()  # grows in place, where a list of blocks would be held twice when it is joined
        for block in self.blocks():
            samples += np.ascontiguousarray(block).data.cast("B") if len(block) else b""
        return np.frombuffer(samples, np.int16)

    def blocks(self) -> Iterator[np.ndarray]:
        """See `pcm_blocks`. To be used once."""
        _check_file(self._path)
        found = layout(self._path)
        self._said += found.remarks
        resampler: StreamResampler | None = None
        try:
            for part in found.parts:
                with ExitStack() as stack:
                    file = _open(self._path, part, stack)
                    if resampler is None or resampler.from_rate != file.samplerate:
                        if resampler is not None:
                            yield self._heard(resampler.flush())
                        resampler = self._resampler(file.samplerate)
                    for block in self._frames(file, part):
                        mono = _mono(block)
                        self.levels.source(block, mono, file.samplerate)
                        yield self._heard(resampler.push(mono))
            if resampler is not None:
                yield self._heard(resampler.flush())
        except soundfile.LibsndfileError as error:
            if error.code == UNSUPPORTED_ENCODING:
                raise AudioError(
                    f"{self._path}: its coding cannot be read. Convert it: {convert_command(self._path)}"
                ) from error
            elsewhere = f" If it plays elsewhere, convert it: {convert_command(self._path)}" if found.recognized else ""
            raise AudioError(
                f"{self._path}: cannot be decoded ({_reason(error)}): damaged or no sound file. Remove it, or pass "
                f"--skip-broken.{elsewhere}"
            ) from error

    def _frames(self, file: soundfile.SoundFile, part: Part) -> Iterator[np.ndarray]:
        """float32 [frames, channels] of one part. Raises AudioError when there are not as many as there should be."""
        expected = part.frames if part.frames is not None else file.frames
        block = np.empty((max(1, BLOCK_VALUES // file.channels), file.channels), np.float32)
        frames = 0
        # No frame more than the decoder knows of is asked for: it would look for one in what follows the sound.
        while len(read := self._read(file, block[: file.frames - frames], frames, expected)):
            if not np.isfinite(read).all():
                raise AudioError(
                    f"{self._path}: holds samples that are not numbers (NaN or infinite). Export it again."
                )
            frames += len(read)
            yield read
        if expected >= UNKNOWN_LENGTH:
            expected = frames
        if frames + part.tolerance < expected:
            raise cut_short(self._path, f"{expected} frames are announced, {frames} could be read")
        if frames > expected + part.tolerance:
            self._said.append(f"its header announces {expected} frames, {frames} are there and are read")
        if not frames:
            size = self._path.stat().st_size
            held = f"a {file.format} header alone" if size < LARGEST_BARE_HEADER else "but its header announces none"
            raise AudioError(
                f"{self._path}: no audio frames (the file is {size} bytes, {held}). Remove it, or pass --skip-broken."
            )

    def _read(self, file: soundfile.SoundFile, block: np.ndarray, before: int, expected: int) -> np.ndarray:
        """The next frames, at most as many as `block` has; none at the end."""
        if not len(block):
            return block
        try:
            read: np.ndarray = file.read(out=block)
        except soundfile.LibsndfileError as error:
            if expected >= UNKNOWN_LENGTH:
                raise
            fault = f"{expected} frames are announced, about {before} can be decoded; {_reason(error)}"
            raise cut_short(self._path, fault) from error
        return read

    def _heard(self, samples: np.ndarray) -> np.ndarray:
        self.levels.result(samples)
        return samples

    def _resampler(self, rate: int) -> StreamResampler:
        try:
            return StreamResampler(rate, self._sample_rate)
        except AudioError as error:
            raise AudioError(f"{self._path}: {error} Convert it: {convert_command(self._path)}") from error


class _SequentialFile(soundfile.SoundFile):
    """A sound file read only from its beginning to its end.

    soundfile seeks to where it already is after each block of a seekable file. That restarts the MP3 decoder, whose
    samples then differ from an undivided reading in the last bit, and it fails on a FLAC of unknown length.
    """

    def seekable(self) -> bool:
        return False


def _open(path: Path, part: Part, stack: ExitStack) -> _SequentialFile:
    """The decoder of one part of the file; `stack` closes it, and what it reads from."""
    if part.pieces is not None:
        return stack.enter_context(_SequentialFile(stack.enter_context(PiecedFile(path, part.pieces))))
    # Bytes: a name need not be text, and soundfile itself would insist on UTF-8.
    return stack.enter_context(_SequentialFile(os.fsencode(path)))


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
    if path.suffix.lower() in (".raw", ".pcm"):
        raise AudioError(f"{path}: raw samples do not say their rate. Pipe them into `edgegenre listen - --rate HZ`.")
    if status.st_size == 0:
        raise AudioError(f"{path}: is empty (0 bytes). Remove it, or pass --skip-broken.")


def _reason(error: soundfile.LibsndfileError) -> str:
    return str(error.error_string).strip().rstrip(".")
