"""An IntegerNetwork as a streaming step: some feature frames and the state in, logits and the next state out."""

import dataclasses
import json

import numpy as np

from edgegenre.export.onnx.graph import Graph, metadata_props
from edgegenre.export.onnx.quantized import QuantizedGraph
from edgegenre.export.onnx.recurrent import UINT8_OFFSET, CellWriter
from edgegenre.export.steps import StepPlan, step_plan
from edgegenre.export.stream_layout import HIDDEN, LAYOUT_KEY, StateTensor, StreamLayout, stream_layout
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell, Largest, Mean, Operation, WeightedOperation
from edgegenre.integer.recurrent import first_state
from edgegenre.network.shape import Padding, Shape
from edgegenre.network.stream_plan import Rows

POSITION = "position"
"""The state that counts steps; a feature window begins at 0."""

SUM, LARGEST = "sum", "largest"
"""Before a head's name: the state that adds up the rows that have reached it, or holds their largest values."""


def stream_onnx_bytes(network: IntegerNetwork, metadata: str) -> bytes:
    """The .onnx file of one step; `edgegenre.export.stream_layout.StreamLayout` says how to drive it.

    Nothing is computed twice: of every tensor only the rows that coming windows still need are kept, fewer than a
    kernel has. After the last step the logits equal those of the whole window to the bit (arithmetic `float32`), and
    after any other step those of the numpy stream. Raises QuantizationError when the network cannot run as a stream,
    ExportError when it has no form in steps.
    """
    plan = step_plan(network)
    layout = onnx_layout(plan)
    writer = _Step(plan)
    writer.write()
    for state in layout.states:
        writer.graph.input(state.name, np.dtype(state.dtype).type, list(state.shape))
        writer.graph.output(state.next_name, np.dtype(state.dtype).type, list(state.shape))
    return writer.graph.finish(metadata_props(metadata) | {LAYOUT_KEY: json.dumps(layout.to_dict())})


def onnx_layout(plan: StepPlan) -> StreamLayout:
    """Rows are kept unsigned with channels first; the step itself counts its position and its heads' sums."""
    states = []
    for name, kept in plan.kept.items():
        shape = plan.shapes[name]
        fill = plan.quantizations[name].zero_point + UINT8_OFFSET
        dimensions = (1, shape.channels, kept, shape.frequency)
        states.append(StateTensor(name=f"rows_{name}", dtype="uint8", shape=dimensions, fill=fill))
    for operation in (*plan.rows, *plan.heads):
        states += _own_state(operation, plan.shapes[operation.inputs[0]])
    states.append(StateTensor(name=POSITION, dtype="int32", shape=(1,), fill=0))
    return stream_layout(plan, states)


def _own_state(operation: Operation, shape: Shape) -> list[StateTensor]:
    vector = (1, shape.channels, 1, 1)
    if isinstance(operation, Cell):
        values = first_state(operation, 1).shape
        return [StateTensor(name=f"{HIDDEN}_{operation.name}", dtype="int16", shape=values, fill=0)]
    if isinstance(operation, Mean):
        return [StateTensor(name=f"{SUM}_{operation.name}", dtype="int32", shape=vector, fill=0)]
    if isinstance(operation, Largest) and operation.window is None:
        return [StateTensor(name=f"{LARGEST}_{operation.name}", dtype="uint8", shape=vector, fill=0)]
    return []


class _Step:
    """The graph of one step. Row tensors are uint8 [1, channels, rows, frequency]."""

    def __init__(self, plan: StepPlan) -> None:
        self._plan = plan
        self.graph = Graph(f"{plan.network.name} streaming step")
        self._writer = QuantizedGraph(self.graph, np.uint8)
        self._new: dict[str, str] = {}
        self._available: dict[str, str] = {}

    def write(self) -> None:
        """Everything but the states' declarations."""
        graph, plan = self.graph, self._plan
        for item in plan.network.inputs:
            self._frames(item.name)
        for operation in plan.rows:
            self._made(operation.name, self._row_operation(operation))
        vectors = {operation.name: self._head(operation) for operation in plan.heads}
        for operation in plan.tail:
            read = [vectors[name] for name in operation.inputs]
            shapes = [plan.shapes[name] for name in operation.inputs]
            vectors[operation.name] = self._writer.add(operation, read, shapes)
        output = plan.network.logits.name
        real = self._writer.dequantize(vectors[output], plan.network.output, f"{output}/real")
        graph.add("Flatten", [real], output, axis=1)
        graph.output(output, np.float32, [1, plan.network.classes])
        graph.add("Add", [POSITION, graph.constant("one_step", np.array([1], np.int32))], f"{POSITION}_next")

    def _frames(self, name: str) -> None:
        """The step's frames of an input, quantized."""
        graph, shape, count = self.graph, self._plan.shapes[name], self._plan.stream.frames_per_step
        quantization = self._plan.quantizations[name]
        if shape.channels == 1:
            frames = graph.input(name, np.float32, [count, shape.frequency])
            axes = graph.constant("image_axes", np.array([0, 1]))
            image = graph.add("Unsqueeze", [frames, axes], f"{name}/image")
        else:
            frames = graph.input(name, np.float32, [count, shape.frequency, shape.channels])
            moved = graph.add("Transpose", [frames], f"{name}/moved", perm=[2, 0, 1])
            image = graph.add("Unsqueeze", [moved, graph.constant("clip_axis", np.array([0]))], f"{name}/image")
        self._made(name, self._writer.quantize(image, quantization, f"{name}/q"))

    def _made(self, name: str, rows: str) -> None:
        """Note the new rows of a tensor: masked where need be, and behind those that were kept."""
        if name in self._plan.masked:
            rows = self._existing(rows, name, self._writer.zero_point(self._plan.quantizations[name]), "existing")
        self._new[name] = rows
        kept = self._plan.kept.get(name, 0)
        if not kept:
            return
        joined = self.graph.add("Concat", [f"rows_{name}", rows], f"{name}/rows", axis=2)
        self._available[name] = joined
        count = self._plan.planned(name).rows
        self._cut(joined, count, count + kept, f"rows_{name}_next")

    def _row_operation(self, operation: Operation) -> str:
        """An operation that makes rows, on the kept rows and the new ones of each input."""
        if isinstance(operation, Cell):
            return self._recurrent(operation)
        made = self._plan.planned(operation.name)
        tensors, shapes = [], []
        for index, edge in enumerate(made.edges):
            source = self._plan.planned(edge.source)
            first, last = self._plan.cut(edge, made.rows)
            rows = self._available.get(edge.source, self._new[edge.source])
            if (first, last) != (0, self._plan.kept.get(edge.source, 0) + source.rows):
                rows = self._cut(rows, first, last, f"{operation.name}/used/{index}")
            tensors.append(rows)
            shapes.append(self._plan.shapes[edge.source]._replace(time=last - first))
        return self._writer.add(_without_padding_in_time(operation), tensors, shapes)

    def _head(self, operation: Operation) -> str:
        """What a head makes of the rows so far."""
        if isinstance(operation, Cell):
            return self._recurrent(operation)
        return self._pooled(operation) if isinstance(operation, Mean) else self._maximum(operation)

    def _recurrent(self, cell: Cell) -> str:
        """The output after the step's row; a row that does not exist leaves the state as it is."""
        graph, name, state = self.graph, cell.name, f"{HIDDEN}_{cell.name}"
        writer, source = CellWriter(graph, cell), self._plan.planned(cell.inputs[0])
        axes = graph.constant(f"{name}/row_axes", np.array([2, 3]))
        gates = writer.input_gates(graph.add("Squeeze", [self._new[cell.inputs[0]], axes], f"{name}/row"))
        before = graph.cast(state, np.float64, f"{name}/before")
        made = writer.next_state(gates, before)
        exists = self._exists(name, source)
        flat = graph.add("Reshape", [exists, graph.constant("flat", np.array([1]))], f"{name}/row_exists")
        after = graph.add("Where", [flat, made, before], f"{name}/after")
        graph.cast(after, np.int16, f"{state}_next")
        return writer.output(after)

    def _maximum(self, largest: Operation) -> str:
        """The largest values so far; rows outside the window do not count."""
        graph, name, source = self.graph, largest.name, largest.inputs[0]
        rows = self._existing(self._new[source], source, np.uint8(0), f"existing_for_{name}")
        window = [self._plan.planned(source).rows, self._plan.shapes[source].frequency]
        newest = graph.add("MaxPool", [rows], f"{name}/newest", kernel_shape=window, strides=window)
        return graph.add("Max", [f"{LARGEST}_{name}", newest], f"{LARGEST}_{name}_next")

    def _pooled(self, mean: Mean) -> str:
        """Add the rows to the running sum, and average it over the rows so far."""
        graph, name = self.graph, mean.name
        zero_point = graph.constant(f"{name}/input_zero_point", np.int32(self._writer.zero_point(mean.input)))
        whole = graph.cast(self._new[mean.inputs[0]], np.int32, f"{name}/int32")
        centered = graph.add("Sub", [whole, zero_point], f"{name}/centered")
        axes = graph.constant(f"{name}/axes", np.array([2, 3]))
        added = graph.add("ReduceSum", [centered, axes], f"{name}/added", keepdims=1)
        total = graph.add("Add", [f"{SUM}_{name}", added], f"{SUM}_{name}_next")
        return self._mean(mean, total)

    def _mean(self, mean: Mean, total: str) -> str:
        """rint(float32(sum) * (s_x / (count * s_y))) + zero point: `integer.rows.global_average`, float32."""
        graph, name, source = self.graph, mean.name, self._plan.planned(mean.inputs[0])
        per_step = graph.constant(f"{name}/rows_a_step", np.array([source.rows], np.int32))
        made = graph.add("Mul", [POSITION, per_step], f"{name}/rows_before")
        shift = graph.constant(f"{name}/shift", np.array([source.rows - source.delay], np.int32))
        seen = graph.add("Add", [made, shift], f"{name}/seen")
        least = graph.constant(f"{name}/least", np.array([1], np.int32))
        most = graph.constant(f"{name}/most", np.array([source.total], np.int32))
        rows = graph.add("Min", [graph.add("Max", [seen, least], f"{name}/started"), most], f"{name}/row_count")
        width = graph.constant(f"{name}/width", np.array([mean.extent[1]], np.int32))
        count = graph.add("Mul", [rows, width], f"{name}/count")
        real_count = graph.cast(count, np.float32, f"{name}/real_count")
        output_scale = graph.constant(f"{name}/output_scale", np.float32(mean.output.scale))
        divisor = graph.add("Mul", [real_count, output_scale], f"{name}/divisor")
        input_scale = graph.constant(f"{name}/input_scale", np.float32(mean.input.scale))
        scale = graph.add("Div", [input_scale, divisor], f"{name}/scale")
        real_total = graph.cast(total, np.float32, f"{name}/real_total")
        steps = graph.add("Round", [graph.add("Mul", [real_total, scale], f"{name}/scaled")], f"{name}/steps")
        zero_point = graph.constant(f"{name}/zero_point", np.float32(mean.output.zero_point + UINT8_OFFSET))
        moved = graph.add("Add", [steps, zero_point], f"{name}/moved")
        limits = [graph.constant("uint8_low", np.float32(0)), graph.constant("uint8_high", np.float32(255))]
        clipped = graph.add("Clip", [moved, *limits], f"{name}/clipped")
        return graph.cast(clipped, np.uint8, f"{name}/q")

    def _existing(self, rows: str, name: str, absent: np.generic, purpose: str) -> str:
        """Replace rows of the tensor `name` that lie outside the window by `absent`."""
        exists = self._exists(f"{name}/{purpose}", self._plan.planned(name))
        other = self.graph.constant(f"{name}/{purpose}/absent", absent)
        return self.graph.add("Where", [exists, rows, other], f"{name}/{purpose}")

    def _exists(self, name: str, rows: Rows) -> str:
        """Which of a step's rows lie in the window: [1, 1, count, 1]; the first one is position * count - delay."""
        graph, count = self.graph, rows.rows
        numbers = np.arange(count, dtype=np.int32).reshape(1, 1, count, 1) - np.int32(rows.delay)
        offsets = graph.constant(f"{name}/offsets", numbers)
        factor = graph.constant(f"{name}/rows_per_step", np.array([count], np.int32))
        first = graph.add("Mul", [POSITION, factor], f"{name}/first_row")
        index = graph.add("Add", [first, offsets], f"{name}/row_index")
        below = graph.add("Less", [index, graph.constant(f"{name}/total", np.int32(rows.total))], f"{name}/below")
        if rows.delay == 0:
            return below
        started = graph.add("GreaterOrEqual", [index, graph.constant("row_zero", np.int32(0))], f"{name}/started")
        return graph.add("And", [started, below], f"{name}/exists")

    def _cut(self, rows: str, first: int, last: int, output: str) -> str:
        bounds = [np.array([value]) for value in (first, last, 2)]
        names = [f"{output}/{part}" for part in ("start", "end", "axis")]
        inputs = [self.graph.constant(name, value) for name, value in zip(names, bounds, strict=True)]
        return self.graph.add("Slice", [rows, *inputs], output)


def _without_padding_in_time(operation: Operation) -> Operation:
    """The operation on rows that are all there: only the columns left and right are still added."""
    if not isinstance(operation, WeightedOperation):
        return operation
    padding = operation.window.padding
    window = dataclasses.replace(operation.window, padding=Padding(left=padding.left, right=padding.right))
    return dataclasses.replace(operation, window=window)
