"""Recurrent layers, whichever cell they have: their first state, a step, and what comes out."""

import numpy as np

from edgegenre.integer import gru, int16, lstm
from edgegenre.integer.tensors import IntegerRecurrent
from edgegenre.network.layers import Lstm, RecurrentLayer


def first_state(layer: IntegerRecurrent, clips: int) -> np.ndarray:
    """The state before the first row: int64 [clips, states * units], zero; the hidden state stands first."""
    description = layer.node.layer
    assert isinstance(description, RecurrentLayer)
    return np.zeros((clips, description.STATES * layer.units), np.int64)


def step(layer: IntegerRecurrent, row: np.ndarray, state: np.ndarray) -> np.ndarray:
    """One row, int8 or int16 [clips, channels], and the state to the next state, int16 values."""
    return lstm.step(layer, row, state) if isinstance(layer.node.layer, Lstm) else gru.step(layer, row, state)


def output(layer: IntegerRecurrent, state: np.ndarray) -> np.ndarray:
    """The hidden state as the layers behind take it: int8 [clips, units], scale 1/128."""
    return int16.to_int8(state[:, : layer.units]).astype(np.int8)


def last_output(layer: IntegerRecurrent, rows: np.ndarray) -> np.ndarray:
    """All rows of a window, [clips, rows, 1, channels], to int8 [clips, units]."""
    state = first_state(layer, len(rows))
    for index in range(rows.shape[1]):
        state = step(layer, rows[:, index, 0], state)
    return output(layer, state)
