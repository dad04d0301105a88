"""The classical yardstick beside every network: a support vector machine on statistics of the same features.

It is trained in a second and knows timbre alone, so that a network which loses to it has learnt nothing worth its size.
No torch.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from edgegenre.datasets.split import Split
from edgegenre.datasets.track import Track
from edgegenre.errors import missing
from edgegenre.metrics import accuracy, confusion_matrix, macro_f1
from edgegenre.progress import SILENT, Progress

METHOD = "SVM on means and deviations"
"""Of each value of a row and of its step from row to row, with a radial kernel and scikit-learn's defaults (C = 1)."""

FeaturesOf = Callable[[Track], Mapping[str, np.ndarray]]


def baseline(
    split: Split, labels: Sequence[str], features_of: FeaturesOf, progress: Progress = SILENT
) -> dict[str, Any]:
    """JSON-ready: the method's name, and accuracy and macro F1 on the validation and on the test tracks.

    Trained on the training tracks, standardized by them; the same tracks give the same figures. features_of: a track's
    features [rows, ...] by input, of any front end. Raises MissingDependencyError without scikit-learn.
    """
    machine = classical()
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    with progress.task("fitting the baseline", sum(map(len, parts.values()))) as task:

        def statistics_of(tracks: Sequence[Track]) -> np.ndarray:
            rows = []
            for track in tracks:
                rows.append(statistics(features_of(track)))
                task.advance(note=track.path.name)
            return np.stack(rows)

        machine.fit(statistics_of(split.train), _numbers(split.train, labels))
        return {"method": METHOD} | {
            part: _scores(_numbers(parts[part], labels), machine.predict(statistics_of(parts[part])), len(labels))
            for part in ("validation", "test")
        }


def classical() -> Any:
    """The untrained method: scikit-learn's `fit` and `predict`, of rows as `statistics` gives them.

    Raises MissingDependencyError without scikit-learn.
    """
    try:
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        from sklearn.svm import SVC
    except ImportError as error:
        raise missing("scikit-learn", "train", "The baseline beside a network") from error
    return make_pipeline(StandardScaler(), SVC())


def statistics(features: Mapping[str, np.ndarray]) -> np.ndarray:
    """float64 [values]: for every input [rows, ...] the mean and deviation of each value over the rows, and the
    deviation of its step from row to row (0 for a single row). The mean step says nothing: it is last minus first."""
    parts = []
    for rows in features.values():
        flat = np.asarray(rows, np.float64).reshape(len(rows), -1)
        steps = np.diff(flat, axis=0) if len(flat) > 1 else np.zeros_like(flat)
        parts += [flat.mean(axis=0), flat.std(axis=0), steps.std(axis=0)]
    return np.concatenate(parts)


def _numbers(tracks: Sequence[Track], labels: Sequence[str]) -> np.ndarray:
    return np.array([labels.index(track.label) for track in tracks])


def _scores(truth: np.ndarray, predicted: np.ndarray, classes: int) -> dict[str, float]:
    return {
        "accuracy": accuracy(truth, predicted),
        "macro_f1": macro_f1(confusion_matrix(truth, predicted, classes)),
    }
