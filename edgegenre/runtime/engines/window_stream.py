"""A stream for engines that compute whole windows only: rows are kept until the window is full."""

from collections.abc import Callable

import numpy as np

from edgegenre.errors import RuntimeEngineError
from edgegenre.integer.streaming import Mode, StreamLogits, rows_by_input
from edgegenre.network.network import Features, Network

Logits = Callable[[Features], np.ndarray]


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
        self._network = network
        self.reset()

    def reset(self) -> None:
        """Forget everything: the next row is the first of a window."""
        self._rows = rows_by_input(self._network.name, self._network.inputs, {})

    def push(self, features: Features) -> list[StreamLogits]:
        """Feed int8 rows by input, as `rows_by_input` takes them.

        Raises RuntimeEngineError when the window gets more rows than it has.
        """
        given = rows_by_input(self._network.name, self._network.inputs, features)
        for item in self._network.inputs:
            if len(self._rows[item.name]) + len(given[item.name]) > item.shape.time:
                raise RuntimeEngineError(
                    f"a clip has {item.shape.time} feature rows; reset the stream before the next one."
                )
        self._rows = {name: np.concatenate([rows, given[name]]) for name, rows in self._rows.items()}
        if any(len(self._rows[item.name]) < item.shape.time for item in self._network.inputs):
            return []
        frames = max(map(len, self._rows.values()))
        logits = self._logits({name: rows[np.newaxis] for name, rows in self._rows.items()})[0]
        return [StreamLogits(logits=logits, rows=frames, frames=frames, complete=True)]
