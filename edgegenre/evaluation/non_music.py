"""Sound that is no music, as one stream."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from edgegenre.audio.decode import load_pcm
from edgegenre.datasets.track import absolute
from edgegenre.datasets.walk import walk_non_music
from edgegenre.errors import AudioError
from edgegenre.progress import Task


def sound_files(folder: Path, seed: int) -> list[Path]:
    """The sound files in and below `folder` in an order that `seed` decides. Raises DatasetError when there is none."""
    folder = absolute(folder)
    found = walk_non_music(folder).sounds

    def place(path: Path) -> bytes:
        name = path.relative_to(folder).as_posix()
        return hashlib.sha256(f"{seed} {name}".encode("utf-8", "surrogatepass")).digest()

    return sorted(found, key=place)


def played(
    paths: Sequence[Path], rate: int, *, longest: int, skipped: list[str] | None, task: Task
) -> Iterator[np.ndarray]:
    """Their int16 samples at `rate`, `longest` at most, a second at a time.

    skipped: gets a sentence for each file left out; None to raise AudioError instead.
    """
    left = longest
    for path in paths:
        try:
            pcm = load_pcm(path, rate)[:left]
        except AudioError as error:
            if skipped is None:
                raise
            skipped.append(str(error))
            continue
        for second in range(0, len(pcm), rate):
            yield pcm[second : second + rate]
        left -= len(pcm)
        task.advance(note=path.name)
        if not left:
            return
