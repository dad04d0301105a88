"""The numpy reference as a stream: feature rows in, logits out for each row that reaches the head.

`clip`: one window of exactly the network's length; after its last row the stream flushes by itself and its last logits
equal the offline network's to the bit. `continuous`: never flushed; the head averages the last ten blocks of rows. The
first decision comes when one block (3 s) is full.
"""

from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np

from edgegenre.errors import QuantizationError
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.rows import dense, frequency_padding, global_average, row_sum, windowed
from edgegenre.integer.tensors import IntegerLayer, IntegerNetwork
from edgegenre.network.float_network import pad
from edgegenre.network.layers import Dense, GlobalAverage, WindowedLayer
from edgegenre.network.shape import Shape

Mode = Literal["clip", "continuous"]

BLOCKS = 10


def block_rows(head_rows: int) -> int:
    """Rows in one of the ten sums of the continuous head: a tenth of the window's rows (15 of 150: 3 s)."""
    return max(1, head_rows // BLOCKS)


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

    Raises QuantizationError when the network is not a chain of windowed layers, a global average and dense layers.
    """

    def __init__(self, network: IntegerNetwork, *, arithmetic: Arithmetic = "float32", mode: Mode = "clip") -> None:
        pairs = list(network.with_shapes())
        heads = [index for index, (layer, _) in enumerate(pairs) if isinstance(layer.node.layer, GlobalAverage)]
        if len(heads) != 1 or not all(isinstance(layer.node.layer, Dense) for layer, _ in pairs[heads[0] + 1 :]):
            raise QuantizationError(
                f"'{network.network.name}' cannot be streamed: it needs one global average before its dense layers."
            )
        self._pairs, self._head = pairs, heads[0]
        self._arithmetic, self._mode = arithmetic, mode
        self._window = network.network.input_shape
        self.reset()

    def reset(self) -> None:
        """Forget everything: the next row is the first of a window."""
        limited = self._mode == "clip"
        self._stages = [
            _Stage(layer, shape, self._arithmetic, rows=shape.time if limited else None)
            for layer, shape in self._pairs[: self._head]
        ]
        layer, shape = self._pairs[self._head]
        self._pool = _Pool(layer, shape, sliding=self._mode == "continuous")
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
        for row in features.reshape(-1, 1, *self._window[1:]):
            self._frames += 1
            results += self._advance(row, flush=self.finished)
        return results

    def _advance(self, rows: np.ndarray, *, flush: bool) -> list[StreamLogits]:
        for stage in self._stages:
            rows = stage.push(rows, flush=flush)
        results = []
        for row in rows:
            self._pool.push(row)
            if self._pool.rows >= self._pool.block_rows:
                results.append(self._decide())
        return results

    def _decide(self) -> StreamLogits:
        vector = self._pool.mean(self._arithmetic)
        for layer, _ in self._pairs[self._head + 1 :]:
            vector = dense(layer, vector, self._arithmetic)
        return StreamLogits(logits=vector, rows=self._pool.rows, frames=self._frames, complete=self._pool.complete)


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
        self._buffer = np.full((window.before, *shape[1:]), layer.input.zero_point, np.int8)
        self._skip = 0  # coming rows that no output needs: a stride longer than the kernel
        self._limited = rows is not None
        self._nothing = np.empty((0, *description.output_shape(shape)[1:]), np.int8)

    def push(self, rows: np.ndarray, *, flush: bool) -> np.ndarray:
        """Input rows [rows, frequency, channels] to the output rows that became ready."""
        parts = [self._buffer, rows]
        if flush and self._limited:
            parts.append(np.full((self._bottom, *self._buffer.shape[1:]), self._layer.input.zero_point, np.int8))
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


class _Pool:
    """The pooled head: one running sum, or the last ten block sums."""

    def __init__(self, layer: IntegerLayer, shape: Shape, *, sliding: bool) -> None:
        self._layer, self._shape, self._sliding = layer, shape, sliding
        self.block_rows = block_rows(shape.time)
        self._blocks: deque[np.ndarray] = deque([np.zeros(shape.channels, np.int64)], maxlen=BLOCKS if sliding else 1)
        self._block_rows = deque([0], maxlen=self._blocks.maxlen)
        self._seen = 0

    @property
    def rows(self) -> int:
        """Rows in the average."""
        return sum(self._block_rows)

    @property
    def complete(self) -> bool:
        """Whether a whole window has been heard."""
        return self._seen >= (BLOCKS * self.block_rows if self._sliding else self._shape.time)

    def push(self, row: np.ndarray) -> None:
        """Add one row [frequency, channels]."""
        if self._sliding and self._block_rows[-1] == self.block_rows:
            self._blocks.append(np.zeros(self._shape.channels, np.int64))
            self._block_rows.append(0)
        self._blocks[-1] += row_sum(self._layer, row[np.newaxis, np.newaxis])[0]
        self._block_rows[-1] += 1
        self._seen += 1

    def mean(self, arithmetic: Arithmetic) -> np.ndarray:
        """The int8 mean [channels] of the rows in the window."""
        count = self.rows * self._shape.frequency
        return global_average(self._layer, np.sum(self._blocks, axis=0), count, arithmetic)
