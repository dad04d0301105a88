"""Operations that make rows in a stream: each keeps the input rows that coming output rows still need."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from edgegenre.integer import recurrent
from edgegenre.integer.operations import Cell, Operation, WeightedOperation
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.rows import NUMPY, widened
from edgegenre.network.layers.base import TimeWindow
from edgegenre.network.shape import Shape


class RowStage(Protocol):
    """Takes the new rows of each input, gives the output rows that became ready."""

    def push(self, parts: Sequence[np.ndarray], ended: Sequence[bool]) -> np.ndarray:
        """parts: [rows, frequency, channels] of each input. ended: whether these are an input's last of a window."""
        ...


def row_stage(operation: Operation, shapes: Sequence[Shape], output: Shape, arithmetic: Arithmetic) -> RowStage:
    """The stage of an operation that makes rows; shapes: of its inputs in a window, `output` of what it makes."""
    if isinstance(operation, Cell):
        return _CellStage(operation)
    return _WindowStage(operation, shapes, output, arithmetic)


class _Kept:
    """The rows of one input from the first that is still needed. A window's first rows have zero points before them."""

    def __init__(self, window: TimeWindow, shape: Shape, operation: Operation) -> None:
        self.window = window
        self._operation = operation
        self._bottom = operation.window.padding.bottom if isinstance(operation, WeightedOperation) else 0
        self._rows = self._absent(window.before, shape)
        self._first = -window.before
        self._shape = shape

    def push(self, rows: np.ndarray, *, ended: bool) -> None:
        """Add rows and, behind a window's last one, zero points."""
        parts = [self._rows, widened(rows, self._operation.input)]
        if ended:
            parts.append(self._absent(self._bottom, self._shape))
        self._rows = np.concatenate(parts)

    def ready(self, made: int) -> int:
        """How many output rows after the first `made` have all their rows here."""
        start = made * self.window.stride - self.window.before
        return (self._first + len(self._rows) - start - self.window.kernel) // self.window.stride + 1

    def taken(self, made: int, count: int) -> np.ndarray:
        """The rows that `count` output rows after the first `made` need; those that no later one needs are dropped."""
        stride, kernel = self.window.stride, self.window.kernel
        start = made * stride - self.window.before - self._first
        needed = self._rows[start : start + (count - 1) * stride + kernel]
        dropped = min(start + count * stride, len(self._rows))
        self._rows, self._first = self._rows[dropped:], self._first + dropped
        return needed

    def _absent(self, count: int, shape: Shape) -> np.ndarray:
        source = self._operation.input
        return np.full((count, *shape[1:]), source.zero_point, source.dtype)


class _WindowStage:
    """One or several inputs under sliding windows; an early branch waits here for the late one."""

    def __init__(self, operation: Operation, shapes: Sequence[Shape], output: Shape, arithmetic: Arithmetic) -> None:
        self._operation, self._arithmetic = operation, arithmetic
        windows = operation.time_windows(*shapes)
        self._kept = [_Kept(window, shape, operation) for window, shape in zip(windows, shapes, strict=True)]
        self._made = 0
        self._nothing = np.empty((0, *output[1:]), operation.output.dtype)

    def push(self, parts: Sequence[np.ndarray], ended: Sequence[bool]) -> np.ndarray:
        for kept, rows, end in zip(self._kept, parts, ended, strict=True):
            kept.push(rows, ended=end)
        count = min(kept.ready(self._made) for kept in self._kept)
        if count < 1:
            return self._nothing
        read = [kept.taken(self._made, count)[np.newaxis] for kept in self._kept]
        self._made += count
        made: np.ndarray = NUMPY[type(self._operation)](self._operation, self._arithmetic, *read)
        return made[0]


class _CellStage:
    """A recurrent layer that returns its rows: the state goes on from row to row."""

    def __init__(self, cell: Cell) -> None:
        self._cell = cell
        self._state = recurrent.first_state(cell, 1)

    def push(self, parts: Sequence[np.ndarray], ended: Sequence[bool]) -> np.ndarray:
        (rows,) = parts
        made = np.empty((len(rows), 1, self._cell.units), np.int8)
        for index, row in enumerate(widened(rows, self._cell.input)):
            self._state = recurrent.step(self._cell, row, self._state)
            made[index] = recurrent.output(self._cell, self._state)
        return made
