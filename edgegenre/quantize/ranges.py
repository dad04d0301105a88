"""Range observers: which real interval an int8 tensor should cover, from what calibration saw."""

import math
from typing import Protocol

import numpy as np

BINS = 2048
STEPS = 255
LEVELS = STEPS + 1
# So many ranges are tried at most when entropy chooses one.
_RANGES = 2048


class Observer(Protocol):
    """Sees a tensor batch by batch, then says its range (low <= 0 <= high)."""

    def observe(self, values: np.ndarray) -> None:
        """Take in one batch of real values."""

    def range(self) -> tuple[float, float]:
        """The interval to cover."""


class MinMax:
    """Everything that was seen."""

    def __init__(self) -> None:
        self._low, self._high = 0.0, 0.0

    def observe(self, values: np.ndarray) -> None:
        """Widen the range to `values`."""
        self._low = min(self._low, float(values.min()))
        self._high = max(self._high, float(values.max()))

    def range(self) -> tuple[float, float]:
        """The smallest and the largest value seen, and zero."""
        return self._low, self._high


class Histogram:
    """Counts of values in bins that double in width whenever a value falls outside."""

    def __init__(self) -> None:
        self._limit = 0.0
        self.counts = np.zeros(2 * BINS, np.int64)

    def observe(self, values: np.ndarray) -> None:
        """Count `values`."""
        largest = float(np.abs(values).max())
        if self._limit == 0.0:
            self._limit = largest or 1e-6
        while largest > self._limit:
            pairs = self.counts.reshape(-1, 2).sum(axis=1)
            self.counts = np.concatenate([np.zeros(BINS // 2, np.int64), pairs, np.zeros(BINS // 2, np.int64)])
            self._limit *= 2
        # In float64, as float32 has no room for the edges of bins around the smallest numbers it can hold.
        values = values.astype(np.float64)
        self.counts += np.histogram(values, bins=2 * BINS, range=(-self._limit, self._limit))[0]

    @property
    def edges(self) -> np.ndarray:
        """The 2 * BINS + 1 edges of the bins."""
        return np.linspace(-self._limit, self._limit, 2 * BINS + 1)


class Percentile:
    """All but a fraction of the values on each side; the rest saturates."""

    def __init__(self, kept: float) -> None:
        self._kept = kept
        self._histogram = Histogram()
        self._extremes = MinMax()

    def observe(self, values: np.ndarray) -> None:
        """Count `values`."""
        self._histogram.observe(values)
        self._extremes.observe(values)

    def range(self) -> tuple[float, float]:
        """From the (1 - kept) quantile to the kept quantile, zero included; a bin that is needed is kept whole.

        An end whose bin is the outermost with values is the extreme itself, so that kept = 1 is min-max.
        """
        counts, edges = self._histogram.counts, self._histogram.edges
        share = np.cumsum(counts) / counts.sum()
        first, last = np.searchsorted(share, 1 - self._kept, side="right"), np.searchsorted(share, self._kept)
        outermost = np.flatnonzero(counts)[[0, -1]]
        low, high = self._extremes.range()
        if first != outermost[0]:
            low = min(0.0, float(edges[first]))
        if last != outermost[1]:
            high = max(0.0, float(edges[last + 1]))
        return low, high


class MeanSquare:
    """The range whose int8 steps leave the least mean squared error, rounding and saturation together."""

    _SHRINKS = np.linspace(0.3, 1.0, 71)

    def __init__(self) -> None:
        self._histogram = Histogram()
        self._extremes = MinMax()

    def observe(self, values: np.ndarray) -> None:
        """Count `values`."""
        self._histogram.observe(values)
        self._extremes.observe(values)

    def range(self) -> tuple[float, float]:
        """The min-max range shrunk by the factor with the least error."""
        low, high = self._extremes.range()
        edges = self._histogram.edges
        centers, counts = (edges[1:] + edges[:-1]) / 2, self._histogram.counts
        errors = []
        for shrink in self._SHRINKS:
            step = max((high - low) * shrink / STEPS, 1e-12)
            clipped = np.clip(centers, low * shrink, high * shrink)
            rounded = np.rint(clipped / step) * step
            errors.append(float((counts * (centers - rounded) ** 2).sum()))
        best = float(self._SHRINKS[int(np.argmin(errors))])
        return low * best, high * best


class Entropy:
    """The range whose int8 steps lose the least information about the values, as TensorRT calibrates.

    Migacz, "8-bit Inference with TensorRT" (GTC 2017): for every candidate range the histogram, values outside
    counted in its last bin, is compared with itself after merging its bins into int8 levels. Where that is symmetric,
    these tensors are not: the ends are chosen as a pair, and where no value is negative (after a ReLU) the lower end is
    zero and all 256 levels lie above it. Zeros are not counted: every range holds zero exactly, and a ReLU makes so
    many that they would drown the rest.
    """

    def __init__(self) -> None:
        self._histogram = Histogram()
        self._extremes = MinMax()

    def observe(self, values: np.ndarray) -> None:
        """Count `values`."""
        self._extremes.observe(values)
        if (values != 0).any():
            self._histogram.observe(values[values != 0])

    def range(self) -> tuple[float, float]:
        """The ends with the least Kullback-Leibler divergence, never beyond what was seen."""
        counts, edges = self._histogram.counts, self._histogram.edges
        filled = np.flatnonzero(counts)
        if not len(filled):
            return 0.0, 0.0
        # An end lies on a bin that is not empty, and every range holds zero: first <= BINS <= last + 1.
        firsts, lasts = filled[filled < BINS], filled[filled >= BINS][::-1]
        most = math.isqrt(_RANGES) if len(firsts) and len(lasts) else _RANGES
        ranges = [
            (first, last)
            for first in _some(firsts, most) or [BINS]
            for last in _some(lasts, most) or [BINS - 1]
            if last - first + 1 >= LEVELS
        ]
        first, last = min(ranges, key=lambda ends: divergence(counts, *ends))
        low, high = self._extremes.range()
        return max(low, float(edges[first])), min(high, float(edges[last + 1]))


def _some(bins: np.ndarray, count: int) -> list[int]:
    """At most `count` of `bins` at even distances, the first among them."""
    places = np.linspace(0, len(bins) - 1, min(len(bins), count)).round().astype(int)
    return [int(bins[place]) for place in places]


def divergence(counts: np.ndarray, first: int, last: int) -> float:
    """Kullback-Leibler divergence in nats of a histogram from its int8 form when bins first...last are its range.

    What lies outside is counted in the range's end bins, as saturation puts it there; the int8 form merges the range's
    bins into 256 levels and spreads each level's count evenly over those of its bins that are not empty. Infinite when
    a bin has values in one and not in the other.
    """
    inside = counts[first : last + 1].astype(np.float64)
    clipped = inside.copy()
    clipped[0] += counts[:first].sum()
    clipped[-1] += counts[last + 1 :].sum()
    level = np.arange(len(inside)) * LEVELS // len(inside)
    filled = inside > 0
    totals = np.bincount(level, weights=inside, minlength=LEVELS)
    shares = totals / np.maximum(np.bincount(level, weights=filled, minlength=LEVELS), 1)
    merged = np.where(filled, shares[level], 0.0)
    p, q = clipped / clipped.sum(), merged / merged.sum()
    if (q[p > 0] == 0).any():
        return math.inf
    return float((p[p > 0] * np.log(p[p > 0] / q[p > 0])).sum())
