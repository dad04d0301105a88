"""Scoring a network on tracks by the numpy reference: the figures that a bundle carries."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from edgegenre.audio.decode import load_pcm
from edgegenre.datasets.track import Track
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.frontend.spec import FrontendSpec, Normalization
from edgegenre.frontend.windows import windows
from edgegenre.metrics import accuracy, confusion_matrix, macro_f1, mean_softmax, wilson_interval
from edgegenre.progress import Progress

RealLogits = Callable[[np.ndarray], np.ndarray]
"""int8 features [windows, time, frequency] to real logits [windows, classes]."""


def device_windows(
    tracks: Sequence[Track], spec: FrontendSpec, normalization: Normalization, progress: Progress, title: str
) -> list[np.ndarray]:
    """int8 [windows, time, frequency] of each track, by the front end that runs on the device."""
    frontend = IntegerFrontend(spec, normalization)
    parts = []
    with progress.task(title, len(tracks)) as task:
        for track in tracks:
            features = frontend.features(load_pcm(track.path, spec.sample_rate))
            parts.append(np.stack(windows(features, spec.window_frames, spec)))
            task.advance(note=track.path.name)
    return parts


def score(
    parts: Sequence[np.ndarray], truth: np.ndarray, logits: RealLogits, progress: Progress, title: str
) -> dict[str, Any]:
    """Accuracy with its 95 % interval and macro F1; a track's score is the mean of its windows' softmax.

    parts: the windows of each track. truth: class numbers [tracks].
    """
    shares = []
    with progress.task(title, len(parts)) as task:
        for part in parts:
            # One window at a time: a long track at once would take gigabytes in float64.
            shares.append(mean_softmax(np.concatenate([logits(window[np.newaxis]) for window in part])))
            task.advance()
    predicted = np.argmax(shares, axis=1)
    interval = wilson_interval(int((predicted == truth).sum()), len(truth))
    return {
        "accuracy": accuracy(truth, predicted),
        "accuracy_interval": [interval.low, interval.high],
        "macro_f1": macro_f1(confusion_matrix(truth, predicted, len(shares[0]))),
        "clips": len(truth),
        "split": "test",
        "frontend": "integer",
    }
