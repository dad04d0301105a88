"""What a stream keeps where the time axis ends: sums of rows before a pooled head, states of a recurrent one.

A clip is one window from its first row on. A continuous stream forgets: the pooled head averages the last ten blocks of
rows; the recurrent head runs several states, each over a window of its own, begun one after another at even distances,
and answers from the one that has heard most. So no answer depends on anything older than a window, and no state gets
older than those of the clips that training knows.

Four states were chosen by measurement over 10-minute streams (bench/README.md, "Long streams"): one alone loses about
2 points against four, two about half a point, eight gain less than half a point. One state that is never reset did as
well as four in every model tried, but only these models say so; a window bounds the state whatever the training.
"""

from collections import deque
from typing import Protocol

import numpy as np

from edgegenre.integer import recurrent
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.rows import global_average, row_sum
from edgegenre.integer.tensors import MEAN_BLOCKS, AnyIntegerLayer, IntegerLayer, IntegerRecurrent
from edgegenre.network.shape import Shape

STAGGERED_WINDOWS = 4


def block_rows(head_rows: int) -> int:
    """Rows in a tenth of a window (15 of 150: 3 s): a sum of the continuous pooled head, and the least to answer from.

    head_rows: rows of a window that reach the head.
    """
    return max(1, head_rows // MEAN_BLOCKS)


def staggered_starts(head_rows: int) -> tuple[int, ...]:
    """The rows, from 0 on, at which the states of a continuous recurrent head begin their first windows."""
    return tuple(index * head_rows // STAGGERED_WINDOWS for index in range(min(STAGGERED_WINDOWS, head_rows)))


class StreamHead(Protocol):
    """Takes rows [frequency, channels] and gives the int8 vector [channels] that the dense layers read."""

    @property
    def rows(self) -> int:
        """Rows that the vector covers."""

    @property
    def ready(self) -> bool:
        """Whether there is enough to answer from."""

    @property
    def complete(self) -> bool:
        """Whether a whole window has been heard."""

    def push(self, row: np.ndarray) -> None:
        """Add one row."""

    def vector(self, arithmetic: Arithmetic) -> np.ndarray:
        """The vector after the rows so far."""


def stream_head(layer: AnyIntegerLayer, shape: Shape, *, continuous: bool) -> StreamHead:
    """The head for a global average or a recurrent layer whose input in a window has `shape`."""
    if isinstance(layer, IntegerRecurrent):
        return _Recurrent(layer, shape, continuous=continuous)
    return _Pooled(layer, shape, continuous=continuous)


class _Pooled:
    """One running sum, or the last ten block sums."""

    def __init__(self, layer: IntegerLayer, shape: Shape, *, continuous: bool) -> None:
        self._layer, self._shape, self._sliding = layer, shape, continuous
        self._block_length = block_rows(shape.time)
        self._blocks: deque[np.ndarray] = deque(
            [np.zeros(shape.channels, np.int64)], maxlen=MEAN_BLOCKS if continuous else 1
        )
        self._block_rows = deque([0], maxlen=self._blocks.maxlen)
        self._seen = 0

    @property
    def rows(self) -> int:
        return sum(self._block_rows)

    @property
    def ready(self) -> bool:
        return self.rows >= self._block_length

    @property
    def complete(self) -> bool:
        return self._seen >= (MEAN_BLOCKS * self._block_length if self._sliding else self._shape.time)

    def push(self, row: np.ndarray) -> None:
        if self._sliding and self._block_rows[-1] == self._block_length:
            self._blocks.append(np.zeros(self._shape.channels, np.int64))
            self._block_rows.append(0)
        self._blocks[-1] += row_sum(self._layer, row[np.newaxis, np.newaxis])[0]
        self._block_rows[-1] += 1
        self._seen += 1

    def vector(self, arithmetic: Arithmetic) -> np.ndarray:
        count = self.rows * self._shape.frequency
        total = np.sum(self._blocks, axis=0)
        return global_average(self._layer.input, self._layer.output, total, count, arithmetic)


class _Recurrent:
    """One state, or several over staggered windows; a window that is full begins anew with the next row."""

    def __init__(self, layer: IntegerRecurrent, shape: Shape, *, continuous: bool) -> None:
        self._layer, self._shape = layer, shape
        starts = staggered_starts(shape.time) if continuous else (0,)
        self._states = [recurrent.first_state(layer, 1) for _ in starts]
        self._heard = [-start for start in starts]
        self._seen = 0

    @property
    def rows(self) -> int:
        return max(self._heard)

    @property
    def ready(self) -> bool:
        return self.rows >= block_rows(self._shape.time)

    @property
    def complete(self) -> bool:
        return self._seen >= self._shape.time

    def push(self, row: np.ndarray) -> None:
        self._seen += 1
        for index, heard in enumerate(self._heard):
            if heard == self._shape.time:
                self._states[index] = recurrent.first_state(self._layer, 1)
                heard = 0
            if heard >= 0:
                self._states[index] = recurrent.step(self._layer, row, self._states[index])
            self._heard[index] = heard + 1

    def vector(self, arithmetic: Arithmetic) -> np.ndarray:
        return recurrent.output(self._layer, self._states[self._heard.index(self.rows)])[0]
