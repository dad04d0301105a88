"""The integer GRU: int8 in, int16 state, int8 out; the same numbers on every engine and in both arithmetics.

A step, all values integers (`edgegenre.integer.int16` has the functions; n is the new gate, r reset, z update):

    input    = requantize(W_input . ((x - zero point) << 7) + bias)       three gates, int16 at gate_scale
    hidden   = requantize(W_hidden . (to_int8(h) << 8) + 1)               three gates, int16 at gate_scale
    r, z     = sigmoid(saturate(input + hidden))                          int16 at 2**-15
    n        = tanh(saturate(input + product(r, hidden)))
    h        = saturate(product(z, h) + product(32767 - z, n))

Biases are odd and products even, so accumulators are odd: with odd multipliers nothing is ever rounded from a tie. The
state enters products as int8, but is kept as int16: int8 states drift (measured: after 2000 slow steps 34 % of the
decisions agree with float; with this form 99.8 % after 20,000). An int16 input enters as it is; its accumulators may be
even, and a tie is then rounded up, as every engine's int16 matrix product does.
"""

import numpy as np

from edgegenre.integer import int16
from edgegenre.integer.tensors import IntegerGru, input_shift

HIDDEN_BIAS = 1
"""Of the product with the state: no real bias, but what makes the accumulator odd."""


def first_state(layer: IntegerGru, clips: int) -> np.ndarray:
    """The state before the first row: int64 [clips, units], zero."""
    return np.zeros((clips, layer.units), np.int64)


def step(layer: IntegerGru, row: np.ndarray, state: np.ndarray) -> np.ndarray:
    """One row, int8 or int16 [clips, channels], and the state, int16 values [clips, units], to the next state."""
    units = layer.units
    centered = (row.astype(np.int64) - layer.input.zero_point) << input_shift(layer.input)
    rounded = int16.to_int8(state) << int16.STATE_SHIFT
    from_input = _gates(centered, layer.weights_input, layer.bias, layer.input_multipliers)
    from_state = _gates(rounded, layer.weights_hidden, HIDDEN_BIAS, layer.hidden_multipliers)
    both = int16.sigmoid(int16.saturate((from_input + from_state)[:, : 2 * units]), layer.gate_scale)
    reset, update = both[:, :units], both[:, units:]
    gated = int16.product(reset, from_state[:, 2 * units :])
    new = int16.tanh(int16.saturate(from_input[:, 2 * units :] + gated), layer.gate_scale)
    return int16.saturate(int16.product(update, state) + int16.product(int16.INT16_HIGH - update, new))


def output(state: np.ndarray) -> np.ndarray:
    """The state as the layers behind take it: int8, scale 1/128."""
    return int16.to_int8(state).astype(np.int8)


def last_output(layer: IntegerGru, rows: np.ndarray) -> np.ndarray:
    """All rows of a window, int8 [clips, rows, 1, channels], to int8 [clips, units]."""
    state = first_state(layer, len(rows))
    for index in range(rows.shape[1]):
        state = step(layer, rows[:, index, 0], state)
    return output(state)


def _gates(
    operand: np.ndarray, weights: np.ndarray, bias: np.ndarray | int, multipliers: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    # float64 holds these sums exactly, and its matrix products are fast.
    accumulator = (operand.astype(np.float64) @ weights.T.astype(np.float64)).astype(np.int64) + bias
    each = len(weights) // 3
    multiplier, shift = (np.repeat(values, each) for values in multipliers)
    return int16.requantize(accumulator, multiplier, shift)
