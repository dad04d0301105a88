"""What a stream keeps where the time axis ends: sums and maxima of rows, states of recurrent layers, partial products.

A clip is one window from its first row on. A continuous stream forgets: means and maxima cover the last ten blocks of
rows; a recurrent head runs several states, each over a window of its own, begun one after another at even distances,
and answers from the one that has heard most. So no answer depends on anything older than a window, and no state gets
older than those of the clips that training knows. Heads that need every row of one window have no continuous form.

Four states were chosen by measurement over 10-minute streams (bench/README.md, "Long streams"): one alone loses about
2 points against four, two about half a point, eight gain less than half a point. One state that is never reset did as
well as four in every model tried, but only these models say so; a window bounds the state whatever the training.
"""

from collections import deque
from collections.abc import Callable
from typing import Protocol

import numpy as np

from edgegenre.integer import recurrent
from edgegenre.integer.operations import Cell, Largest, Mean, Operation, Product
from edgegenre.integer.operations.unweighted import MEAN_BLOCKS
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.rows import global_average, requantized, row_sum, widened
from edgegenre.network.shape import Shape
from edgegenre.network.stream_plan import Feed, Head

STAGGERED_WINDOWS = 4


def block_rows(head_rows: int) -> int:
    """Rows in a tenth of a window (15 of 150: 3 s): a block of a continuous pooled head, and the least to answer from.

    head_rows: rows of a window that reach the head.
    """
    return max(1, head_rows // MEAN_BLOCKS)


def staggered_starts(head_rows: int) -> tuple[int, ...]:
    """The rows, from 0 on, at which the states of a continuous recurrent head begin their first windows."""
    return tuple(index * head_rows // STAGGERED_WINDOWS for index in range(min(STAGGERED_WINDOWS, head_rows)))


class StreamHead(Protocol):
    """Takes rows [frequency, channels] of its feeds and gives what the operations behind it read."""

    @property
    def rows(self) -> int:
        """Rows that the answer covers."""

    @property
    def ready(self) -> bool:
        """Whether there is enough to answer from."""

    @property
    def complete(self) -> bool:
        """Whether a whole window has been heard."""

    def push(self, feed: int, row: np.ndarray) -> None:
        """Add one row of the feed with this number."""

    def values(self, arithmetic: Arithmetic) -> dict[str, np.ndarray]:
        """Tensors [1, time, frequency, channels] by name, after the rows so far."""


def stream_head(operation: Operation, head: Head, shapes: dict[str, Shape], *, continuous: bool) -> StreamHead:
    """The head that ends in `operation`; shapes: of its feeds in a window, by name.

    What RUNNING_HEADS does not hold needs a whole window: sums of products, or else the maps themselves.
    """
    if type(operation) in RUNNING_HEADS:
        return RUNNING_HEADS[type(operation)](operation, shapes[head.feeds[0].source], continuous=continuous)
    if head.sums and isinstance(operation, Product):
        return _Sums(operation, head.feeds, shapes)
    return _Collected(head.feeds, shapes)


def answers_once(operation: Operation) -> bool:
    """Whether the head can answer only when it has heard a whole window."""
    return type(operation) not in RUNNING_HEADS


class _Blocks:
    """One running value of all rows, or those of the last ten blocks: sums or maxima."""

    def __init__(
        self,
        shape: Shape,
        first: np.ndarray,
        combine: Callable[[np.ndarray, np.ndarray], np.ndarray],
        *,
        continuous: bool,
    ) -> None:
        self._shape, self._first, self._combine, self._sliding = shape, first, combine, continuous
        self._block_length = block_rows(shape.time)
        self._blocks: deque[np.ndarray] = deque([first], maxlen=MEAN_BLOCKS if continuous else 1)
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

    def add(self, value: np.ndarray) -> None:
        """Take in the value of one row."""
        if self._sliding and self._block_rows[-1] == self._block_length:
            self._blocks.append(self._first)
            self._block_rows.append(0)
        self._blocks[-1] = self._combine(self._blocks[-1], value)
        self._block_rows[-1] += 1
        self._seen += 1

    def combined(self) -> np.ndarray:
        """The value of all blocks."""
        result = self._blocks[0]
        for block in list(self._blocks)[1:]:
            result = self._combine(result, block)
        return result


class _Pooled(_Blocks):
    """The mean of the rows so far."""

    def __init__(self, mean: Mean, shape: Shape, *, continuous: bool) -> None:
        super().__init__(shape, np.zeros(shape.channels, np.int64), np.add, continuous=continuous)
        self._mean = mean

    def push(self, feed: int, row: np.ndarray) -> None:
        self.add(row_sum(self._mean, widened(row, self._mean.input)[np.newaxis, np.newaxis])[0])

    def values(self, arithmetic: Arithmetic) -> dict[str, np.ndarray]:
        mean, count = self._mean, self.rows * self._shape.frequency
        vector = global_average(mean.input, mean.output, self.combined(), count, arithmetic)
        return {mean.name: vector[np.newaxis, np.newaxis, np.newaxis]}


class _Maximum(_Blocks):
    """The largest values of the rows so far."""

    def __init__(self, largest: Largest, shape: Shape, *, continuous: bool) -> None:
        first = np.full(shape.channels, largest.input.low, largest.input.dtype)
        super().__init__(shape, first, np.maximum, continuous=continuous)
        self._name = largest.name

    def push(self, feed: int, row: np.ndarray) -> None:
        self.add(row.max(axis=0))

    def values(self, arithmetic: Arithmetic) -> dict[str, np.ndarray]:
        return {self._name: self.combined()[np.newaxis, np.newaxis, np.newaxis]}


class _Recurrent:
    """One state, or several over staggered windows; a window that is full begins anew with the next row."""

    def __init__(self, cell: Cell, shape: Shape, *, continuous: bool) -> None:
        self._cell, self._shape = cell, shape
        starts = staggered_starts(shape.time) if continuous else (0,)
        self._states = [recurrent.first_state(cell, 1) for _ in starts]
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

    def push(self, feed: int, row: np.ndarray) -> None:
        row = widened(row, self._cell.input)
        self._seen += 1
        for index, heard in enumerate(self._heard):
            if heard == self._shape.time:
                self._states[index] = recurrent.first_state(self._cell, 1)
                heard = 0
            if heard >= 0:
                self._states[index] = recurrent.step(self._cell, row, self._states[index])
            self._heard[index] = heard + 1

    def values(self, arithmetic: Arithmetic) -> dict[str, np.ndarray]:
        vector = recurrent.output(self._cell, self._states[self._heard.index(self.rows)])
        return {self._cell.name: vector[:, np.newaxis, np.newaxis]}


class _Whole:
    """A head that answers once, when every row of every feed has arrived."""

    def __init__(self, totals: list[int]) -> None:
        self._totals = totals
        self.heard = [0] * len(totals)

    @property
    def rows(self) -> int:
        return max(self.heard)

    @property
    def ready(self) -> bool:
        return self.complete

    @property
    def complete(self) -> bool:
        return self.heard == self._totals


class _Sums(_Whole):
    """A product over flattened maps: each row adds its share to a sum for each output. Integer sums have no order."""

    def __init__(self, product: Product, feeds: tuple[Feed, ...], shapes: dict[str, Shape]) -> None:
        super().__init__([shapes[feed.source].time for feed in feeds])
        self._product, self._feeds = product, feeds
        self._weights = product.weights[:, 0, 0].astype(np.int64)
        self._sums = np.zeros(product.channels, np.int64)

    def push(self, feed: int, row: np.ndarray) -> None:
        first = self._feeds[feed].offset + self.heard[feed] * row.size
        centered = row.ravel().astype(np.int64) - self._product.input.zero_point
        self._sums += self._weights[:, first : first + row.size] @ centered
        self.heard[feed] += 1

    def values(self, arithmetic: Arithmetic) -> dict[str, np.ndarray]:
        vector = requantized(self._product, self._sums + self._product.bias, arithmetic)
        return {self._product.name: vector[np.newaxis, np.newaxis, np.newaxis]}


class _Collected(_Whole):
    """Whole maps, for operations that need them: their inputs, not their output, are what comes out."""

    def __init__(self, feeds: tuple[Feed, ...], shapes: dict[str, Shape]) -> None:
        super().__init__([shapes[feed.source].time for feed in feeds])
        self._feeds = feeds
        self._maps: list[list[np.ndarray]] = [[] for _ in feeds]

    def push(self, feed: int, row: np.ndarray) -> None:
        self._maps[feed].append(row)
        self.heard[feed] += 1

    def values(self, arithmetic: Arithmetic) -> dict[str, np.ndarray]:
        return {feed.source: np.stack(rows)[np.newaxis] for feed, rows in zip(self._feeds, self._maps, strict=True)}


RUNNING_HEADS: dict[type[Operation], Callable[..., StreamHead]] = {
    Mean: _Pooled,
    Largest: _Maximum,
    Cell: _Recurrent,
}
"""(operation, shape of its input in a window, continuous) to a head that answers after every row."""
