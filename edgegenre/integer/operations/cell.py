"""Recurrent layers in integers: `edgegenre.integer.recurrent` computes them, alike in both arithmetics."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from edgegenre.integer import int16
from edgegenre.integer.operations.base import BaseOperation, positive
from edgegenre.integer.quantization import INT8_LOW, Quantization
from edgegenre.integer.requantize import LARGEST_ACCUMULATOR
from edgegenre.network.layers.base import ROW_BY_ROW, TimeWindow
from edgegenre.network.shape import Shape

CellKind = Literal["gru", "lstm"]
GATES: dict[CellKind, int] = {"gru": 3, "lstm": 4}
STATES: dict[CellKind, int] = {"gru": 1, "lstm": 2}
"""int16 vectors between rows: the hidden state, and the cell of an LSTM."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cell(BaseOperation):
    """A GRU or LSTM.

    weights_input: int8 [gates * units, channels] at scales_input; weights_hidden: int8 [gates * units, units] at
    scales_hidden; both in [-127, 127], gates in the layer's order. bias: int32 [gates * units], odd, at scale
    s_x / 128 * scales_input. scales_input, scales_hidden: float32, one a gate; float32 holds them exactly.
    gate_scale: of the int16 values that enter the gates, the input's scale times a power of two. returns_rows: the
    state after every row comes out, else the last one. output: the state as int8, scale 1/128, zero point 0.

    Proven: accumulators below 2**30, odd biases and multipliers, shifts of 16 to 32; so no rounding meets a tie.
    """

    kind: CellKind
    weights_input: np.ndarray
    weights_hidden: np.ndarray
    bias: np.ndarray
    scales_input: np.ndarray
    scales_hidden: np.ndarray
    gate_scale: float
    returns_rows: bool

    def __post_init__(self) -> None:
        self.require_inputs(1)
        self.require(self.kind in GATES, f"there is no cell '{self.kind}'")
        self._require_arrays()
        self.require(
            positive(self.input.scale, self.gate_scale, self.scales_input, self.scales_hidden),
            "a scale is zero, negative or not a number",
        )
        self.require(
            self.output == Quantization(scale=int16.OUTPUT_SCALE, zero_point=0),
            "a recurrent layer's output has scale 1/128 and zero point 0",
        )
        mantissa, _ = np.frexp(self.gate_scale)
        self.require(
            mantissa == np.frexp(self.input.scale)[0] and mantissa != 0.5 and mantissa * 512 == np.rint(mantissa * 512),
            "input and gates need one short mantissa in their scales, no power of two",
        )
        self.require(
            not (self.weights_input == INT8_LOW).any() and not (self.weights_hidden == INT8_LOW).any(),
            "weights must lie in [-127, 127]",
        )
        self.require(bool((self.bias % 2 != 0).all()), "every bias must be odd")
        self.require(self.largest_accumulator().max() < LARGEST_ACCUMULATOR, "an accumulator can reach 2**30")
        self._require_multipliers(self.scales_input, self.input_step, self.input_multipliers)
        self._require_multipliers(self.scales_hidden, int16.STATE_SCALE, self.hidden_multipliers)

    @property
    def gates(self) -> int:
        """Three of a GRU (reset, update, new), four of an LSTM (input, forget, cell, output)."""
        return GATES[self.kind]

    @property
    def states(self) -> int:
        """int16 vectors between rows."""
        return STATES[self.kind]

    @property
    def units(self) -> int:
        """Hidden units."""
        return self.weights_hidden.shape[1]

    @property
    def input_step(self) -> float:
        """Real value of one step of what enters the product: an int16 input, or an int8 one shifted left."""
        return recurrent_input_step(self.input)

    @property
    def input_multipliers(self) -> tuple[np.ndarray, np.ndarray]:
        """Multipliers and shifts for `int16.requantize`, one a gate: int64 each."""
        return _gate_multipliers(self.scales_input, self.gate_scale / self.input_step)

    @property
    def hidden_multipliers(self) -> tuple[np.ndarray, np.ndarray]:
        """The same for the product with the state."""
        return _gate_multipliers(self.scales_hidden, self.gate_scale / int16.STATE_SCALE)

    def largest_accumulator(self) -> np.ndarray:
        """The worst case of |accumulator| per row of weights, of either product: int64 [gates * units]."""
        reach = self.input.reach << input_shift(self.input)
        from_input = np.abs(self.weights_input.astype(np.int64)).sum(axis=1) * reach + np.abs(
            self.bias.astype(np.int64)
        )
        from_state = (np.abs(self.weights_hidden.astype(np.int64)).sum(axis=1) << 7 + int16.STATE_SHIFT) + 1
        return np.maximum(from_input, from_state)

    def time_windows(self, shape: Shape) -> tuple[TimeWindow, ...]:
        """Row by row where rows come out; none where the window is reduced to the last state."""
        return (ROW_BY_ROW,) if self.returns_rows else ()

    def output_shape(self, shape: Shape) -> Shape:
        """A vector, or [time, 1, units]."""
        wanted = self.weights_input.shape[1]
        self.require(
            shape.frequency == 1 and shape.channels == wanted,
            f"it reads rows of {tuple(shape)[1:]}, its weights are for (1, {wanted})",
        )
        return Shape(shape.time if self.returns_rows else 1, 1, self.units)

    def _require_arrays(self) -> None:
        self.require(self.weights_hidden.ndim == 2 and self.weights_input.ndim == 2, "weights have two axes")
        rows = self.gates * self.units
        expected = {
            "weights_input": (np.int8, (rows, self.weights_input.shape[1])),
            "weights_hidden": (np.int8, (rows, self.units)),
            "bias": (np.int32, (rows,)),
            "scales_input": (np.float32, (self.gates,)),
            "scales_hidden": (np.float32, (self.gates,)),
        }
        for name, (dtype, dimensions) in expected.items():
            array = getattr(self, name)
            self.require(
                array.dtype == dtype and array.shape == dimensions and array.size > 0,
                f"{name} is {array.dtype} {array.shape}, expected {dimensions}",
            )

    def _require_multipliers(
        self, scales: np.ndarray, step: float, multipliers_shifts: tuple[np.ndarray, np.ndarray]
    ) -> None:
        multipliers, shifts = multipliers_shifts
        exact = multipliers * 2.0**-shifts * (self.gate_scale / step) == scales.astype(np.float64)
        in_range = (shifts >= int16.SMALLEST_SHIFT) & (shifts <= int16.LARGEST_SHIFT)
        self.require(
            bool((exact & in_range & (multipliers % 2 == 1)).all()),
            "a gate's multiplier is not odd, or its shift lies outside 16 to 32",
        )


def input_shift(source: Quantization) -> int:
    """By how much a recurrent layer shifts its input left: int8 ones only."""
    return int16.INPUT_SHIFT if source.bits == 8 else 0


def recurrent_input_step(source: Quantization) -> float:
    """Real value of one step of what enters a recurrent layer's product with its input."""
    return float(np.float32(source.scale)) / (1 << input_shift(source))


def _gate_multipliers(scales: np.ndarray, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """scales = multiplier * 2**-shift * unit; exact, because the scales were made from such multipliers."""
    mantissa, exponent = np.frexp(scales.astype(np.float64) / unit)
    multipliers = mantissa * (1 << int16.MULTIPLIER_BITS)
    return np.rint(multipliers).astype(np.int64), int16.MULTIPLIER_BITS - exponent.astype(np.int64)
