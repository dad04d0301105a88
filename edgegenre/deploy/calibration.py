"""Temperature scaling: one number that makes probabilities mean what they say (Guo, Pleiss, Sun, Weinberger, 2017)."""

from collections.abc import Sequence

import numpy as np

from edgegenre.metrics import calibration_error, probabilities, reliability
from edgegenre.trust import HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE, Calibration
from edgegenre.voting import Vote, combined

_STEPS = 60


def calibrate(
    logits: Sequence[np.ndarray], truth: np.ndarray, *, vote: Vote, split: str, arithmetic: str
) -> Calibration:
    """The temperature of the tracks with these real logits [windows, classes], whose class numbers are `truth`.

    Every track counts alike, however many windows it has. The errors before and after are those of its vote.
    """
    labels = np.asarray(truth)
    windows = [len(part) for part in logits]
    temperature = best_temperature(
        np.concatenate(list(logits)),
        np.repeat(labels, windows),
        np.repeat([1 / count for count in windows], windows),
    )

    def error(chosen: float) -> float:
        shares = np.array([combined(probabilities(part, chosen), vote) for part in logits])
        return calibration_error(reliability(shares, labels))

    return Calibration(
        temperature=temperature,
        tracks=len(labels),
        split=split,
        arithmetic=arithmetic,
        ece_before=error(1.0),
        ece_after=error(temperature),
    )


def best_temperature(logits: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> float:
    """What real logits [clips, classes] are to be divided by for the least weighted cross entropy, within bounds.

    The true class is given all of the target but 1 / (1 + the sum of weights), which all classes share: otherwise a few
    clips that are all right would make the classifier sure of everything. The cross entropy is convex in the inverse
    temperature, so its derivative is bisected.
    """
    values = np.asarray(logits, np.float64)
    shared = 1 / (1 + float(np.sum(weights)))
    true = np.take_along_axis(values, np.asarray(truth)[:, None], axis=1)[:, 0]
    target = (1 - shared) * true + shared * values.mean(axis=1)

    def slope(inverse: float) -> float:
        expected = (probabilities(values, 1 / inverse) * values).sum(axis=1)
        return float(np.dot(weights, expected - target))

    low, high = 1 / HIGHEST_TEMPERATURE, 1 / LOWEST_TEMPERATURE
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if slope(middle) < 0:
            low = middle
        else:
            high = middle
    return min(max(2 / (low + high), LOWEST_TEMPERATURE), HIGHEST_TEMPERATURE)
