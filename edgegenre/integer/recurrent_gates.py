"""The two matrix products of a recurrent layer, up to its gates."""

import numpy as np

from edgegenre.integer import int16
from edgegenre.integer.operations import Cell
from edgegenre.integer.operations.cell import input_shift

HIDDEN_BIAS = 1


def entering(cell: Cell, row: np.ndarray, hidden: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the weights make of a row and of the hidden state: int16 values [clips, gates * units] each, at gate_scale.

    row: int8 or int16 [clips, channels]. hidden: int16 values [clips, units] at 2**-15.
    """
    centered = (row.astype(np.int64) - cell.input.zero_point) << input_shift(cell.input)
    rounded = int16.to_int8(hidden) << int16.STATE_SHIFT
    from_input = _product(cell, centered, cell.weights_input, cell.bias, cell.input_multipliers)
    return from_input, _product(cell, rounded, cell.weights_hidden, HIDDEN_BIAS, cell.hidden_multipliers)


def _product(
    cell: Cell,
    operand: np.ndarray,
    weights: np.ndarray,
    bias: np.ndarray | int,
    multipliers: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    # float64 holds these sums exactly, and its matrix products are fast.
    accumulator = (operand.astype(np.float64) @ weights.T.astype(np.float64)).astype(np.int64) + bias
    multiplier, shift = (np.repeat(values, cell.units) for values in multipliers)
    return int16.requantize(accumulator, multiplier, shift)
