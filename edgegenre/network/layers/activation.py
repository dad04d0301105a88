"""Activations other than ReLU. In integers each is a table of 256 values (docs/design.md, "Exactness").

A table that never falls may stand behind a max pool instead of in front of it: same values, fewer look-ups.
"""

from dataclasses import dataclass

import numpy as np

from edgegenre.network.layers.base import Elementwise


@dataclass(frozen=True, kw_only=True)
class LeakyRelu(Elementwise):
    """x where x > 0, else slope * x (Pandey et al.: slope 0.3)."""

    slope: float

    def value(self, x: np.ndarray) -> np.ndarray:
        """The function, in the type of `x`."""
        return np.where(x > 0, x, x.dtype.type(self.slope) * x)


@dataclass(frozen=True, kw_only=True)
class Elu(Elementwise):
    """x where x > 0, else exp(x) - 1 (Calvino & Pacheco)."""

    def value(self, x: np.ndarray) -> np.ndarray:
        """The function, in the type of `x`."""
        return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))
