"""The leak meter: what a data set's test figures gain when artists are on both sides of the split. No torch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgegenre.datasets.groups import SplitBy, units_per_class
from edgegenre.datasets.split import k_folds
from edgegenre.datasets.track import Dataset, Track
from edgegenre.errors import DatasetError
from edgegenre.metrics import accuracy, paired_difference
from edgegenre.progress import SILENT, Progress
from edgegenre.training.baseline import METHOD, FeaturesOf, classical, statistics

FOLDS = 5
FEWEST_FOLDS = 3


def leak(dataset: Dataset, features_of: FeaturesOf, *, seed: int, progress: Progress = SILENT) -> dict[str, Any]:
    """JSON-ready: how many tracks the classical baseline gets right when it is tested by track, and when by artist.

    It is trained anew on each of five folds of the whole data set, or on as many as the class of fewest artists allows,
    and asked about the fold that is left out: once with folds by track, once with folds by artist. Every track is
    asked about once in each. by_track, by_artist: accuracy, 0 to 1. leak: by_track - by_artist, with its 95 % interval
    over the tracks (`paired_difference`). features_of: see `baseline`.
    Raises DatasetError when the artists of a class are unknown or fewer than three.
    """
    if all(track.group is None for track in dataset.tracks):
        raise DatasetError(f"{dataset.root}: no track names an artist, so what they give away cannot be measured.")
    folds = _folds(dataset)
    with progress.task("measuring the leak", len(dataset.tracks)) as task:
        rows = {}
        for track in dataset.tracks:
            rows[track.identifier] = statistics(features_of(track))
            task.advance(note=track.path.name)
    truth = np.array([dataset.labels.index(track.label) for track in dataset.tracks])
    answers = {by: _answers(dataset, rows, folds, seed, by) for by in ("track", "artist")}
    difference = paired_difference(truth, answers["track"], answers["artist"])
    return {
        "method": METHOD,
        "folds": folds,
        "tracks": len(truth),
        "by_track": accuracy(truth, answers["track"]),
        "by_artist": accuracy(truth, answers["artist"]),
        "leak": difference.value,
        "interval": [difference.low, difference.high],
    }


def _folds(dataset: Dataset) -> int:
    """At least three: with fewer artists `k_folds` says which class has too few."""
    return max(FEWEST_FOLDS, min(FOLDS, *units_per_class(dataset, "artist").values()))


def _answers(dataset: Dataset, rows: dict[str, np.ndarray], folds: int, seed: int, by: SplitBy) -> np.ndarray:
    """Class numbers [tracks], in the order of the data set."""

    def table(tracks: Sequence[Track]) -> np.ndarray:
        return np.stack([rows[track.identifier] for track in tracks])

    answers: dict[str, int] = {}
    for fold in k_folds(dataset, folds, seed, by=by):
        training = (*fold.train, *fold.validation)
        machine = classical().fit(table(training), [dataset.labels.index(track.label) for track in training])
        answers |= zip((track.identifier for track in fold.test), machine.predict(table(fold.test)), strict=True)
    return np.array([answers[track.identifier] for track in dataset.tracks])
