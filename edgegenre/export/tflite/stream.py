"""An IntegerNetwork as a streaming .tflite step: feature frames and the state in, the next state out, all integers.

Everything that depends on the position comes from outside: masks for rows that the window does not have, and the mean
of a pooled head, whose divisor grows with every row. `StreamLayout` describes both.
"""

import json

import numpy as np

from edgegenre.bundle import METADATA_KEY
from edgegenre.export.stream_layout import (
    CELL,
    DECIDE,
    HIDDEN,
    LAYOUT_KEY,
    MEAN,
    ROW,
    STEP,
    MeanOutside,
    RowMask,
    StateTensor,
    StreamLayout,
)
from edgegenre.export.stream_plan import Stage, StreamPlan, stream_layout, stream_plan
from edgegenre.export.tflite.graph import TfliteWriter, add_dense, add_reshaped, add_slice, add_widened, add_windowed
from edgegenre.export.tflite.recurrent import TfliteRecurrent, states_of
from edgegenre.integer.tensors import IntegerNetwork, IntegerRecurrent, Quantization
from edgegenre.network.layers import WindowedLayer

_HEAD_MASK = "row_exists"


def stream_tflite_bytes(network: IntegerNetwork, metadata: str) -> bytes:
    """The .tflite file of one step; `edgegenre.runtime.engines.litert_stream` drives it by the layout in its metadata.

    Exact against the numpy stream after every row, in either arithmetic as far as the engine's kernels have it. Raises
    QuantizationError when the network is no streamable chain, MissingDependencyError without flatbuffers or
    ai-edge-litert.
    """
    plan = stream_plan(network)
    layout = tflite_layout(plan)
    writer = TfliteWriter(f"{network.network.name} streaming step")
    _Step(writer, plan, layout).write()
    if layout.mean is not None:
        writer.begin(DECIDE)
        shape = (1, 1, 1, plan.head_shape.channels)
        mean = writer.tensor(MEAN, shape, quantization=layout.mean.output)
        writer.signature(DECIDE, {MEAN: mean}, {layout.output_name: _logits(writer, plan, mean)})
    return writer.finish({METADATA_KEY: metadata, LAYOUT_KEY: json.dumps(layout.to_dict())})


def tflite_layout(plan: StreamPlan) -> StreamLayout:
    """Rows are kept as int8 (int16 where the network is wide), channels last."""
    states = [
        StateTensor(
            name=f"rows_{stage.layer.node.name}",
            dtype=np.dtype(stage.layer.input.dtype).name,
            shape=(1, stage.history, stage.shape.frequency, stage.shape.channels),
            fill=stage.layer.input.zero_point,
        )
        for stage in plan.stages
        if stage.history > 0
    ]
    (only,) = plan.network.network.inputs
    masks = [_mask(only.name, plan.frames_per_step, 0, only.shape.time)] if plan.mask_input else []
    inner = plan.stages if isinstance(plan.head, IntegerRecurrent) else plan.stages[:-1]
    for stage in inner:
        if stage.masked:
            description: WindowedLayer = stage.layer.node.layer  # type: ignore[assignment]
            total = description.output_shape(stage.shape).time
            masks.append(_mask(stage.layer.node.name, stage.rows_out, stage.delay_out, total))
    if isinstance(plan.head, IntegerRecurrent):
        masks.append(_head_mask(plan))
        for name in _state_names(plan.head):
            states.append(StateTensor(name=name, dtype="int16", shape=(1, plan.head.units), fill=0))
        return stream_layout(plan, states, masks)
    return stream_layout(plan, states, masks, MeanOutside(input=plan.head.input, output=plan.head.output))


def _state_names(head: IntegerRecurrent) -> dict[str, Quantization]:
    return dict(zip((HIDDEN, CELL), states_of(head), strict=False))


def _mask(tensor: str, rows: int, delay: int, total: int) -> RowMask:
    return RowMask(name=f"exists_{tensor}", shape=(1, rows, 1, 1), rows=rows, delay=delay, total=total)


def _head_mask(plan: StreamPlan) -> RowMask:
    return RowMask(name=_HEAD_MASK, shape=(1, 1), rows=1, delay=plan.delay, total=plan.head_shape.time)


class _Step:
    """The subgraph of one step. Row tensors are [1, rows, frequency, channels]."""

    def __init__(self, writer: TfliteWriter, plan: StreamPlan, layout: StreamLayout) -> None:
        self._writer, self._plan, self._layout = writer, plan, layout
        self._inputs: dict[str, int] = {}
        self._outputs: dict[str, int] = {}
        self._masked = {mask.name for mask in layout.masks}

    def write(self) -> None:
        """All of it, and its signature."""
        plan, writer = self._plan, self._writer
        (only,) = plan.network.network.inputs
        shape = (1, plan.frames_per_step, only.shape.frequency, 1)
        frames = self._input(only.name, shape, plan.network.input)
        for mask in self._layout.masks:
            self._inputs[mask.name] = writer.tensor(mask.name, mask.shape, "BOOL")
        rows = self._existing(only.name, shape, frames, plan.network.input)
        if plan.network.wide:
            rows = add_widened(writer, only.name, shape, rows, plan.network.layers[0].input)
        for stage in plan.stages:
            rows = self._stage(stage, rows)
        if isinstance(plan.head, IntegerRecurrent):
            self._outputs[self._layout.output_name] = _logits(writer, plan, self._recurrent(plan.head, rows))
        else:
            self._outputs[ROW] = rows
        writer.signature(STEP, self._inputs, self._outputs)

    def _stage(self, stage: Stage, rows: int) -> int:
        """One windowed layer on its kept rows and the new ones."""
        writer, layer = self._writer, stage.layer
        description: WindowedLayer = layer.node.layer  # type: ignore[assignment]
        name, source = layer.node.name, layer.input
        window = description.time_window(stage.shape)
        _, frequency, channels = stage.shape
        available = stage.rows_in
        if stage.history > 0:
            kept = self._input(f"rows_{name}", (1, stage.history, frequency, channels), source)
            available += stage.history
            shape = (1, available, frequency, channels)
            joined = writer.tensor(f"{name}/rows", shape, quantization=source)
            options = writer.options("Concatenation", axis=1)
            rows = writer.operator("CONCATENATION", source.bits, [kept, rows], joined, options)
            following = self._cut(f"rows_{name}_next", rows, stage.rows_in, available, stage)
            self._outputs[f"rows_{name}_next"] = following
        first = max(0, -stage.history)
        last = first + (stage.rows_out - 1) * window.stride + window.kernel
        if (first, last) != (0, available):
            rows = self._cut(f"{name}/used", rows, first, last, stage)
        sides = description.padding(stage.shape)
        if sides.left or sides.right:
            widths = np.array([[0, 0], [0, 0], [sides.left, sides.right], [0, 0]], np.int32)
            shape = (1, last - first, frequency + sides.left + sides.right, channels)
            padded = writer.tensor(f"{name}/padded", shape, quantization=source)
            inputs = [rows, writer.constant(f"{name}/padding", widths)]
            rows = writer.operator("PAD", source.bits, inputs, padded, writer.options("Pad"))
        made = add_windowed(writer, layer, description, stage.shape, rows, rows=stage.rows_out)
        made_shape = description.output_shape(stage.shape)
        return self._existing(name, (1, stage.rows_out, *made_shape[1:]), made, layer.output)

    def _recurrent(self, head: IntegerRecurrent, row: int) -> int:
        """The output after the step's row; a row that does not exist leaves the states as they are."""
        cell = TfliteRecurrent(self._writer, head)
        names = _state_names(head)
        before = [self._input(name, (1, head.units), quantization) for name, quantization in names.items()]
        made = cell.next_states(cell.input_gates(row, 1), before)
        after = [
            self._chosen(_HEAD_MASK, name, (1, head.units), new, old, quantization)
            for (name, quantization), new, old in zip(names.items(), made, before, strict=True)
        ]
        self._outputs |= {f"{name}_next": tensor for name, tensor in zip(names, after, strict=True)}
        return cell.output(after[0])

    def _input(self, name: str, shape: tuple[int, ...], quantization: Quantization) -> int:
        self._inputs[name] = self._writer.tensor(name, shape, quantization=quantization)
        return self._inputs[name]

    def _existing(self, name: str, shape: tuple[int, ...], rows: int, quantization: Quantization) -> int:
        """Rows outside the window replaced by the zero point, where there is a mask for them."""
        mask = f"exists_{name}"
        if mask not in self._masked:
            return rows
        absent = np.full((1, 1, 1, 1), quantization.zero_point, quantization.dtype)
        other = self._writer.constant(f"{name}/absent", absent, quantization)
        return self._chosen(mask, name, shape, rows, other, quantization)

    def _chosen(
        self, mask: str, name: str, shape: tuple[int, ...], new: int, other: int, quantization: Quantization
    ) -> int:
        """`new` where the mask says that there is a row, else `other`."""
        output = self._writer.tensor(f"{name}/existing", shape, quantization=quantization)
        inputs = [self._inputs[mask], new, other]
        return self._writer.operator("SELECT_V2", quantization.bits, inputs, output, self._writer.options("SelectV2"))

    def _cut(self, name: str, rows: int, first: int, last: int, stage: Stage) -> int:
        """Rows `first` to `last` of a stage's input."""
        _, frequency, channels = stage.shape
        shape = (1, last - first, frequency, channels)
        return add_slice(self._writer, name, (0, first, 0, 0), shape, rows, stage.layer.input)


def _logits(writer: TfliteWriter, plan: StreamPlan, vector: int) -> int:
    """The dense layers, [1, classes]."""
    for layer, _ in plan.tail:
        vector = add_dense(writer, layer, vector)
    network = plan.network
    return add_reshaped(writer, "output", (1, network.network.classes), vector, network.output)
