"""An IntegerNetwork as a streaming step: some feature frames and the state in, logits and the next state out."""

import json

import numpy as np

from edgegenre.export.onnx.graph import UINT8_OFFSET, Graph, QuantizedLayers, metadata_props
from edgegenre.export.onnx.recurrent import input_gates, next_state, quantized_output
from edgegenre.export.stream_layout import HIDDEN, LAYOUT_KEY, StateTensor, StreamLayout
from edgegenre.export.stream_plan import Stage, StreamPlan, stream_layout, stream_plan
from edgegenre.integer.recurrent import first_state
from edgegenre.integer.tensors import IntegerLayer, IntegerNetwork, IntegerRecurrent
from edgegenre.network.layers import WindowedLayer
from edgegenre.network.shape import Padding

POSITION = "position"
"""The state that counts steps; a feature window begins at 0."""

SUM = "sum"
"""The state that adds up the rows that have reached a pooled head."""


def stream_onnx_bytes(network: IntegerNetwork, metadata: str) -> bytes:
    """The .onnx file of one step; `edgegenre.export.stream_layout.StreamLayout` says how to drive it.

    Nothing is computed twice: a layer keeps only the rows that coming windows still need, fewer than its kernel has.
    After the last step the logits equal those of the whole window to the bit (arithmetic `float32`), and after any
    other step those of the numpy stream. Raises QuantizationError when the network is no streamable chain.
    """
    plan = stream_plan(network)
    layout = onnx_layout(plan)
    writer = _Step(plan)
    rows = writer.frames()
    for stage in plan.stages:
        rows = writer.stage(stage, rows)
    writer.head(rows)
    for state in layout.states:
        writer.graph.input(state.name, np.dtype(state.dtype).type, list(state.shape))
        writer.graph.output(state.next_name, np.dtype(state.dtype).type, list(state.shape))
    return writer.graph.finish(metadata_props(metadata) | {LAYOUT_KEY: json.dumps(layout.to_dict())})


def onnx_layout(plan: StreamPlan) -> StreamLayout:
    """Rows are kept unsigned with channels first; the step itself counts its position and its pooled sum."""
    states = [
        StateTensor(
            name=f"rows_{stage.layer.node.name}",
            dtype="uint8",
            shape=(1, stage.shape.channels, stage.history, stage.shape.frequency),
            fill=stage.layer.input.zero_point + UINT8_OFFSET,
        )
        for stage in plan.stages
        if stage.history > 0
    ]
    if isinstance(plan.head, IntegerRecurrent):
        states.append(StateTensor(name=HIDDEN, dtype="int16", shape=first_state(plan.head, 1).shape, fill=0))
    else:
        states.append(StateTensor(name=SUM, dtype="int32", shape=(1, plan.head_shape.channels, 1, 1), fill=0))
    states.append(StateTensor(name=POSITION, dtype="int32", shape=(1,), fill=0))
    return stream_layout(plan, states)


class _Step:
    """The graph of one step. Row tensors are uint8 [1, channels, rows, frequency]."""

    def __init__(self, plan: StreamPlan) -> None:
        self._plan = plan
        self.graph = Graph(f"{plan.network.network.name} streaming step")
        self._layers = QuantizedLayers(self.graph, np.uint8)

    def frames(self) -> str:
        """The step's frames, those after the window's last replaced by the zero point."""
        network, count = self._plan.network, self._plan.frames_per_step
        (only,) = network.network.inputs
        frames = self.graph.input(only.name, np.float32, [count, only.shape.frequency])
        axes = self.graph.constant("image_axes", np.array([0, 1]))
        image = self.graph.add("Unsqueeze", [frames, axes], f"{only.name}/image")
        rows = self._layers.quantize(image, network.input, f"{only.name}/q")
        if not self._plan.mask_input:
            return rows
        zero_point = self._layers.zero_point(network.input)
        return self._existing(rows, only.name, count, 0, only.shape.time, zero_point)

    def stage(self, stage: Stage, rows: str) -> str:
        """One windowed layer on its kept rows and the new ones."""
        name = stage.layer.node.name
        description: WindowedLayer = stage.layer.node.layer  # type: ignore[assignment]
        window = description.time_window(stage.shape)
        if stage.history > 0:
            kept = f"rows_{name}"
            rows = self.graph.add("Concat", [kept, rows], f"{name}/rows", axis=2)
            available = stage.history + stage.rows_in
            self._cut(rows, available - stage.history, available, f"{kept}_next")
        else:
            available = stage.rows_in
        first = max(0, -stage.history)
        last = first + (stage.rows_out - 1) * window.stride + window.kernel
        if (first, last) != (0, available):
            rows = self._cut(rows, first, last, f"{name}/used")
        sides = description.padding(stage.shape)
        padding = Padding(left=sides.left, right=sides.right)
        made = self._layers.layer(stage.layer, stage.shape, rows, padding)
        if not stage.masked:
            return made
        zero_point = self._layers.zero_point(stage.layer.output)
        total = description.output_shape(stage.shape).time
        return self._existing(made, name, stage.rows_out, stage.delay_out, total, zero_point)

    def head(self, rows: str) -> None:
        """What the head makes of the rows so far, then the dense layers."""
        graph, head = self.graph, self._plan.head
        vector = self._recurrent(head, rows) if isinstance(head, IntegerRecurrent) else self._pooled(head, rows)
        for layer, layer_shape in self._plan.tail:
            vector = self._layers.layer(layer, layer_shape, vector)
        output = self._plan.network.network.output.name
        real = self._layers.dequantize(vector, self._plan.network.output, f"{output}/real")
        graph.add("Flatten", [real], output, axis=1)
        graph.output(output, np.float32, [1, self._plan.network.network.classes])
        graph.add("Add", [POSITION, graph.constant("one_step", np.array([1], np.int32))], f"{POSITION}_next")

    def _recurrent(self, head: IntegerRecurrent, rows: str) -> str:
        """The state after the step's row; a row that does not exist leaves it as it is."""
        graph, name = self.graph, head.node.name
        axes = graph.constant(f"{name}/axes", np.array([2, 3]))
        gates = input_gates(graph, head, graph.add("Squeeze", [rows, axes], f"{name}/row"))
        before = graph.cast(HIDDEN, np.float64, f"{name}/before")
        made = next_state(graph, head, gates, before)
        exists = self._exists(name, 1, self._plan.delay, self._plan.head_shape.time)
        flat = graph.add("Reshape", [exists, graph.constant("flat", np.array([1]))], f"{name}/row_exists")
        state = graph.add("Where", [flat, made, before], f"{name}/after")
        graph.cast(state, np.int16, f"{HIDDEN}_next")
        return quantized_output(graph, self._layers, head, state)

    def _pooled(self, head: IntegerLayer, rows: str) -> str:
        """Add the rows to the running sum, and average it over the rows so far."""
        graph, name = self.graph, head.node.name
        zero_point = graph.constant(f"{name}/input_zero_point", np.int32(self._layers.zero_point(head.input)))
        whole = graph.cast(rows, np.int32, f"{name}/int32")
        centered = graph.add("Sub", [whole, zero_point], f"{name}/centered")
        axes = graph.constant(f"{name}/axes", np.array([2, 3]))
        added = graph.add("ReduceSum", [centered, axes], f"{name}/added", keepdims=1)
        total = graph.add("Add", [SUM, added], f"{SUM}_next")
        return self._mean(head, total)

    def _mean(self, head: IntegerLayer, total: str) -> str:
        """rint(float32(sum) * (s_x / (count * s_y))) + zero point: `integer.rows.global_average`, float32."""
        graph, shape, name = self.graph, self._plan.head_shape, head.node.name
        shift = graph.constant(f"{name}/shift", np.array([1 - self._plan.delay], np.int32))
        seen = graph.add("Add", [POSITION, shift], f"{name}/seen")
        least = graph.constant(f"{name}/least", np.array([1], np.int32))
        most = graph.constant(f"{name}/most", np.array([shape.time], np.int32))
        rows = graph.add("Min", [graph.add("Max", [seen, least], f"{name}/started"), most], f"{name}/row_count")
        width = graph.constant(f"{name}/width", np.array([shape.frequency], np.int32))
        count = graph.add("Mul", [rows, width], f"{name}/count")
        real_count = graph.cast(count, np.float32, f"{name}/real_count")
        output_scale = graph.constant(f"{name}/output_scale", np.float32(head.output.scale))
        divisor = graph.add("Mul", [real_count, output_scale], f"{name}/divisor")
        input_scale = graph.constant(f"{name}/input_scale", np.float32(head.input.scale))
        scale = graph.add("Div", [input_scale, divisor], f"{name}/scale")
        real_total = graph.cast(total, np.float32, f"{name}/real_total")
        steps = graph.add("Round", [graph.add("Mul", [real_total, scale], f"{name}/scaled")], f"{name}/steps")
        zero_point = graph.constant(f"{name}/zero_point", np.float32(head.output.zero_point + UINT8_OFFSET))
        moved = graph.add("Add", [steps, zero_point], f"{name}/moved")
        limits = [graph.constant("uint8_low", np.float32(0)), graph.constant("uint8_high", np.float32(255))]
        clipped = graph.add("Clip", [moved, *limits], f"{name}/clipped")
        return graph.cast(clipped, np.uint8, f"{name}/q")

    def _existing(self, rows: str, name: str, count: int, delay: int, total: int, zero_point: np.generic) -> str:
        """Replace rows outside [0, total) by the zero point."""
        exists = self._exists(name, count, delay, total)
        absent = self.graph.constant(f"{name}/absent", zero_point)
        return self.graph.add("Where", [exists, rows, absent], f"{name}/existing")

    def _exists(self, name: str, count: int, delay: int, total: int) -> str:
        """Which of a step's rows lie in [0, total): [1, 1, count, 1]; its first row is position * count - delay."""
        graph = self.graph
        offsets = graph.constant(f"{name}/offsets", np.arange(count, dtype=np.int32).reshape(1, 1, count, 1) - delay)
        factor = graph.constant(f"{name}/rows_per_step", np.array([count], np.int32))
        first = graph.add("Mul", [POSITION, factor], f"{name}/first_row")
        index = graph.add("Add", [first, offsets], f"{name}/row_index")
        below = graph.add("Less", [index, graph.constant(f"{name}/total", np.int32(total))], f"{name}/below")
        if delay == 0:
            return below
        started = graph.add("GreaterOrEqual", [index, graph.constant("row_zero", np.int32(0))], f"{name}/started")
        return graph.add("And", [started, below], f"{name}/exists")

    def _cut(self, rows: str, first: int, last: int, output: str) -> str:
        bounds = [np.array([value]) for value in (first, last, 2)]
        names = [f"{output}/{part}" for part in ("start", "end", "axis")]
        inputs = [self.graph.constant(name, value) for name, value in zip(names, bounds, strict=True)]
        return self.graph.add("Slice", [rows, *inputs], output)
