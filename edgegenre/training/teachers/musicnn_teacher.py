"""musicnn as a teacher: its embeddings, and a linear probe on those of the training tracks."""

from collections.abc import Sequence

import numpy as np

from edgegenre.backbones.musicnn import check_installed
from edgegenre.datasets.groups import units
from edgegenre.datasets.split import Split
from edgegenre.datasets.track import Track
from edgegenre.frontend.cache import FeatureCache
from edgegenre.progress import Progress
from edgegenre.training.teachers.musicnn import MusicnnEmbedding
from edgegenre.training.teachers.probe import Probe, cross_fitted


class MusicnnTeacher:
    """Raises MissingDependencyError when musicnn, or what reads its weights, is not installed."""

    def __init__(self) -> None:
        check_installed()

    def check(self, labels: tuple[str, ...]) -> None:
        """The probe learns any classes."""

    def logits(
        self,
        split: Split,
        unlabeled: Sequence[Track],
        labels: tuple[str, ...],
        *,
        cache: FeatureCache,
        progress: Progress,
    ) -> np.ndarray:
        numbers = np.array([labels.index(track.label) for track in split.train])
        embeddings = track_embeddings((*split.train, *unlabeled), cache, progress)
        training, others = embeddings[: len(numbers)], embeddings[len(numbers) :]
        artist = units(split.train, "artist")
        answers = cross_fitted(training, numbers, [artist[track.identifier] for track in split.train], len(labels))
        if not unlabeled:
            return answers
        return np.concatenate([answers, Probe(training, numbers, len(labels)).logits(others)])


def track_embeddings(tracks: Sequence[Track], cache: FeatureCache, progress: Progress) -> np.ndarray:
    """float64 [tracks, 200]: the mean over the patches of each."""
    embedding, rows = MusicnnEmbedding(), []
    with progress.task("asking musicnn", len(tracks)) as task:
        for track in tracks:
            rows.append(cache.features(track.path, embedding).mean(axis=0, dtype=np.float64))
            task.advance(note=track.path.name)
    return np.stack(rows)
