"""The numpy reference as a stream: feature rows in, logits out for each row that reaches the head.

`clip`: one window of exactly the network's length; after its last row the stream flushes by itself and its last logits
equal the offline network's to the bit. `continuous`: never flushed; the head covers about the last window
(`stream_heads`). The first decision comes when one block (a tenth of the window) has been heard.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from edgegenre.errors import QuantizationError
from edgegenre.integer.chain import chain_of
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.rows import dense, first_rows, frequency_padding, windowed
from edgegenre.integer.stream_heads import StreamHead, stream_head
from edgegenre.integer.tensors import IntegerLayer, IntegerNetwork
from edgegenre.network.float_network import pad
from edgegenre.network.layers import WindowedLayer
from edgegenre.network.shape import Shape

Mode = Literal["clip", "continuous"]


@dataclass(frozen=True, kw_only=True)
class StreamLogits:
    """The head's answer after `rows` rows have reached it.

    logits: int8 [classes]. complete: it covers a whole window; until then the decision is provisional.
    frames: feature rows pushed so far when it was made.
    """

    logits: np.ndarray
    rows: int
    frames: int
    complete: bool


class IntegerStream:
    """Feature rows in, logits out, row by row, in the memory that `costs` declares.

    Raises QuantizationError when the network is no chain that streams (`chain_of`).
    """

    def __init__(self, network: IntegerNetwork, *, arithmetic: Arithmetic = "float32", mode: Mode = "clip") -> None:
        self._network, self._chain = network, chain_of(network)
        self._arithmetic, self._mode = arithmetic, mode
        self._window = network.network.input_shape
        self.reset()

    def reset(self) -> None:
        """Forget everything: the next row is the first of a window."""
        limited = self._mode == "clip"
        self._stages = [
            _Stage(layer, shape, self._arithmetic, rows=shape.time if limited else None)
            for layer, shape in self._chain.rows
        ]
        self._head: StreamHead = stream_head(self._chain.head, self._chain.head_shape, continuous=not limited)
        self._frames = 0

    @property
    def finished(self) -> bool:
        """Whether a clip's window is full; further rows are refused until `reset`."""
        return self._mode == "clip" and self._frames == self._window.time

    def push(self, features: np.ndarray) -> list[StreamLogits]:
        """Feed int8 rows [rows, frequency]; returns one entry for each row that reached the head, from one block on.

        Raises QuantizationError when a clip gets more rows than its window has.
        """
        if self._mode == "clip" and self._frames + len(features) > self._window.time:
            raise QuantizationError(
                f"a clip has {self._window.time} feature rows; reset the stream before the next one."
            )
        results: list[StreamLogits] = []
        for row in first_rows(self._network, features).reshape(-1, 1, *self._window[1:]):
            self._frames += 1
            results += self._advance(row, flush=self.finished)
        return results

    def _advance(self, rows: np.ndarray, *, flush: bool) -> list[StreamLogits]:
        for stage in self._stages:
            rows = stage.push(rows, flush=flush)
        results = []
        for row in rows:
            self._head.push(row)
            if self._head.ready:
                results.append(self._decide())
        return results

    def _decide(self) -> StreamLogits:
        vector = self._head.vector(self._arithmetic)
        for layer, _ in self._chain.dense:
            vector = dense(layer, vector, self._arithmetic)
        return StreamLogits(logits=vector, rows=self._head.rows, frames=self._frames, complete=self._head.complete)


class _Stage:
    """One windowed layer: keeps the rows that coming outputs still need, padding included."""

    def __init__(self, layer: IntegerLayer, shape: Shape, arithmetic: Arithmetic, *, rows: int | None) -> None:
        description: WindowedLayer = layer.node.layer  # type: ignore[assignment]
        window = description.time_window(shape)
        assert window is not None
        self._layer, self._arithmetic = layer, arithmetic
        self._columns = frequency_padding(description, shape)
        self._bottom = description.padding(shape).bottom
        self._stride, self._kernel = window.stride, window.kernel
        self._buffer = np.full((window.before, *shape[1:]), layer.input.zero_point, layer.input.dtype)
        self._skip = 0  # coming rows that no output needs: a stride longer than the kernel
        self._limited = rows is not None
        self._nothing = np.empty((0, *description.output_shape(shape)[1:]), layer.output.dtype)

    def push(self, rows: np.ndarray, *, flush: bool) -> np.ndarray:
        """Input rows [rows, frequency, channels] to the output rows that became ready."""
        parts = [self._buffer, rows]
        if flush and self._limited:
            parts.append(
                np.full((self._bottom, *self._buffer.shape[1:]), self._layer.input.zero_point, self._buffer.dtype)
            )
        self._buffer = np.concatenate(parts)
        skipped = min(self._skip, len(self._buffer))
        self._buffer, self._skip = self._buffer[skipped:], self._skip - skipped
        ready = (len(self._buffer) - self._kernel) // self._stride + 1
        if ready < 1:
            return self._nothing
        padded = pad(self._buffer[np.newaxis], self._columns, self._layer.input.zero_point)
        self._skip = max(0, ready * self._stride - len(self._buffer))
        self._buffer = self._buffer[ready * self._stride :]
        return windowed(self._layer, padded, self._arithmetic)[0]
