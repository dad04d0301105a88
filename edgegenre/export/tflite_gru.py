"""A step of the integer GRU in TFLite's own operators, with the integers of `edgegenre.integer.gru` in every runtime.

int16 matrix products with 64-bit biases and one weight scale a gate, int16 lookups, int16 ADD, SUB and MUL. No operator
of it rounds differently from one runtime to the next, because multipliers and accumulators are odd.
"""

import numpy as np

from edgegenre.export.tflite_graph import TfliteWriter, add_widened
from edgegenre.integer import int16
from edgegenre.integer.recurrent_gates import HIDDEN_BIAS
from edgegenre.integer.tensors import IntegerRecurrent, Quantization

RESET, UPDATE, NEW = range(3)

STATE = Quantization(scale=int16.STATE_SCALE, zero_point=0, bits=16)


def add_gru_step(writer: TfliteWriter, layer: IntegerRecurrent, row: int, state: int) -> int:
    """The state, int16 [1, units], after a row [1, 1, 1, channels]; int8, or int16 where the network is wide."""
    return _Step(writer, layer).next_state(row, state)


def add_output(writer: TfliteWriter, layer: IntegerRecurrent, state: int) -> int:
    """The state as the layers behind take it: int8 [1, units], named like the node."""
    return _as_int8(writer, layer, state, layer.node.name)


class _Step:
    """Operators on int16 [1, units], named "<node>/..."."""

    def __init__(self, writer: TfliteWriter, layer: IntegerRecurrent) -> None:
        self._writer, self._layer, self._name = writer, layer, layer.node.name
        self._entering = Quantization(scale=layer.gate_scale, zero_point=0, bits=16)

    def next_state(self, row: int, state: int) -> int:
        from_input = self._gates("input", self._widened_row(row))
        from_state = self._gates("state", self._rounded(state))
        reset, update = (
            self._lookup("LOGISTIC", self._sum(from_input[gate], from_state[gate], f"entering_{part}"), part)
            for gate, part in ((RESET, "reset"), (UPDATE, "update"))
        )
        gated = self._multiply(reset, from_state[NEW], "gated", self._entering)
        new = self._lookup("TANH", self._sum(from_input[NEW], gated, "entering_new"), "new")
        largest = np.full((1, self._layer.units), int16.INT16_HIGH, np.int16)
        one = self._writer.constant(f"{self._name}/one", largest, STATE)
        rest = self._operator("SUB", [one, update], "rest", STATE, "Sub", potScaleInt16=False)
        kept = self._multiply(update, state, "kept", STATE)
        taken = self._multiply(rest, new, "taken", STATE)
        return self._operator("ADD", [kept, taken], "next", STATE, "Add", potScaleInt16=False)

    def _widened_row(self, row: int) -> int:
        """An int8 row less its zero point, shifted left; an int16 one as it is."""
        layer = self._layer
        if layer.input.bits == 16:
            return row
        shape = (1, 1, 1, layer.weights_input.shape[1])
        target = Quantization(scale=layer.input_step, zero_point=0, bits=16)
        return add_widened(self._writer, f"{self._name}/row", shape, row, target)

    def _rounded(self, state: int) -> int:
        """The state rounded to int8, as int16 again."""
        rounded = _as_int8(self._writer, self._layer, state, f"{self._name}/rounded")
        return add_widened(self._writer, f"{self._name}/rounded", (1, self._layer.units), rounded, STATE)

    def _gates(self, part: str, operand: int) -> list[int]:
        """One matrix product a gate, as each has a weight scale of its own."""
        layer, writer = self._layer, self._writer
        if part == "input":
            weights, scales, bias, step = layer.weights_input, layer.scales_input, layer.bias, layer.input_step
        else:
            bias = np.full(len(layer.bias), HIDDEN_BIAS)
            weights, scales, step = layer.weights_hidden, layer.scales_hidden, int16.STATE_SCALE
        made = []
        for gate, scale in enumerate(scales):
            rows = slice(gate * layer.units, (gate + 1) * layer.units)
            name = f"{part}_{gate}"
            product_scale = np.array([step * float(scale)], np.float32)
            inputs = [
                operand,
                self._constant(f"{name}/weights", weights[rows], "INT8", scale.reshape(1)),
                self._constant(f"{name}/bias", bias[rows].astype("<i8"), "INT64", product_scale),
            ]
            options = writer.options("FullyConnected")
            output = writer.tensor(f"{self._name}/{name}", (1, layer.units), quantization=self._entering)
            made.append(writer.operator("FULLY_CONNECTED", 16, inputs, output, options))
        return made

    def _constant(self, name: str, values: np.ndarray, kind: str, scales: np.ndarray) -> int:
        return self._writer.tensor(f"{self._name}/{name}", values.shape, kind, scales=scales, data=values)

    def _sum(self, a: int, b: int, name: str) -> int:
        return self._operator("ADD", [a, b], name, self._entering, "Add", potScaleInt16=False)

    def _multiply(self, a: int, b: int, name: str, target: Quantization) -> int:
        return self._operator("MUL", [a, b], name, target, "Mul")

    def _lookup(self, operator: str, values: int, name: str) -> int:
        output = self._writer.tensor(f"{self._name}/{name}", (1, self._layer.units), quantization=STATE)
        return self._writer.operator(operator, 16, [values], output)

    def _operator(
        self, operator: str, inputs: list[int], name: str, target: Quantization, kind: str, **values: object
    ) -> int:
        output = self._writer.tensor(f"{self._name}/{name}", (1, self._layer.units), quantization=target)
        return self._writer.operator(operator, 16, inputs, output, self._writer.options(kind, **values))


def _as_int8(writer: TfliteWriter, layer: IntegerRecurrent, state: int, name: str) -> int:
    output = writer.tensor(name, (1, layer.units), quantization=layer.output)
    return writer.operator("QUANTIZE", 8, [state], output, writer.options("Quantize"))
