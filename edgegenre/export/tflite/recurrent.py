"""The integer GRU and LSTM in TFLite's own operators, with the numpy reference's integers in every runtime.

int16 matrix products with 64-bit biases and one weight scale a gate, int16 lookups, int16 ADD, SUB and MUL. None of
them rounds differently from one runtime to the next here, because multipliers and accumulators are odd.
"""

from collections.abc import Sequence

import numpy as np

from edgegenre.export.tflite.graph import TfliteWriter, add_reshaped, add_slice, add_widened
from edgegenre.integer import int16
from edgegenre.integer.lstm import CELL_SHIFT, CELL_TANH_SCALE
from edgegenre.integer.operations import Cell
from edgegenre.integer.quantization import Quantization
from edgegenre.integer.recurrent_gates import HIDDEN_BIAS

STATE = Quantization(scale=int16.STATE_SCALE, zero_point=0, bits=16)
_CELL = Quantization(scale=2.0**-CELL_SHIFT, zero_point=0, bits=16)
_CELL_FOR_TANH = Quantization(scale=CELL_TANH_SCALE, zero_point=0, bits=16)

_LSTM_LOOKUPS = ("LOGISTIC", "LOGISTIC", "TANH", "LOGISTIC")


def states_of(cell: Cell) -> tuple[Quantization, ...]:
    """The states between rows, int16 [1, units] each: the hidden state, and the cell of an LSTM."""
    return (STATE, _CELL) if cell.kind == "lstm" else (STATE,)


class CellWriter:
    """Writes one GRU or LSTM: its constants once, its operators for as many steps as are asked for."""

    def __init__(self, writer: TfliteWriter, cell: Cell) -> None:
        self._writer, self._cell, self._name = writer, cell, cell.name
        self._entering = Quantization(scale=cell.gate_scale, zero_point=0, bits=16)
        bias = np.full(len(cell.bias), HIDDEN_BIAS)
        self._hidden = self._constants(cell.weights_hidden, cell.scales_hidden, bias, int16.STATE_SCALE, "state")
        largest = np.full((1, cell.units), int16.INT16_HIGH, np.int16)
        self._one = writer.constant(f"{self._name}/one", largest, STATE)

    def input_gates(self, rows: int, count: int) -> list[int]:
        """The input's part of each gate, int16 [count, units], from rows [1, count, 1, channels] all at once.

        The rows are int8, or int16 in a wide network.
        """
        cell = self._cell
        if cell.input.bits == 8:
            shape = (1, count, 1, cell.weights_input.shape[1])
            target = Quantization(scale=cell.input_step, zero_point=0, bits=16)
            rows = add_widened(self._writer, f"{self._name}/rows", shape, rows, target)
        constants = self._constants(cell.weights_input, cell.scales_input, cell.bias, cell.input_step, "input")
        return self._products(rows, constants, (count, cell.units), "input")

    def next_states(self, from_input: Sequence[int], states: Sequence[int], at: str = "") -> list[int]:
        """The states after a row, from its part of each gate, int16 [1, units].

        at: put into the tensors' names, where there are several steps.
        """
        hidden, *inner = states
        rounded = self._as_int8(hidden, f"{self._name}/rounded{at}")
        shape = (1, self._cell.units)
        operand = add_widened(self._writer, f"{self._name}/rounded{at}", shape, rounded, STATE)
        from_state = self._products(operand, self._hidden, shape, f"state{at}")
        if inner:
            return self._lstm(from_input, from_state, inner[0], at)
        return [self._gru(from_input, from_state, hidden, at)]

    def _gru(self, from_input: Sequence[int], from_state: Sequence[int], hidden: int, at: str) -> int:
        """As `edgegenre.integer.gru`."""
        reset, update = (
            self._lookup("LOGISTIC", self._sum(pair, f"entering{at}", self._entering), f"gate{at}")
            for pair in zip(from_input[:2], from_state[:2], strict=True)
        )
        gated = self._multiply(reset, from_state[2], f"gated{at}", self._entering)
        new = self._lookup("TANH", self._sum((from_input[2], gated), f"entering{at}", self._entering), f"new{at}")
        rest = self._operator("SUB", (self._one, update), f"rest{at}", STATE, "Sub", potScaleInt16=False)
        kept = self._multiply(update, hidden, f"kept{at}", STATE)
        taken = self._multiply(rest, new, f"taken{at}", STATE)
        return self._sum((kept, taken), f"next{at}", STATE)

    def _lstm(self, from_input: Sequence[int], from_state: Sequence[int], cell: int, at: str) -> list[int]:
        """As `edgegenre.integer.lstm`."""
        write, keep, candidate, show = (
            self._lookup(kind, self._sum(pair, f"entering{at}", self._entering), f"gate{at}")
            for kind, *pair in zip(_LSTM_LOOKUPS, from_input, from_state, strict=True)
        )
        new = self._multiply(write, candidate, f"new{at}", _CELL)
        kept = self._multiply(keep, cell, f"kept{at}", _CELL)
        after = self._sum((kept, new), f"cell{at}", _CELL)
        rescaled = self._operator("QUANTIZE", (after,), f"rescaled{at}", _CELL_FOR_TANH, "Quantize")
        shown = self._lookup("TANH", rescaled, f"shown{at}")
        return [self._multiply(show, shown, f"next{at}", STATE), after]

    def window(self, source: int, rows: int) -> int:
        """All rows [1, rows, 1, channels] one after another, on one set of constants: int8 [1, 1 or rows, 1, units]."""
        writer, cell = self._writer, self._cell
        gates = self.input_gates(source, rows)
        zero = np.zeros((1, cell.units), np.int16)
        states = [
            writer.constant(f"{cell.name}/first_state/{number}", zero, quantization)
            for number, quantization in enumerate(states_of(cell))
        ]
        made = []
        for row in range(rows):
            parts = [
                add_slice(writer, f"{cell.name}/input/{row}/{gate}", (row, 0), (1, cell.units), values, self._entering)
                for gate, values in enumerate(gates)
            ]
            states = self.next_states(parts, states, f"/{row}")
            if cell.returns_rows:
                made.append(self._as_int8(states[0], f"{cell.name}/output/{row}"))
        if not cell.returns_rows:
            return self.output(states[0])
        joined = writer.tensor(f"{cell.name}/outputs", (rows, cell.units), quantization=cell.output)
        options = writer.options("Concatenation", axis=0)
        writer.operator("CONCATENATION", 8, made, joined, options)
        return add_reshaped(writer, cell.name, (1, rows, 1, cell.units), joined, cell.output)

    def output(self, hidden: int) -> int:
        """The hidden state as the operations behind take it: int8 [1, 1, 1, units], named like the cell."""
        flat = self._as_int8(hidden, f"{self._name}/output")
        return add_reshaped(self._writer, self._name, (1, 1, 1, self._cell.units), flat, self._cell.output)

    def _constants(
        self, weights: np.ndarray, scales: np.ndarray, bias: np.ndarray, step: float, part: str
    ) -> list[tuple[int, int]]:
        """Weights and bias of each gate, as each has a weight scale of its own."""
        made = []
        gates = len(scales)
        parts = zip(np.split(weights, gates), scales, np.split(bias, gates), strict=True)
        for gate, (rows, scale, offsets) in enumerate(parts):
            name = f"{self._name}/{part}/{gate}"
            product = np.array([step * float(scale)], np.float32)
            first = self._writer.tensor(f"{name}/weights", rows.shape, "INT8", scales=scale.reshape(1), data=rows)
            wide = offsets.astype("<i8")
            second = self._writer.tensor(f"{name}/bias", wide.shape, "INT64", scales=product, data=wide)
            made.append((first, second))
        return made

    def _products(
        self, operand: int, constants: Sequence[tuple[int, int]], shape: tuple[int, int], name: str
    ) -> list[int]:
        made = []
        for gate, (weights, bias) in enumerate(constants):
            output = self._writer.tensor(f"{self._name}/{name}/{gate}", shape, quantization=self._entering)
            options = self._writer.options("FullyConnected")
            made.append(self._writer.operator("FULLY_CONNECTED", 16, [operand, weights, bias], output, options))
        return made

    def _sum(self, operands: Sequence[int], name: str, target: Quantization) -> int:
        return self._operator("ADD", operands, name, target, "Add", potScaleInt16=False)

    def _multiply(self, a: int, b: int, name: str, target: Quantization) -> int:
        return self._operator("MUL", (a, b), name, target, "Mul")

    def _lookup(self, operator: str, values: int, name: str) -> int:
        output = self._writer.tensor(f"{self._name}/{name}", (1, self._cell.units), quantization=STATE)
        return self._writer.operator(operator, 16, [values], output)

    def _operator(
        self, operator: str, inputs: Sequence[int], name: str, target: Quantization, kind: str, **values: object
    ) -> int:
        output = self._writer.tensor(f"{self._name}/{name}", (1, self._cell.units), quantization=target)
        return self._writer.operator(operator, 16, list(inputs), output, self._writer.options(kind, **values))

    def _as_int8(self, state: int, name: str) -> int:
        output = self._writer.tensor(name, (1, self._cell.units), quantization=self._cell.output)
        return self._writer.operator("QUANTIZE", 8, [state], output, self._writer.options("Quantize"))
