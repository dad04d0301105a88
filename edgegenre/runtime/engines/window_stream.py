"""A stream for engines that compute whole windows only: rows are kept until the window is full."""

from collections.abc import Callable

import numpy as np

from edgegenre.errors import RuntimeEngineError
from edgegenre.integer.streaming import Mode, StreamLogits
from edgegenre.network.network import Network

Logits = Callable[[np.ndarray], np.ndarray]


class WindowStream:
    """One answer a window, when its last row arrives.

    logits: the engine's. Raises RuntimeEngineError for `continuous` mode, which needs an engine that keeps state.
    """

    def __init__(self, logits: Logits, network: Network, mode: Mode) -> None:
        if mode != "clip":
            raise RuntimeEngineError(
                "this engine computes whole windows; "
                "continuous mode needs an int8 bundle and the engine 'reference' or 'native'."
            )
        self._logits = logits
        self._shape = network.input_shape
        self.reset()

    def reset(self) -> None:
        """Forget everything: the next row is the first of a window."""
        self._rows = np.empty((0, self._shape.frequency), np.int8)

    def push(self, features: np.ndarray) -> list[StreamLogits]:
        """Feed int8 rows [rows, frequency]. Raises RuntimeEngineError when the window gets more rows than it has."""
        if len(self._rows) + len(features) > self._shape.time:
            raise RuntimeEngineError(
                f"a clip has {self._shape.time} feature rows; reset the stream before the next one."
            )
        self._rows = np.concatenate([self._rows, features])
        if len(self._rows) < self._shape.time:
            return []
        frames = self._shape.time
        return [StreamLogits(logits=self._logits(self._rows[None])[0], rows=frames, frames=frames, complete=True)]
