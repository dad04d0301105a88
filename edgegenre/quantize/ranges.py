"""Range observers: which real interval an int8 tensor should cover, from what calibration saw."""

from typing import Protocol

import numpy as np

BINS = 2048
STEPS = 255


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

    def observe(self, values: np.ndarray) -> None:
        """Count `values`."""
        self._histogram.observe(values)

    def range(self) -> tuple[float, float]:
        """From the (1 - kept) quantile to the kept quantile, zero included."""
        share = np.cumsum(self._histogram.counts) / self._histogram.counts.sum()
        edges = self._histogram.edges
        low = edges[np.searchsorted(share, 1 - self._kept)]
        high = edges[1 + np.searchsorted(share, self._kept)]
        return min(0.0, float(low)), max(0.0, float(high))


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
