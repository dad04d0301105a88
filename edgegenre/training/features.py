"""The features of a whole data set, from the cache or computed now."""

import dataclasses

import numpy as np

from edgegenre.datasets.track import Dataset, Track
from edgegenre.errors import AudioError
from edgegenre.frontend.cache import FeatureCache
from edgegenre.frontend.protocol import Frontend
from edgegenre.progress import Progress

Features = dict[str, np.ndarray]


def load_features(
    dataset: Dataset, spec: Frontend, *, cache: FeatureCache, skip_broken: bool, progress: Progress
) -> tuple[Dataset, Features]:
    """float32 [frames, frequency] by track identifier, and the data set of the tracks that have some.

    skip_broken: leave tracks out that cannot be decoded or are too short for a frame, and add a sentence on each to
    the data set's problems. Raises AudioError at the first such track otherwise, or when none is left.
    """
    features: Features = {}
    problems = []
    with progress.task("reading audio", len(dataset.tracks)) as task:
        for track in dataset.tracks:
            try:
                features[track.identifier] = _features(track, spec, cache)
            except AudioError as error:
                if not skip_broken:
                    raise
                problems.append(str(error))
            task.advance(1, track.path.name)
    if not features:
        raise AudioError(f"{dataset.root}: not one track can be decoded. Check the folder.")
    left = tuple(track for track in dataset.tracks if track.identifier in features)
    labels = tuple(sorted({track.label for track in left}))
    problems = [*dataset.problems, *problems]
    return dataclasses.replace(dataset, tracks=left, labels=labels, problems=tuple(problems)), features


def _features(track: Track, spec: Frontend, cache: FeatureCache) -> np.ndarray:
    features = cache.features(track.path, spec)
    if len(features) == 0:
        raise AudioError(
            f"{track.path}: is too short: one frame needs {spec.frame_seconds:g} s. Remove it, or pass --skip-broken."
        )
    return features
