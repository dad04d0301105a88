"""PCM of many tracks for an augmentation: in memory as far as it may, the rest in a file that leaves nothing behind."""

import tempfile
from pathlib import Path
from typing import BinaryIO

import numpy as np

from edgegenre.files import explained


class PcmShelf:
    """int16 tracks in the order in which they were added.

    limit: bytes kept in memory. folder: where the rest is written, into a file without a name: the system removes it
    when the process ends, however it ends.
    """

    def __init__(self, limit: int, folder: Path) -> None:
        self._room = limit
        self._folder = folder
        self._tracks: list[np.ndarray] = []
        self._file: BinaryIO | None = None

    def __len__(self) -> int:
        return len(self._tracks)

    def add(self, pcm: np.ndarray) -> None:
        """Keep a track. Raises EdgegenreError when the folder cannot be written to."""
        if pcm.nbytes <= self._room or not len(pcm):
            self._room -= pcm.nbytes
            self._tracks.append(pcm)
            return
        with explained(self._folder):
            self._tracks.append(self._written(pcm))

    def _written(self, pcm: np.ndarray) -> np.ndarray:
        """The same track, memory-mapped."""
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 (kept open)
        offset = self._file.seek(0, 2)
        self._file.write(pcm.tobytes())
        self._file.flush()
        return np.memmap(self._file, np.int16, "r", offset=offset, shape=pcm.shape)

    def stretch(self, track: int, start: int, length: int) -> np.ndarray:
        """`length` samples from `start` on; zeros after the track's end."""
        samples = self._tracks[track][start : start + length]
        return np.pad(samples, (0, length - len(samples)))
