"""Windows of tracks as what a split moves, as some papers divide their data.

Pieces of one track are then trained on and tested on, so that every figure from such a split leaks.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from edgegenre.datasets.track import Dataset, Track
from edgegenre.errors import DatasetError


@dataclass(frozen=True, kw_only=True)
class Piece(Track):
    """One window of a track. of: the track's identifier. number: of the window, from 0, as training cuts the track."""

    of: str
    number: int


def pieces(dataset: Dataset, counts: Mapping[str, int]) -> Dataset:
    """All windows of the tracks, each a track of its own, called "blues.00012 piece 3".

    counts: by the identifier of a track, how many windows it gives. Raises DatasetError where each gives one: there is
    nothing to divide.
    """
    if all(counts[track.identifier] == 1 for track in dataset.tracks):
        raise DatasetError(
            f"{dataset.root}: every track is one window of this model, so a split by piece is one by track. Choose "
            "--split track, or a model that cuts tracks into pieces."
        )
    digits = len(str(max(counts.values()) - 1))
    found = [
        _piece(track, number, f"{track.identifier} piece {number:0{digits}}")
        for track in dataset.tracks
        for number in range(counts[track.identifier])
    ]
    return dataclasses.replace(dataset, tracks=tuple(found))


def _piece(track: Track, number: int, identifier: str) -> Piece:
    known = {field.name: getattr(track, field.name) for field in dataclasses.fields(Track)}
    return Piece(**(known | {"identifier": identifier}), of=track.identifier, number=number)
