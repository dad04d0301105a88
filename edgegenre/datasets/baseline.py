"""What a data set gives away without its rhythm: the yardstick that a network has to pass."""

from collections.abc import Callable, Sequence

import numpy as np

from edgegenre.datasets.split import Split
from edgegenre.datasets.track import Track
from edgegenre.errors import missing
from edgegenre.progress import SILENT, Progress

FeaturesOf = Callable[[Track], np.ndarray]


def mean_mfcc_accuracy(split: Split, features_of: FeaturesOf, progress: Progress = SILENT) -> float:
    """Accuracy, 0 to 1, on the test tracks of a logistic regression on each track's mean feature vector.

    The mean over time knows timbre and loudness, and nothing of what comes after what. Trained on the training tracks,
    standardized by them. features_of: float32 [frames, coefficients] of a track.
    Raises MissingDependencyError without scikit-learn.
    """
    try:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError as error:
        raise missing("scikit-learn", "train", "The baseline of a data set") from error
    with progress.task("baseline features", len(split.train) + len(split.test)) as task:

        def means(tracks: Sequence[Track]) -> np.ndarray:
            rows = []
            for track in tracks:
                rows.append(features_of(track).mean(axis=0))
                task.advance(note=track.path.name)
            return np.stack(rows)

        classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
        classifier.fit(means(split.train), [track.label for track in split.train])
        return float(classifier.score(means(split.test), [track.label for track in split.test]))
