"""Comparing models that were trained and tested on the same resampled splits."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgegenre.errors import missing
from edgegenre.metrics import t_distribution, t_quantile_975


@dataclass(frozen=True, kw_only=True)
class Difference:
    """value: the mean difference of two models over the splits. low, high: its 95 % interval, cut to -1...1.

    p: two-sided, that there is none. None, all three, where the differences do not spread: they say nothing of chance.
    """

    value: float
    low: float | None
    high: float | None
    p: float | None


def corrected_difference(one: Sequence[float], other: Sequence[float], test_share: float) -> Difference:
    """The corrected resampled t-test of Nadeau and Bengio (2003) of the scores of two models on the same splits.

    t = mean(d) / sqrt((1 / n + test_share) * var(d)) with n - 1 degrees of freedom: splits that overlap are not
    independent, and the plain paired t-test calls too many differences real. one, other: a share, 0 to 1, of each
    split. test_share: test tracks over training tracks. Raises ValueError when the lengths differ or are 0.
    """
    differences = np.subtract(one, other, dtype=np.float64)
    count = len(differences)
    if count == 0 or len(one) != len(other):
        raise ValueError(f"{len(one)} and {len(other)} scores: as many are needed, and at least one")
    mean = float(differences.mean())
    # Sums of equal differences may differ in the last bit.
    if count < 2 or np.ptp(differences) < 1e-12:
        return Difference(value=mean, low=None, high=None, p=None)
    error = math.sqrt((1 / count + test_share) * float(differences.var(ddof=1)))
    reach = t_quantile_975(count - 1) * error
    p = 2 * (1 - t_distribution(abs(mean) / error, count - 1))
    return Difference(value=mean, low=max(-1.0, mean - reach), high=min(1.0, mean + reach), p=min(1.0, max(0.0, p)))


def welch(one: Sequence[float], other: Sequence[float]) -> float | None:
    """p, two-sided, that two samples have the same mean (Welch 1947): variances may differ, samples are independent.

    None where a sample has fewer than two values, or neither spreads. Raises MissingDependencyError without scipy.
    """
    try:
        from scipy.stats import ttest_ind
    except ImportError as error:
        raise missing("scipy", "train", "Welch's test") from error
    if min(len(one), len(other)) < 2 or np.ptp(one) == np.ptp(other) == 0:
        return None
    return float(ttest_ind(one, other, equal_var=False).pvalue)


def holm(values: Sequence[float | None]) -> list[float | None]:
    """The p-values of several tests, each corrected for the number of them (Holm 1979); None stays None."""
    known = sorted((value, place) for place, value in enumerate(values) if value is not None)
    corrected: list[float | None] = [None] * len(values)
    largest = 0.0
    for rank, (value, place) in enumerate(known):
        largest = max(largest, min(1.0, (len(known) - rank) * value))
        corrected[place] = largest
    return corrected
