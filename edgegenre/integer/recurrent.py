"""Recurrent layers, whichever cell they have: their first state, a step, and what comes out."""

from collections.abc import Callable

import numpy as np

from edgegenre.integer import gru, int16, lstm
from edgegenre.integer.operations import Cell
from edgegenre.integer.operations.cell import CellKind

_STEPS: dict[CellKind, Callable[[Cell, np.ndarray, np.ndarray], np.ndarray]] = {"gru": gru.step, "lstm": lstm.step}


def first_state(cell: Cell, clips: int) -> np.ndarray:
    """The state before the first row: int64 [clips, states * units], zero; the hidden state stands first."""
    return np.zeros((clips, cell.states * cell.units), np.int64)


def step(cell: Cell, row: np.ndarray, state: np.ndarray) -> np.ndarray:
    """One row, int8 or int16 [clips, channels], and the state to the next state, int16 values."""
    return _STEPS[cell.kind](cell, row, state)


def output(cell: Cell, state: np.ndarray) -> np.ndarray:
    """The hidden state as the operations behind take it: int8 [clips, units], scale 1/128."""
    return int16.to_int8(state[:, : cell.units]).astype(np.int8)


def outputs(cell: Cell, rows: np.ndarray) -> np.ndarray:
    """All rows of a window, [clips, rows, 1, channels], to int8 [clips, rows, 1, units]."""
    state = first_state(cell, len(rows))
    made = []
    for index in range(rows.shape[1]):
        state = step(cell, rows[:, index, 0], state)
        made.append(output(cell, state))
    return np.stack(made, axis=1)[:, :, np.newaxis]
