"""An IntegerNetwork as a streaming .tflite step: feature frames and the state in, the next state out, all integers.

Everything that depends on the position comes from outside: masks for rows that the window does not have, and the mean
of an averaging head, whose divisor grows with every row. `StreamLayout` describes both.
"""

import dataclasses
import json

import numpy as np

from edgegenre.bundle import METADATA_KEY
from edgegenre.export.steps import StepPlan, step_plan
from edgegenre.export.stream_layout import (
    CELL,
    DECIDE,
    HEAD,
    HIDDEN,
    LAYOUT_KEY,
    ROW,
    STEP,
    MeanOutside,
    RowMask,
    StateTensor,
    StreamLayout,
    stream_layout,
)
from edgegenre.export.tflite.graph import TfliteWriter, add_reshaped, add_slice, add_widened
from edgegenre.export.tflite.operations import add_max_pool, add_operation, add_padded
from edgegenre.export.tflite.recurrent import CellWriter, states_of
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell, Largest, Mean, Operation, WeightedOperation
from edgegenre.integer.quantization import Quantization, read_as_int16
from edgegenre.network.shape import NO_PADDING, Padding
from edgegenre.network.stream_plan import Rows

LARGEST = "largest"
"""Before a head's name: the state that holds the largest values so far."""


def stream_tflite_bytes(network: IntegerNetwork, metadata: str) -> bytes:
    """The .tflite file of one step; `edgegenre.runtime.engines.litert_stream` drives it by the layout in its metadata.

    Exact against the numpy stream after every row, in either arithmetic as far as the engine's kernels have it. Raises
    QuantizationError when the network cannot run as a stream, ExportError when it has no form in steps,
    MissingDependencyError without flatbuffers or ai-edge-litert.
    """
    plan = step_plan(network)
    layout = tflite_layout(plan)
    writer = TfliteWriter(f"{network.name} streaming step")
    _Step(writer, plan, layout).write()
    if layout.means:
        writer.begin(DECIDE)
        vectors = {
            operation.name: writer.tensor(
                f"{HEAD}_{operation.name}", (1, *plan.shapes[operation.name]), quantization=operation.output
            )
            for operation in plan.heads
        }
        given = {f"{HEAD}_{name}": tensor for name, tensor in vectors.items()}
        writer.signature(DECIDE, given, {layout.output_name: _logits(writer, plan, vectors)})
    return writer.finish({METADATA_KEY: metadata, LAYOUT_KEY: json.dumps(layout.to_dict())})


def tflite_layout(plan: StepPlan) -> StreamLayout:
    """Rows are kept as int8 (int16 where the network is wide), channels last."""
    states, masks, means = [], [], []
    for name, kept in plan.kept.items():
        quantization, shape = _read_as(plan, name), plan.shapes[name]
        states.append(
            StateTensor(
                name=f"rows_{name}",
                dtype=np.dtype(quantization.dtype).name,
                shape=(1, kept, shape.frequency, shape.channels),
                fill=quantization.zero_point,
            )
        )
    averaged = {operation.inputs[0] for operation in plan.heads if isinstance(operation, Mean)}
    for name in plan.stream.rows:
        if name in plan.masked and not (name in averaged and _only_averaged(plan, name)):
            masks.append(_mask(f"exists_{name}", plan.planned(name)))
    for operation in (*plan.rows, *plan.heads):
        source = plan.planned(operation.inputs[0])
        if isinstance(operation, Cell):
            masks.append(_mask(f"exists_for_{operation.name}", source, axes=2))
            for kind, _ in zip((HIDDEN, CELL), states_of(operation), strict=False):
                states.append(
                    StateTensor(name=f"{kind}_{operation.name}", dtype="int16", shape=(1, operation.units), fill=0)
                )
        elif isinstance(operation, Largest) and operation.window is None:
            masks.append(_mask(f"exists_for_{operation.name}", source))
            vector = (1, *plan.shapes[operation.name])
            states.append(
                StateTensor(name=f"{LARGEST}_{operation.name}", dtype="int8", shape=vector, fill=operation.input.low)
            )
        elif isinstance(operation, Mean):
            means.append(
                MeanOutside(
                    name=operation.name,
                    input=operation.input,
                    output=operation.output,
                    rows=source.rows,
                    delay=source.delay,
                    total=source.total,
                )
            )
    return stream_layout(plan, states, masks, means)


def _read_as(plan: StepPlan, name: str) -> Quantization:
    """How row operations read a tensor: a wide network's inputs as int16."""
    inputs = {item.name for item in plan.network.inputs}
    quantization = plan.quantizations[name]
    return read_as_int16(quantization) if plan.network.wide and name in inputs else quantization


def _only_averaged(plan: StepPlan, name: str) -> bool:
    """Whether nobody but averages sees rows outside the window: they leave such rows out by themselves."""
    return not any(
        name in operation.inputs
        and isinstance(operation, WeightedOperation)
        and (operation.window.padding.top or operation.window.padding.bottom)
        for operation in plan.rows
    )


def _mask(name: str, rows: Rows, axes: int = 4) -> RowMask:
    shape = (1, rows.rows, 1, 1)[:axes]
    return RowMask(name=name, shape=shape, rows=rows.rows, delay=rows.delay, total=rows.total)


class _Step:
    """The subgraph of one step. Row tensors are [1, rows, frequency, channels]."""

    def __init__(self, writer: TfliteWriter, plan: StepPlan, layout: StreamLayout) -> None:
        self._writer, self._plan, self._layout = writer, plan, layout
        self._inputs: dict[str, int] = {}
        self._outputs: dict[str, int] = {}
        self._masked = {mask.name for mask in layout.masks}
        self._new: dict[str, int] = {}
        self._available: dict[str, int] = {}

    def write(self) -> None:
        """All of it, and its signature."""
        plan, writer = self._plan, self._writer
        frames = {}
        for item in plan.network.inputs:
            shape = (1, plan.stream.frames_per_step, *item.shape[1:])
            frames[item.name] = (shape, self._input(item.name, shape, item.quantization))
        for mask in self._layout.masks:
            self._inputs[mask.name] = writer.tensor(mask.name, mask.shape, "BOOL")
        for name, (shape, tensor) in frames.items():
            target = _read_as(plan, name)
            if target.bits == 16:
                tensor = add_widened(writer, name, shape, tensor, target)
            self._made(name, tensor, target)
        for operation in plan.rows:
            self._made(operation.name, self._row_operation(operation), operation.output)
        vectors = {}
        for operation in plan.heads:
            if isinstance(operation, Mean):
                self._outputs[f"{ROW}_{operation.name}"] = self._new[operation.inputs[0]]
            elif isinstance(operation, Cell):
                vectors[operation.name] = self._recurrent(operation)
            else:
                assert isinstance(operation, Largest)
                vectors[operation.name] = self._maximum(operation)
        if self._layout.means:
            self._outputs |= {f"{HEAD}_{name}": tensor for name, tensor in vectors.items()}
        else:
            self._outputs[self._layout.output_name] = _logits(writer, plan, vectors)
        writer.signature(STEP, self._inputs, self._outputs)

    def _made(self, name: str, rows: int, quantization: Quantization) -> None:
        """Note the new rows of a tensor: masked where need be, and behind those that were kept."""
        plan, writer = self._plan, self._writer
        count, (_, frequency, channels) = plan.planned(name).rows, plan.shapes[name]
        if f"exists_{name}" in self._masked:
            rows = self._existing(f"exists_{name}", name, rows, quantization, quantization.zero_point)
        self._new[name] = rows
        kept = plan.kept.get(name, 0)
        if not kept:
            return
        before = self._input(f"rows_{name}", (1, kept, frequency, channels), quantization)
        shape = (1, kept + count, frequency, channels)
        joined = writer.tensor(f"{name}/rows", shape, quantization=quantization)
        options = writer.options("Concatenation", axis=1)
        writer.operator("CONCATENATION", quantization.bits, [before, rows], joined, options)
        self._available[name] = joined
        following = self._cut(f"rows_{name}_next", name, joined, count, count + kept, quantization)
        self._outputs[f"rows_{name}_next"] = following

    def _row_operation(self, operation: Operation) -> int:
        """An operation that makes rows, on the kept rows and the new ones of each input."""
        plan, writer = self._plan, self._writer
        if isinstance(operation, Cell):
            return self._recurrent(operation)
        made = plan.planned(operation.name)
        tensors, shapes = [], []
        for index, edge in enumerate(made.edges):
            first, last = plan.cut(edge, made.rows)
            rows = self._available.get(edge.source, self._new[edge.source])
            if (first, last) != (0, plan.kept.get(edge.source, 0) + plan.planned(edge.source).rows):
                name = f"{operation.name}/used/{index}"
                rows = self._cut(name, edge.source, rows, first, last, operation.input)
            tensors.append(rows)
            shapes.append(plan.shapes[edge.source]._replace(time=last - first))
        if isinstance(operation, WeightedOperation):
            sides = Padding(left=operation.window.padding.left, right=operation.window.padding.right)
            if sides != NO_PADDING:
                tensors = [add_padded(writer, operation, tensors[0], shapes[0], sides)]
                shapes = [shapes[0]._replace(frequency=shapes[0].frequency + sides.left + sides.right)]
            window = dataclasses.replace(operation.window, padding=NO_PADDING)
            operation = dataclasses.replace(operation, window=window)
        return add_operation(writer, operation, tensors, shapes)

    def _recurrent(self, cell: Cell) -> int:
        """The output after the step's row; a row that does not exist leaves the states as they are."""
        writer = CellWriter(self._writer, cell)
        names = {
            f"{kind}_{cell.name}": quantization
            for kind, quantization in zip((HIDDEN, CELL), states_of(cell), strict=False)
        }
        before = [self._input(name, (1, cell.units), quantization) for name, quantization in names.items()]
        made = writer.next_states(writer.input_gates(self._new[cell.inputs[0]], 1), before)
        mask = self._inputs[f"exists_for_{cell.name}"]
        after = [
            self._chosen(mask, name, (1, cell.units), new, old, quantization)
            for (name, quantization), new, old in zip(names.items(), made, before, strict=True)
        ]
        self._outputs |= {f"{name}_next": tensor for name, tensor in zip(names, after, strict=True)}
        return writer.output(after[0])

    def _maximum(self, largest: Largest) -> int:
        """The largest values so far; rows outside the window do not count."""
        writer, source, state = self._writer, largest.inputs[0], f"{LARGEST}_{largest.name}"
        mask = f"exists_for_{largest.name}"
        rows = self._existing(mask, f"{source}/for/{largest.name}", self._new[source], largest.input, largest.input.low)
        shape = self._plan.shapes[source]._replace(time=self._plan.planned(source).rows)
        newest = add_max_pool(writer, f"{largest.name}/newest", largest, rows, shape, (shape.time, shape.frequency))
        vector = (1, *self._plan.shapes[largest.name])
        before = self._input(state, vector, largest.output)
        output = writer.tensor(largest.name, vector, quantization=largest.output)
        writer.operator("MAXIMUM", 8, [before, newest], output, writer.options("MaximumMinimum"))
        self._outputs[f"{state}_next"] = output
        return output

    def _input(self, name: str, shape: tuple[int, ...], quantization: Quantization) -> int:
        self._inputs[name] = self._writer.tensor(name, shape, quantization=quantization)
        return self._inputs[name]

    def _existing(self, mask: str, name: str, rows: int, quantization: Quantization, absent: int) -> int:
        """Rows outside the window replaced by `absent`."""
        fill = np.full((1, 1, 1, 1), absent, quantization.dtype)
        other = self._writer.constant(f"{name}/absent", fill, quantization)
        shape = tuple(self._writer.graph.tensors[rows].shape)
        return self._chosen(self._inputs[mask], name, shape, rows, other, quantization)

    def _chosen(
        self, mask: int, name: str, shape: tuple[int, ...], new: int, other: int, quantization: Quantization
    ) -> int:
        """`new` where the mask says that there is a row, else `other`."""
        output = self._writer.tensor(f"{name}/existing", shape, quantization=quantization)
        options = self._writer.options("SelectV2")
        return self._writer.operator("SELECT_V2", quantization.bits, [mask, new, other], output, options)

    def _cut(self, name: str, source: str, rows: int, first: int, last: int, quantization: Quantization) -> int:
        """Rows `first` to `last` of a tensor."""
        _, frequency, channels = self._plan.shapes[source]
        shape = (1, last - first, frequency, channels)
        return add_slice(self._writer, name, (0, first, 0, 0), shape, rows, quantization)


def _logits(writer: TfliteWriter, plan: StepPlan, vectors: dict[str, int]) -> int:
    """The operations behind the heads: [1, classes]."""
    made = dict(vectors)
    for operation in plan.tail:
        read = [made[name] for name in operation.inputs]
        made[operation.name] = add_operation(writer, operation, read, [plan.shapes[name] for name in operation.inputs])
    network = plan.network
    return add_reshaped(writer, "output", (1, network.classes), made[network.logits.name], network.output)
