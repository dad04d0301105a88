"""The integer LSTM, by the GRU's means: int8 in, int16 hidden state and cell, int8 out, one arithmetic on every engine.

A step, all values integers (gates i written, f kept, g candidate, o shown; i, f, o, g, h at 2**-15, cell at 2**-12):

    input    = requantize(W_input . ((x - zero point) << 7) + bias)       four gates, int16 at gate_scale
    hidden   = requantize(W_hidden . (to_int8(h) << 8) + 1)               four gates, int16 at gate_scale
    i, f, o  = sigmoid(saturate(input + hidden)),  g = tanh(saturate(input + hidden))
    cell     = saturate(product(f, cell) + product(i, g, shift 18))
    h        = product(o, tanh(rescaled(cell)))

The cell's scale is a power of two, so that its products round like all others; for the tanh it is taken to the nearest
scale that is none (`int16.lookup_multiplier`), one step of LiteRT's QUANTIZE.
"""

import numpy as np

from edgegenre.integer import int16
from edgegenre.integer.operations import Cell
from edgegenre.integer.recurrent_gates import entering

CELL_SHIFT = 12
"""The cell's scale is 2**-12: it reaches +-8, where the sigmoid's table ends."""

CELL_TANH_SCALE = 257 * 2.0**-20


def step(cell: Cell, row: np.ndarray, state: np.ndarray) -> np.ndarray:
    """One row, int8 or int16 [clips, channels], and hidden state and cell [clips, 2 * units] to the next ones."""
    from_input, from_state = entering(cell, row, state[:, : cell.units])
    written, kept, candidate, shown = np.split(int16.saturate(from_input + from_state), 4, axis=1)
    write, keep, show = (int16.sigmoid(gate, cell.gate_scale) for gate in (written, kept, shown))
    new = int16.product(write, int16.tanh(candidate, cell.gate_scale), shift=30 - CELL_SHIFT)
    after = int16.saturate(int16.product(keep, state[:, cell.units :]) + new)
    hidden = int16.product(show, int16.tanh(int16.rescale(after, 2.0**-CELL_SHIFT / CELL_TANH_SCALE), CELL_TANH_SCALE))
    return np.concatenate([hidden, after], axis=1)
