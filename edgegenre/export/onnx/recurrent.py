"""The integer GRU and LSTM in ONNX: products of bytes, then float64, which holds every integer of them.

Tensors between the operators are float64 integers [..., values]. Multipliers are odd and so are accumulators: Round
never meets a tie there. Where the definition rounds twice (products, the state as int8), so does `_halved`.
"""

from collections.abc import Callable

import numpy as np

from edgegenre.export.onnx.graph import Graph
from edgegenre.integer import int16
from edgegenre.integer.lstm import CELL_SHIFT, CELL_TANH_SCALE
from edgegenre.integer.operations import Cell
from edgegenre.integer.operations.cell import CellKind
from edgegenre.integer.quantization import INT8_HIGH, INT8_LOW
from edgegenre.integer.recurrent import first_state
from edgegenre.integer.recurrent_gates import HIDDEN_BIAS

# A little more than 1, so that half a step is rounded away from zero. Nothing else changes: no other value of at most
# 30 bits lies so near to a half.
_AWAY = 1 + 2.0**-40
_PRODUCT_SHIFT, _OUTPUT_SHIFT = 15, 8

UINT8_OFFSET = 128


class CellWriter:
    """Adds a GRU or LSTM to a graph: a whole window of rows, or a row after another."""

    def __init__(self, graph: Graph, cell: Cell) -> None:
        self._graph, self._cell = graph, cell

    def window(self, tensor: str) -> str:
        """uint8 [clips, channels, time, 1] to uint8 [clips, units, 1 or time, 1], named "<name>/q"."""
        graph, cell, name = self._graph, self._cell, self._cell.name
        squeezed = graph.add(
            "Squeeze", [tensor, graph.constant(f"{name}/frequency_axis", np.array([3]))], f"{name}/rows"
        )
        rows = graph.add("Transpose", [squeezed], f"{name}/by_time", perm=[2, 0, 1])
        clips = graph.add("Shape", [tensor], f"{name}/clips", start=0, end=1)
        values = first_state(cell, 1).size
        count = graph.constant(f"{name}/values", np.array([values]))
        shape = graph.add("Concat", [clips, count], f"{name}/shape", axis=0)
        first = graph.add("Expand", [graph.constant(f"{name}/zero", np.float64(0)), shape], f"{name}/first_state")
        body = Graph(f"{name} step")
        before = body.input("before", np.float64, ["clips", values])
        gates = body.input("gates", np.float64, ["clips", len(cell.bias)])
        after = CellWriter(body, cell).next_state(gates, before)
        body.output(after, np.float64, ["clips", values])
        outputs = [f"{name}/state"]
        if cell.returns_rows:
            row = body.add("Identity", [_hidden_of(body, cell, after)], f"{name}/row")
            body.output(row, np.float64, ["clips", cell.units])
            outputs.append(f"{name}/states")
        operands = [first, self.input_gates(rows)]
        graph.add_all("Scan", operands, outputs, body=body.built(), num_scan_inputs=1)
        if not cell.returns_rows:
            return self.output(outputs[0])
        steps = graph.cast(_as_int8(graph, outputs[1], f"{name}/output"), np.float32, f"{name}/output/float32")
        ordered = graph.add("Transpose", [steps], f"{name}/output/ordered", perm=[1, 2, 0])
        image = graph.add(
            "Unsqueeze", [ordered, graph.constant(f"{name}/output/axes", np.array([3]))], f"{name}/output/image"
        )
        return self._unsigned(image)

    def output(self, state: str) -> str:
        """What comes out of the state: uint8 [clips, units, 1, 1], named "<name>/q"."""
        graph, name = self._graph, f"{self._cell.name}/output"
        hidden = _hidden_of(graph, self._cell, state)
        steps = graph.cast(_as_int8(graph, hidden, name), np.float32, f"{name}/float32")
        axes = graph.constant(f"{name}/axes", np.array([2, 3]))
        return self._unsigned(graph.add("Unsqueeze", [steps, axes], f"{name}/image"))

    def input_gates(self, rows: str) -> str:
        """The input's part of all gates, [..., gates * units], of uint8 rows [..., channels] (zero point raised).

        Rows do not depend on the state, so that all rows of a window may come at once.
        """
        cell, name = self._cell, f"{self._cell.name}/input"
        zero_point = np.uint8(cell.input.zero_point + UINT8_OFFSET)
        total = _product_of_bytes(self._graph, rows, zero_point, cell.weights_input, name)
        return _requantized(self._graph, total, 1 << int16.INPUT_SHIFT, cell.bias, cell.input_multipliers, name)

    def next_state(self, from_input: str, state: str) -> str:
        """The state [clips, states * units] after a row whose part of the gates is `from_input`."""
        return _NEXT[self._cell.kind](self._graph, self._cell, from_input, state)

    def _unsigned(self, steps: str) -> str:
        """int8 steps, held as float32, to uint8."""
        name = self._cell.name
        offset = self._graph.constant(f"{name}/output/offset", np.float32(UINT8_OFFSET))
        raised = self._graph.add("Add", [steps, offset], f"{name}/output/raised")
        return self._graph.cast(raised, np.uint8, f"{name}/q")


def _hidden_of(graph: Graph, cell: Cell, state: str) -> str:
    """The hidden state [clips, units]: the first part of the state, or all of it."""
    if cell.kind != "lstm":
        return state
    name = cell.name
    hidden, _ = graph.split(state, [cell.units] * 2, [f"{name}/hidden", f"{name}/cell"], axis=-1)
    return hidden


def _next_gru(graph: Graph, cell: Cell, from_input: str, state: str) -> str:
    name, units = cell.name, cell.units
    high = graph.constant("int16_high", np.float64(int16.INT16_HIGH))
    from_state = _state_gates(graph, cell, state)
    gates, new = [], []
    for tensor, part in ((from_input, "input"), (from_state, "state")):
        gates.append(f"{name}/{part}/reset_update")
        new.append(f"{name}/{part}/new")
        graph.split(tensor, [2 * units, units], [gates[-1], new[-1]], axis=-1)
    both = _sigmoid(graph, cell, graph.add("Add", gates, f"{name}/entering_gates"), f"{name}/sigmoid")
    reset, update = graph.split(both, [units, units], [f"{name}/reset", f"{name}/update"], axis=-1)
    gated = _product(graph, reset, new[1], f"{name}/gated")
    candidate = _tanh(graph, cell, graph.add("Add", [new[0], gated], f"{name}/entering_new"), f"{name}/tanh")
    kept = _product(graph, update, state, f"{name}/kept")
    taken = _product(graph, graph.add("Sub", [high, update], f"{name}/rest"), candidate, f"{name}/taken")
    return _saturated(graph, graph.add("Add", [kept, taken], f"{name}/sum"), f"{name}/next")


def _next_lstm(graph: Graph, cell: Cell, from_input: str, state: str) -> str:
    name, units = cell.name, cell.units
    hidden, inner = graph.split(state, [units, units], [f"{name}/before/hidden", f"{name}/before/cell"], axis=-1)
    entering = graph.add("Add", [from_input, _state_gates(graph, cell, hidden)], f"{name}/entering")
    parts = [f"{name}/entering/{part}" for part in ("write_keep", "candidate", "show")]
    graph.split(entering, [2 * units, units, units], parts, axis=-1)
    both = _sigmoid(graph, cell, parts[0], f"{name}/write_keep")
    write, keep = graph.split(both, [units, units], [f"{name}/write", f"{name}/keep"], axis=-1)
    candidate = _tanh(graph, cell, parts[1], f"{name}/candidate")
    show = _sigmoid(graph, cell, parts[2], f"{name}/show")
    new = _product(graph, write, candidate, f"{name}/new", shift=30 - CELL_SHIFT)
    kept = _product(graph, keep, inner, f"{name}/kept")
    after = _saturated(graph, graph.add("Add", [kept, new], f"{name}/sum"), f"{name}/after/cell")
    rescaled = int16.rescale(_every_int16(), 2.0**-CELL_SHIFT / CELL_TANH_SCALE)
    table = int16.tanh(rescaled, CELL_TANH_SCALE)
    shown = _looked_up(graph, after, table, f"{name}/cell_table", f"{name}/shown")
    made = _product(graph, show, shown, f"{name}/after/hidden")
    return graph.add("Concat", [made, after], f"{name}/next", axis=-1)


def _sigmoid(graph: Graph, cell: Cell, entering: str, name: str) -> str:
    table = int16.sigmoid(_every_int16(), cell.gate_scale)
    return _looked_up(graph, entering, table, f"{cell.name}/sigmoid_table", name)


def _tanh(graph: Graph, cell: Cell, entering: str, name: str) -> str:
    table = int16.tanh(_every_int16(), cell.gate_scale)
    return _looked_up(graph, entering, table, f"{cell.name}/tanh_table", name)


def _as_int8(graph: Graph, hidden: str, name: str) -> str:
    """The hidden state [clips, units] as int8 steps of 1/128, still float64."""
    rounded = _halved(graph, hidden, _OUTPUT_SHIFT, f"{name}/rounded")
    limits = [graph.constant("int8_low", np.float64(INT8_LOW)), graph.constant("int8_high", np.float64(INT8_HIGH))]
    return graph.add("Clip", [rounded, *limits], f"{name}/steps")


def _state_gates(graph: Graph, cell: Cell, hidden: str) -> str:
    name = f"{cell.name}/state"
    zero_point = np.uint8(UINT8_OFFSET)
    raised = graph.add(
        "Add",
        [_as_int8(graph, hidden, name), graph.constant("uint8_offset", np.float64(UINT8_OFFSET))],
        f"{name}/raised",
    )
    operand = graph.cast(raised, np.uint8, f"{name}/uint8")
    total = _product_of_bytes(graph, operand, zero_point, cell.weights_hidden, name)
    bias = np.full(len(cell.bias), HIDDEN_BIAS)
    return _requantized(graph, total, 1 << int16.STATE_SHIFT, bias, cell.hidden_multipliers, name)


def _product_of_bytes(graph: Graph, rows: str, zero_point: np.uint8, weights: np.ndarray, name: str) -> str:
    """MatMulInteger on uint8 by uint8: exact on every processor, while uint8 by int8 saturates without VNNI."""
    raised = (weights.T.astype(np.int16) + UINT8_OFFSET).astype(np.uint8)
    operands = [
        rows,
        graph.constant(f"{name}/weights", raised),
        graph.constant(f"{name}/zero_point", zero_point),
        graph.constant("weights_zero_point", np.uint8(UINT8_OFFSET)),
    ]
    return graph.cast(graph.add("MatMulInteger", operands, f"{name}/product"), np.float64, f"{name}/total")


def _requantized(
    graph: Graph, total: str, unit: int, bias: np.ndarray, multipliers: tuple[np.ndarray, np.ndarray], name: str
) -> str:
    """`int16.requantize` of unit * total + bias; everything below 2**45, and exact."""
    multiplier, shift = multipliers
    scale = np.repeat(multiplier * 2.0**-shift, len(bias) // len(multiplier))
    scaled = graph.add("Mul", [total, graph.constant(f"{name}/scales", unit * scale)], f"{name}/scaled")
    moved = graph.add("Add", [scaled, graph.constant(f"{name}/bias", bias * scale)], f"{name}/moved")
    return _saturated(graph, graph.add("Round", [moved], f"{name}/whole"), f"{name}/gates")


def _product(graph: Graph, a: str, b: str, name: str, *, shift: int = _PRODUCT_SHIFT) -> str:
    """`int16.product`; one factor is never negative, so that nothing needs to be clipped."""
    return _halved(graph, graph.add("Mul", [a, b], f"{name}/exact"), shift, name)


def _halved(graph: Graph, values: str, shift: int, name: str) -> str:
    """values * 2**-shift, rounded to 2**(shift - 1) half up, then half away from zero."""
    one, half = graph.constant("one", np.float64(1)), graph.constant("half", np.float64(0.5))
    moved = graph.add("Mul", [graph.add("Add", [values, one], f"{name}/plus_one"), half], f"{name}/half")
    whole = graph.add("Floor", [moved], f"{name}/half_up")
    rest = graph.constant(f"away_{shift - 1}", np.float64(2.0 ** (1 - shift) * _AWAY))
    return graph.add("Round", [graph.add("Mul", [whole, rest], f"{name}/scaled")], name)


def _looked_up(graph: Graph, entering: str, table: np.ndarray, table_name: str, name: str) -> str:
    """The entries of `table` (by int16 value) at saturated values."""
    # Negative indices count from the end, so that the values are indices.
    turned = np.roll(table, int16.INT16_LOW).astype(np.int16)
    place = graph.cast(_saturated(graph, entering, f"{name}/saturated"), np.int32, f"{name}/place")
    found = graph.add("Gather", [graph.constant(table_name, turned), place], f"{name}/int16")
    return graph.cast(found, np.float64, name)


def _every_int16() -> np.ndarray:
    return np.arange(int16.INT16_LOW, int16.INT16_HIGH + 1)


def _saturated(graph: Graph, values: str, name: str) -> str:
    limits = [("int16_low", int16.INT16_LOW), ("int16_high", int16.INT16_HIGH)]
    return graph.add("Clip", [values, *(graph.constant(key, np.float64(value)) for key, value in limits)], name)


_NEXT: dict[CellKind, Callable[[Graph, Cell, str, str], str]] = {"gru": _next_gru, "lstm": _next_lstm}
