"""What a frozen backbone is: from patches of sound or pictures to values that a network of ours learns from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegenre.network.costs import Costs, costs
from edgegenre.network.network import Network

Arrays = Mapping[str, np.ndarray]
"""The weights of a backbone by our names, float32, whatever file they came from."""


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """name: as the files of its weights begin. patch: [time, frequency, channels] of what it takes. values: of an
    answer. parameters, multiplies: of the whole backbone, for one patch. shapes: of its arrays, by our names.

    read: the arrays in a file; raises BackboneError. start: what computes answers float32 [patches, values] of patches
    float32 [patches, *patch] with these arrays, in torch. wanted: which file to get, as a noun phrase. installed: reads
    the arrays that a Python package brings; None where none does. network: the backbone layer by layer, where our
    layers describe it.
    """

    name: str
    patch: tuple[int, int, int]
    values: int
    parameters: int
    multiplies: int
    shapes: Mapping[str, tuple[int, ...]]
    read: Callable[[Path], Arrays]
    start: Callable[[Arrays], Callable[[np.ndarray], np.ndarray]]
    wanted: str
    installed: Callable[[], Arrays] | None = None
    network: Network | None = None

    @property
    def costs(self) -> Costs | None:
        """Layer by layer for one patch; None where our layers do not describe it."""
        return None if self.network is None else costs(self.network, frames_per_second=1)
