"""Chance that is the same under every version of numpy."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Dice:
    """Random draws from whole numbers: the same numbers give the same draws.

    Uses only the raw output of PCG64, which numpy promises not to change; its distributions may change.
    """

    def __init__(self, *entropy: int) -> None:
        self._bits = np.random.PCG64(entropy)

    def fractions(self, count: int) -> np.ndarray:
        """float64 [count], uniform in [0, 1)."""
        return (self._bits.random_raw(count) >> np.uint64(11)) * 2.0**-53

    def uniform(self, low: float, high: float) -> float:
        """One number, uniform in [low, high)."""
        return low + (high - low) * float(self.fractions(1)[0])

    def logarithmic(self, low: float, high: float) -> float:
        """One positive number whose logarithm is uniform: for frequencies and decay times."""
        return low * (high / low) ** float(self.fractions(1)[0])

    def chance(self, probability: float) -> bool:
        """True with that probability."""
        return float(self.fractions(1)[0]) < probability

    def choice(self, items: Sequence[T]) -> T:
        """One of the items, each as likely as the others."""
        return items[int(self.fractions(1)[0] * len(items))]

    def noise(self, count: int) -> np.ndarray:
        """float32 [count], white, uniform in [-1, 1)."""
        words = self._bits.random_raw((count + 1) // 2).view(np.int32)[:count]
        return words.astype(np.float32) * np.float32(2.0**-31)
