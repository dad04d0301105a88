"""Whether music that is to be learnt from holds the sound of music that is to be judged by."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from edgegenre.datasets.inspection import copies
from edgegenre.datasets.inspection_cache import inspect_all
from edgegenre.datasets.track import Dataset, Track
from edgegenre.progress import Progress


def same_sound(learnt: Sequence[Track], judging: Sequence[Track], progress: Progress) -> tuple[Path, Path] | None:
    """The first file of `learnt` that holds the sound of one of `judging`, and that one; None where none does.

    Compared by bytes and by fingerprints, as copies within a data set are. What cannot be decoded is passed over.
    """
    # Two data sets may have the same identifiers; places in the file system are unique.
    tracks = {str(track.path): dataclasses.replace(track, identifier=str(track.path)) for track in (*learnt, *judging)}
    judges = {str(track.path) for track in judging}
    together = Dataset(name="both", root=Path(), labels=(), tracks=tuple(tracks.values()))
    usable, _ = inspect_all(together, progress)
    for track in learnt:
        if str(track.path) in judges:
            return track.path, track.path
    for found in copies(usable):
        mine = [track.path for track in found.tracks if track.identifier not in judges]
        theirs = [track.path for track in found.tracks if track.identifier in judges]
        if mine and theirs:
            return mine[0], theirs[0]
    return None
