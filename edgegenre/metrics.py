"""What a classifier is worth: accuracy, F1, confusion, calibration; intervals and paired tests. numpy alone.

Labels are class numbers 0...classes - 1. Ties go to the lower class number everywhere.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_NORMAL_975 = 1.959963984540054


@dataclass(frozen=True, kw_only=True)
class ClassScore:
    """One class: shares in 0...1 (0 where nothing was predicted or present), support in clips."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A mean or a share with the bounds of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class ReliabilityBin:
    """The clips of one range of confidence: their mean confidence and the share that is right, both 0...1."""

    confidence: float
    accuracy: float
    clips: int


RELIABILITY_BINS = 15
"""Equal ranges of confidence from 0 to 1, as Guo, Pleiss, Sun and Weinberger (2017) have them."""


def softmax(values: np.ndarray) -> np.ndarray:
    """float64 probabilities along the last axis; equal logits get equal probabilities."""
    shifted = np.asarray(values, np.float64)
    shifted = np.exp(shifted - shifted.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def probabilities(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """float64 probabilities along the last axis of real logits divided by `temperature` (> 0): above 1 they are less
    sure, and the order of the classes stays."""
    return softmax(np.asarray(logits, np.float64) / temperature)


def reliability(shares: np.ndarray, truth: np.ndarray, bins: int = RELIABILITY_BINS) -> tuple[ReliabilityBin, ...]:
    """How right a classifier is where it is how sure: the bins that hold clips, by rising confidence.

    shares: probabilities [clips, classes]; a clip's confidence is its largest one. A bin takes what lies above its
    lower bound, up to its upper one.
    """
    shares = np.asarray(shares, np.float64)
    confidence = shares.max(axis=-1)
    right = np.argmax(shares, axis=-1) == np.asarray(truth)
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    found = []
    for number in range(bins):
        inside = place == number
        if inside.any():
            found.append(
                ReliabilityBin(
                    confidence=float(confidence[inside].mean()),
                    accuracy=float(right[inside].mean()),
                    clips=int(inside.sum()),
                )
            )
    return tuple(found)


def calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """The expected calibration error: |accuracy - confidence|, weighted by the clips of each bin; NaN without any.

    Naeini, Cooper and Hauskrecht (2015). Bins of few clips differ by chance alone: with little data it is never near 0.
    """
    clips = sum(item.clips for item in bins)
    return sum(item.clips * abs(item.accuracy - item.confidence) for item in bins) / clips if clips else math.nan


def log_loss(logits: np.ndarray, truth: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """-log of the probability of the true class of each clip, from real logits [clips, classes], in nats."""
    scaled = np.asarray(logits, np.float64) / temperature
    largest = scaled.max(axis=-1, keepdims=True)
    total = largest[..., 0] + np.log(np.exp(scaled - largest).sum(axis=-1))
    return total - np.take_along_axis(scaled, np.asarray(truth)[..., None], axis=-1)[..., 0]


def area_under_roc(positive: np.ndarray, negative: np.ndarray) -> float:
    """The chance that a positive's score is above a negative's, ties counting half; NaN where either is empty."""
    if not len(positive) or not len(negative):
        return math.nan
    ordered = np.sort(negative)
    below, up_to = (np.searchsorted(ordered, positive, side) for side in ("left", "right"))
    return float((below + up_to).mean() / (2 * len(negative)))


def confusion_matrix(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """int64 [classes, classes]: rows are the truth, columns the prediction."""
    counts = np.bincount(np.asarray(truth) * classes + np.asarray(predicted), minlength=classes * classes)
    return counts.reshape(classes, classes)


def accuracy(truth: np.ndarray, predicted: np.ndarray) -> float:
    """The share of clips whose prediction is the truth; NaN without clips."""
    return float(np.mean(np.asarray(truth) == np.asarray(predicted))) if len(truth) else math.nan


def per_class(confusion: np.ndarray) -> list[ClassScore]:
    """Precision, recall and F1 of every class from a confusion matrix."""
    hits = np.diag(confusion).astype(np.float64)
    predicted, present = confusion.sum(axis=0), confusion.sum(axis=1)
    scores = []
    for hit, guesses, support in zip(hits, predicted, present, strict=True):
        scores.append(
            ClassScore(
                precision=_share(hit, guesses),
                recall=_share(hit, support),
                f1=_share(2 * hit, guesses + support),
                support=int(support),
            )
        )
    return scores


def macro_f1(confusion: np.ndarray) -> float:
    """The mean F1 of the classes that were present or predicted (scikit-learn's f1_score, average='macro')."""
    scores = per_class(confusion)
    used = (confusion.sum(axis=0) + confusion.sum(axis=1)) > 0
    values = [score.f1 for score, counts in zip(scores, used, strict=True) if counts]
    return float(np.mean(values)) if values else math.nan


def top1_agreement(one: np.ndarray, other: np.ndarray) -> float:
    """The share of clips [clips, classes] whose best class is the same, ties to the lower class."""
    return float(np.mean(np.argmax(one, axis=-1) == np.argmax(other, axis=-1))) if len(one) else math.nan


def wilson_interval(hits: int, clips: int) -> Interval:
    """The 95 % Wilson score interval of an accuracy of hits / clips (Wilson 1927)."""
    if clips == 0:
        return Interval(value=math.nan, low=0.0, high=1.0)
    z, share = _NORMAL_975, hits / clips
    center = share + z * z / (2 * clips)
    spread = z * math.sqrt(share * (1 - share) / clips + z * z / (4 * clips * clips))
    scale = 1 + z * z / clips
    low = 0.0 if hits == 0 else (center - spread) / scale
    high = 1.0 if hits == clips else (center + spread) / scale
    return Interval(value=share, low=low, high=high)


def mean_interval(values: np.ndarray) -> Interval:
    """The mean over repeats and its 95 % interval by Student's t; the bounds are NaN for fewer than two repeats."""
    values = np.asarray(values, np.float64)
    mean = float(values.mean())
    if len(values) < 2:
        return Interval(value=mean, low=math.nan, high=math.nan)
    spread = t_quantile_975(len(values) - 1) * float(values.std(ddof=1)) / math.sqrt(len(values))
    return Interval(value=mean, low=mean - spread, high=mean + spread)


def share_interval(shares: np.ndarray) -> Interval:
    """`mean_interval` of values in 0 to 1, its bounds cut to that range: Student's t knows nothing of it."""
    interval = mean_interval(shares)
    # Not min and max: they answer by the order of their arguments when one is NaN.
    low, high = np.clip([interval.low, interval.high], 0.0, 1.0)
    return Interval(value=interval.value, low=float(low), high=float(high))


def mcnemar(truth: np.ndarray, one: np.ndarray, other: np.ndarray) -> float:
    """Two-sided exact p-value that two classifiers, scored on the same clips, are equally good (McNemar 1947)."""
    only_one, only_other = _discordant(truth, one, other)
    both = only_one + only_other
    tail = sum(math.comb(both, count) for count in range(min(only_one, only_other) + 1)) / 2**both
    return min(1.0, 2 * tail)


def paired_difference(truth: np.ndarray, one: np.ndarray, other: np.ndarray) -> Interval:
    """accuracy(one) - accuracy(other) on the same clips, with its 95 % interval by Agresti and Min (2005).

    Wald's interval with half a clip added to each cell of the two-by-two table: unlike Wald's own and the bootstrap it
    does not shrink to nothing where the two never differ.
    """
    only_one, only_other = _discordant(truth, one, other)
    clips = len(truth)
    if clips == 0:
        return Interval(value=math.nan, low=-1.0, high=1.0)
    padded = clips + 2
    center = (only_one - only_other) / padded
    spread = _NORMAL_975 * math.sqrt((only_one + only_other + 1) / padded - center**2) / math.sqrt(padded)
    return Interval(
        value=(only_one - only_other) / clips, low=max(-1.0, center - spread), high=min(1.0, center + spread)
    )


def _discordant(truth: np.ndarray, one: np.ndarray, other: np.ndarray) -> tuple[int, int]:
    """Clips that only the one, and that only the other, has right."""
    right_one, right_other = np.asarray(one) == np.asarray(truth), np.asarray(other) == np.asarray(truth)
    return int(np.sum(right_one & ~right_other)), int(np.sum(right_other & ~right_one))


def t_quantile_975(degrees: int) -> float:
    """The 97.5 % point of Student's t by bisection on its distribution function."""
    low, high = 0.0, 1000.0
    for _ in range(100):
        middle = (low + high) / 2
        if t_distribution(middle, degrees) < 0.975:
            low = middle
        else:
            high = middle
    return high


def t_distribution(t: float, degrees: int) -> float:
    """P(T <= t) for t >= 0, by the closed forms for whole degrees of freedom (Abramowitz and Stegun 26.7.3, 26.7.4)."""
    angle = math.atan(t / math.sqrt(degrees))
    cosine, sine = math.cos(angle), math.sin(angle)
    if degrees % 2:
        term, total = cosine, cosine if degrees > 1 else 0.0
        for k in range(3, degrees - 1, 2):
            term *= (k - 1) / k * cosine * cosine
            total += term
        inside = 2 / math.pi * (angle + sine * total)
    else:
        term = total = 1.0
        for k in range(2, degrees - 1, 2):
            term *= (k - 1) / k * cosine * cosine
            total += term
        inside = sine * total
    return (1 + inside) / 2


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0
