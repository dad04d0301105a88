"""What fixed embeddings say about the classes: a linear probe, trained on training tracks alone. No torch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgegenre.errors import missing

FOLDS = 5
STRENGTH = 0.01
"""scikit-learn's C: chosen on validation folds of 331 tracks by artist (docs/results.md)."""

_LEAST = 1e-6


class Probe:
    """Standardization and a logistic regression, fitted to embeddings [tracks, values] and their class numbers."""

    def __init__(self, embeddings: np.ndarray, labels: np.ndarray, classes: int) -> None:
        self._classes = classes
        self._model = _pipeline().fit(embeddings, labels)

    def logits(self, embeddings: np.ndarray) -> np.ndarray:
        """float64 [tracks, classes]: logarithms of the probabilities, at least log 1e-6, also of classes unseen."""
        probabilities = np.zeros((len(embeddings), self._classes))
        probabilities[:, self._model.classes_] = self._model.predict_proba(embeddings)
        return np.log(np.maximum(probabilities, _LEAST))


def cross_fitted(embeddings: np.ndarray, labels: np.ndarray, units: Sequence[str], classes: int) -> np.ndarray:
    """Logits float64 [tracks, classes] of the training tracks themselves, each by a probe that has not seen it.

    A probe that knows a track by heart answers with its label and teaches nothing more. units: what is kept together
    (artists). A class that all other units lack is answered for by a probe of all tracks.
    """
    answers = Probe(embeddings, labels, classes).logits(embeddings)
    for fitted, answered in _folds(labels, units):
        known = np.isin(labels[answered], labels[fitted])
        if known.any() and len(np.unique(labels[fitted])) > 1:
            rows = answered[known]
            answers[rows] = Probe(embeddings[fitted], labels[fitted], classes).logits(embeddings[rows])
    return answers


def _folds(labels: np.ndarray, units: Sequence[str]) -> list[tuple[np.ndarray, np.ndarray]]:
    """(Rows to fit to, rows to answer for), no unit in both; nothing where there are too few units."""
    from sklearn.model_selection import StratifiedGroupKFold

    folds = min(FOLDS, len(set(units)), int(np.bincount(labels).max()))
    if folds < 2:
        return []
    return list(StratifiedGroupKFold(folds).split(labels, labels, units))


def _pipeline() -> Any:
    try:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError as error:
        raise missing("scikit-learn", "train", "A teacher's probe") from error
    return make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=2000))
