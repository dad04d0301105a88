"""Songs in stems: a folder with a sound file for each of a song's parts, as MUSDB has them and separators write them.

A song is a folder that holds `bass.wav`, `drums.wav` and `other.wav`, and often `vocals.wav`. What is heard of it is a
sum of them: all ("mix"), all without the vocals ("no-vocals"), or one. A plain sound file is its own mix.
"""

import hashlib
from collections.abc import Container, Iterator
from pathlib import Path

import numpy as np

from edgegenre.audio.decode import SAMPLE_RATE, SoundReader
from edgegenre.audio.levels import Levels
from edgegenre.errors import AudioError
from edgegenre.files import sha256

REQUIRED = ("bass", "drums", "other")
STEMS = (*REQUIRED, "vocals")
HEARD: dict[str, tuple[str, ...]] = {"mix": STEMS, "no-vocals": REQUIRED, **{stem: (stem,) for stem in STEMS}}
"""By name the stems that are added up."""

WHOLE = ("mix", "no-vocals")
"""What a plain sound file can give: itself. Whether it is without vocals is up to who offers it."""


def stem_file(stem: str) -> str:
    """The name of a stem's file in the folder of its song."""
    return f"{stem}.wav"


def holds_stems(names: Container[str]) -> bool:
    """Whether a folder that holds these names is a song in stems."""
    return all(stem_file(stem) in names for stem in REQUIRED)


def is_song(path: Path) -> bool:
    """Whether `path` is the folder of a song in stems."""
    return all((path / stem_file(stem)).is_file() for stem in REQUIRED)


def is_sound(path: Path) -> bool:
    """Whether `path` is a file or the folder of a song in stems."""
    return path.is_file() or is_song(path)


def load_sound(path: Path, sample_rate: int = SAMPLE_RATE, heard: str = "mix") -> np.ndarray:
    """int16 [samples] at `sample_rate` of a sound file, or of what is `heard` (see HEARD) of a song in stems.

    Raises AudioError as `load_pcm` does, and when a stem is asked of a file that is no folder of stems, or the stems
    are of different lengths.
    """
    return reader_of(path, sample_rate, heard).load()


def reader_of(path: Path, sample_rate: int = SAMPLE_RATE, heard: str = "mix") -> "SoundReader | SongReader":
    """One reading of a sound file or of a song in stems. Raises AudioError when a plain file is asked for a stem."""
    path = Path(path)
    if is_song(path):
        return SongReader(path, sample_rate, heard)
    if heard not in WHOLE:
        raise AudioError(
            f"{path}: this model hears the {heard} of a song in stems: name a folder that holds "
            f"{', '.join(map(stem_file, REQUIRED))}. `edgegenre data separate` makes such folders."
        )
    return SoundReader(path, sample_rate)


class SongReader:
    """One reading of a song in stems, with the answers of a `SoundReader`."""

    def __init__(self, song: Path, sample_rate: int, heard: str) -> None:
        self._song, self._sample_rate = song, sample_rate
        files = (song / stem_file(stem) for stem in HEARD[heard])
        self._readers = [SoundReader(path, sample_rate) for path in files if path.is_file()]
        if not self._readers:
            raise AudioError(f"{song}: holds no {stem_file(heard)}.")
        self.levels = Levels(sample_rate)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is odd about the sum; complete when everything was read."""
        return tuple(f"{self._song}: {clause}." for clause in self.levels.remarks())

    def load(self) -> np.ndarray:
        """int16 [samples]: the sum of the stems, clipped."""
        (sound,) = self.blocks()
        return sound

    def blocks(self) -> Iterator[np.ndarray]:
        """All of it in one block. To be used once."""
        stems = [reader.load() for reader in self._readers]
        lengths = sorted({len(stem) for stem in stems})
        if len(lengths) > 1:
            raise AudioError(
                f"{self._song}: its stems have from {lengths[0]} to {lengths[-1]} samples; they must be of one length. "
                "Separate the song again."
            )
        total = np.stack(stems).sum(axis=0, dtype=np.int32)
        sound = np.clip(total, -32768, 32767).astype(np.int16)
        rate = min(reader.levels.source_rate for reader in self._readers)
        real = total[:, np.newaxis] / np.float32(32768)
        self.levels.source(real, real[:, 0], rate)
        self.levels.result(sound)
        yield sound


def content_digest(path: Path) -> str:
    """Hexadecimal SHA-256 of a sound file, or of the names and digests of a song's stems. Raises OSError."""
    if not is_song(path):
        return sha256(path)
    whole = hashlib.sha256()
    for stem in STEMS:
        file = path / stem_file(stem)
        if file.is_file():
            whole.update(f"{stem} {sha256(file)}\n".encode())
    return whole.hexdigest()
