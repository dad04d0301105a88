"""How training cuts tracks into windows, kept where a split moves the windows and not the tracks."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edgegenre.datasets.pieces import Piece, pieces
from edgegenre.datasets.track import Dataset, Track
from edgegenre.runs.segments import Segments
from edgegenre.training.features import FeatureTable
from edgegenre.training.windows import TrackFeatures, segment_frames


@dataclass(frozen=True, kw_only=True, eq=False)
class Cuts:
    """shown: by the identifier of a track, and by input, which frames each of its windows shows [windows, frames]."""

    table: FeatureTable
    shown: Mapping[str, Mapping[str, np.ndarray]]

    def pieces(self, dataset: Dataset) -> Dataset:
        """All windows of its tracks. Raises DatasetError where each track is one."""
        return pieces(dataset, {name: len(next(iter(frames.values()))) for name, frames in self.shown.items()})

    def frames(self, piece: Piece) -> dict[str, np.ndarray]:
        """The frames of its track that it shows, by input [1, frames]."""
        return {name: frames[piece.number : piece.number + 1] for name, frames in self.shown[piece.of].items()}

    def features(self, piece: Piece) -> TrackFeatures:
        """Its own frames alone."""
        track = self.table[piece.of]
        return {name: track[name][frames[0]] for name, frames in self.frames(piece).items()}


def cuts_of(tracks: Sequence[Track], table: FeatureTable, segments: Segments | None, seed: int) -> Cuts:
    """The windows of all tracks, whose features are in `table`. segments, seed: as `segment_frames` takes them."""
    chance = random.Random(seed)  # noqa: S311
    shown = {
        track.identifier: segment_frames(table[track.identifier], table.frontends, segments, chance) for track in tracks
    }
    return Cuts(table=table, shown=shown)
