"""Recurrent layers in float, step by step, with one bias vector a gate and a first state of zero."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from edgegenre.network.layers import Lstm, RecurrentLayer

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True, kw_only=True, eq=False)
class RecurrentStep:
    """One row's values, float32.

    from_input, from_state: [clips, gates * units], what the weights make of the row and of the state. entering: the
    same once summed, as it enters the gates. state: [clips, units], the hidden state after the row.
    """

    from_input: np.ndarray
    from_state: np.ndarray
    entering: np.ndarray
    state: np.ndarray


def recurrent_steps(layer: RecurrentLayer, x: np.ndarray, arrays: Arrays) -> Iterator[RecurrentStep]:
    """Walk through the rows of `x`, float32 [clips, rows, 1, channels]."""
    from_inputs = x[:, :, 0] @ arrays["weights_input"].T + arrays["bias"]
    walk = _lstm if isinstance(layer, Lstm) else _gru
    return walk(from_inputs, arrays["weights_hidden"])


def recurrent_rows(layer: RecurrentLayer, x: np.ndarray, arrays: Arrays) -> np.ndarray:
    """The state after every row of `x`: float32 [clips, rows, 1, units]."""
    return np.stack([step.state for step in recurrent_steps(layer, x, arrays)], axis=1)[:, :, np.newaxis]


def _gru(from_inputs: np.ndarray, weights_hidden: np.ndarray) -> Iterator[RecurrentStep]:
    """torch's reset-after form (docs/design.md, "What the papers leave open")."""
    units = weights_hidden.shape[1]
    state = np.zeros((len(from_inputs), units), np.float32)
    for row in range(from_inputs.shape[1]):
        from_input, from_state = from_inputs[:, row], state @ weights_hidden.T
        gates = from_input[:, : 2 * units] + from_state[:, : 2 * units]
        opened = _sigmoid(gates)
        reset, update = opened[:, :units], opened[:, units:]
        new = from_input[:, 2 * units :] + reset * from_state[:, 2 * units :]
        state = (1 - update) * np.tanh(new) + update * state
        entering = np.concatenate([gates, new], axis=1)
        yield RecurrentStep(from_input=from_input, from_state=from_state, entering=entering, state=state)


def _lstm(from_inputs: np.ndarray, weights_hidden: np.ndarray) -> Iterator[RecurrentStep]:
    units = weights_hidden.shape[1]
    state = cell = np.zeros((len(from_inputs), units), np.float32)
    for row in range(from_inputs.shape[1]):
        from_input, from_state = from_inputs[:, row], state @ weights_hidden.T
        entering = from_input + from_state
        written, kept, candidate, shown = np.split(entering, Lstm.GATES, axis=1)
        cell = _sigmoid(kept) * cell + _sigmoid(written) * np.tanh(candidate)
        state = _sigmoid(shown) * np.tanh(cell)
        yield RecurrentStep(from_input=from_input, from_state=from_state, entering=entering, state=state)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return np.float32(0.5) * (np.float32(1) + np.tanh(np.float32(0.5) * x))
