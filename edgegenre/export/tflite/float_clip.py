"""A FloatNetwork as a float .tflite: what LiteRT's float kernels are measured with. Not a file of a bundle.

Recurrent layers are unrolled, a row after another: TFLite has no GRU of torch's form.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from edgegenre.errors import ExportError
from edgegenre.export.tflite.graph import TfliteWriter
from edgegenre.network.float_layers import Arrays
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.layers import (
    Add,
    AnyLayer,
    AveragePool,
    Concat,
    Convolution,
    Dense,
    DepthwiseConv,
    Elu,
    Flatten,
    FlattenRows,
    GlobalAverage,
    GlobalMax,
    Gru,
    LeakyRelu,
    Lstm,
    MaxPool,
    RecurrentLayer,
    Transpose,
)
from edgegenre.network.shape import NO_PADDING, Shape, same_padding

_BITS = 32


def float_tflite_bytes(network: FloatNetwork) -> bytes:
    """The .tflite file: normalized float32 [1, time, frequency, channels] in, float32 logits [1, classes] out.

    Equals `FloatNetwork.forward` within float32 rounding. Raises MissingDependencyError without flatbuffers or
    ai-edge-litert.
    """
    writer = FloatWriter(network)
    tensors = {item.name: writer.tensor(item.name, (1, *item.shape)) for item in network.network.inputs}
    writer.file.graph.inputs = list(tensors.values())
    for node, shapes in network.network.with_shapes():
        read = [tensors[name] for name in node.inputs]
        made = (1, *node.layer.output_shape(*shapes))
        tensors[node.name] = WRITERS[type(node.layer)](writer, node.layer, node.name, read, shapes, made)
    logits = tensors[network.network.output.name]
    writer.file.graph.outputs = [writer.reshaped("output", logits, (1, network.network.classes))]
    return writer.file.finish({})


class FloatWriter:
    """A file and the arrays it is made of. Tensors are [1, time, frequency, channels], float32."""

    def __init__(self, network: FloatNetwork) -> None:
        self.file = TfliteWriter(network.network.name)
        self._arrays = network.arrays

    def arrays(self, name: str) -> Arrays:
        """Those of the layer `name`, in float32."""
        return {key: array.astype(np.float32) for key, array in self._arrays[name].items()}

    def tensor(self, name: str, shape: tuple[int, ...]) -> int:
        """An activation."""
        return self.file.tensor(name, shape, "FLOAT32")

    def constant(self, name: str, values: np.ndarray) -> int:
        """A constant of its own type."""
        return self.file.constant(name, values)

    def operator(
        self, kind: str, inputs: list[int], name: str, shape: tuple[int, ...], options: str = "", **values: Any
    ) -> int:
        """An operator whose output is called `name`. options: the schema's option type, of these values."""
        given = self.file.options(options, **values) if options else None
        return self.file.operator(kind, _BITS, inputs, self.tensor(name, shape), given)

    def reshaped(self, name: str, source: int, shape: tuple[int, ...]) -> int:
        """The same values in another shape."""
        wanted = self.constant(f"{name}/shape", np.array(shape, np.int32))
        return self.operator("RESHAPE", [source, wanted], name, shape, "Reshape", newShape=list(shape))

    def sliced(self, name: str, source: int, begin: tuple[int, ...], shape: tuple[int, ...]) -> int:
        """The part of `source` that has `shape` and begins at `begin`."""
        first = self.constant(f"{name}/begin", np.array(begin, np.int32))
        size = self.constant(f"{name}/size", np.array(shape, np.int32))
        return self.operator("SLICE", [source, first, size], name, shape, "Slice")

    def product(self, name: str, source: int, weights: int, bias: int, shape: tuple[int, ...]) -> int:
        """A matrix product over the last axis of `source`, [rows, values]."""
        return self.operator(
            "FULLY_CONNECTED", [source, weights, bias], name, shape, "FullyConnected", keepNumDims=True
        )


Made = tuple[int, ...]


def _convolution(
    writer: FloatWriter,
    layer: Convolution | DepthwiseConv,
    name: str,
    read: list[int],
    shapes: Sequence[Shape],
    made: Made,
) -> int:
    schema, arrays, (shape,), (source,) = writer.file.schema, writer.arrays(name), shapes, read
    borders, padding = layer.borders(shape), schema.Padding.SAME
    if borders == NO_PADDING:
        padding = schema.Padding.VALID
    elif borders != same_padding(shape, layer.kernel, layer.stride):
        raise ExportError(f"layer '{name}': its padding has no float .tflite form.")
    depthwise = isinstance(layer, DepthwiseConv)
    activation = schema.ActivationFunctionType
    values = {
        "padding": padding,
        "strideH": layer.stride[0],
        "strideW": layer.stride[1],
        "dilationHFactor": 1,
        "dilationWFactor": 1,
        "fusedActivationFunction": activation.RELU if layer.activation == "relu" else activation.NONE,
    }
    weights = arrays["weights"][np.newaxis] if depthwise else arrays["weights"]
    operands = [source, writer.constant(f"{name}/weights", weights), writer.constant(f"{name}/bias", arrays["bias"])]
    if depthwise:
        return writer.operator(
            "DEPTHWISE_CONV_2D", operands, name, made, "DepthwiseConv2D", **values, depthMultiplier=1
        )
    return writer.operator("CONV_2D", operands, name, made, "Conv2D", **values)


def _pool(
    writer: FloatWriter, layer: AveragePool | MaxPool, name: str, read: list[int], shapes: Sequence[Shape], made: Made
) -> int:
    kind = "MAX_POOL_2D" if isinstance(layer, MaxPool) else "AVERAGE_POOL_2D"
    return _pooled(writer, kind, layer.window, name, read, made)


def _pooled(writer: FloatWriter, kind: str, window: tuple[int, int], name: str, read: list[int], made: Made) -> int:
    schema = writer.file.schema
    return writer.operator(
        kind,
        read,
        name,
        made,
        "Pool2D",
        padding=schema.Padding.VALID,
        strideH=window[0],
        strideW=window[1],
        filterHeight=window[0],
        filterWidth=window[1],
        fusedActivationFunction=schema.ActivationFunctionType.NONE,
    )


def _global_average(
    writer: FloatWriter, layer: GlobalAverage, name: str, read: list[int], shapes: Sequence[Shape], made: Made
) -> int:
    axes = writer.constant(f"{name}/axes", np.array([1, 2], np.int32))
    return writer.operator("MEAN", [*read, axes], name, made, "Reducer", keepDims=True)


def _global_max(
    writer: FloatWriter, layer: GlobalMax, name: str, read: list[int], shapes: Sequence[Shape], made: Made
) -> int:
    return _pooled(writer, "MAX_POOL_2D", shapes[0][:2], name, read, made)


def _leaky_relu(
    writer: FloatWriter, layer: LeakyRelu, name: str, read: list[int], shapes: Sequence[Shape], made: Made
) -> int:
    return writer.operator("LEAKY_RELU", read, name, made, "LeakyRelu", alpha=layer.slope)


def _elu(writer: FloatWriter, layer: Elu, name: str, read: list[int], shapes: Sequence[Shape], made: Made) -> int:
    return writer.operator("ELU", read, name, made)


def _add(writer: FloatWriter, layer: Add, name: str, read: list[int], shapes: Sequence[Shape], made: Made) -> int:
    return writer.operator("ADD", read, name, made, "Add")


def _concat(writer: FloatWriter, layer: Concat, name: str, read: list[int], shapes: Sequence[Shape], made: Made) -> int:
    return writer.operator("CONCATENATION", read, name, made, "Concatenation", axis=3)


def _flattened(
    writer: FloatWriter,
    layer: Flatten | FlattenRows,
    name: str,
    read: list[int],
    shapes: Sequence[Shape],
    made: Made,
) -> int:
    return writer.reshaped(name, read[0], made)


def _transpose(
    writer: FloatWriter, layer: Transpose, name: str, read: list[int], shapes: Sequence[Shape], made: Made
) -> int:
    order = writer.constant(f"{name}/order", np.array([0, 2, 1, 3], np.int32))
    return writer.operator("TRANSPOSE", [*read, order], name, made, "Transpose")


def _dense(writer: FloatWriter, layer: Dense, name: str, read: list[int], shapes: Sequence[Shape], made: Made) -> int:
    arrays = writer.arrays(name)
    weights, bias = (writer.constant(f"{name}/{key}", arrays[key]) for key in ("weights", "bias"))
    return writer.product(name, read[0], weights, bias, made)


def _recurrent(
    writer: FloatWriter, layer: RecurrentLayer, name: str, read: list[int], shapes: Sequence[Shape], made: Made
) -> int:
    cell = _Cell(writer, layer, name)
    rows = cell.rows(writer.reshaped(f"{name}/steps", read[0], (shapes[0].time, shapes[0].channels)), shapes[0].time)
    if not layer.returns_rows:
        return writer.reshaped(name, rows[-1], made)
    joined = writer.operator("CONCATENATION", rows, f"{name}/rows", (len(rows), layer.units), "Concatenation", axis=0)
    return writer.reshaped(name, joined, made)


class _Cell:
    """An unrolled GRU or LSTM: its constants once, its operators for every row."""

    def __init__(self, writer: FloatWriter, layer: RecurrentLayer, name: str) -> None:
        self._writer, self._layer, self._name = writer, layer, name
        arrays, gates = writer.arrays(name), layer.GATES
        self._input = self._gates("weights_input", arrays["weights_input"], arrays["bias"], gates)
        self._hidden = self._gates("weights_hidden", arrays["weights_hidden"], np.zeros_like(arrays["bias"]), gates)

    def rows(self, steps: int, count: int) -> list[int]:
        """The state after every row of `steps` [count, channels], each [1, units]."""
        units, writer = self._layer.units, self._writer
        entering = [
            writer.product(f"{self._name}/input{gate}", steps, *operands, (count, units))
            for gate, operands in enumerate(self._input)
        ]
        zero = writer.constant(f"{self._name}/zero", np.zeros((1, units), np.float32))
        states, found = [zero] * self._layer.STATES, []
        for row in range(count):
            place = f"{self._name}/{row}"
            here = [
                writer.sliced(f"{place}/input{gate}", rows, (row, 0), (1, units)) for gate, rows in enumerate(entering)
            ]
            from_state = [
                writer.product(f"{place}/state{gate}", states[0], *operands, (1, units))
                for gate, operands in enumerate(self._hidden)
            ]
            states = (self._lstm if isinstance(self._layer, Lstm) else self._gru)(place, here, from_state, states)
            found.append(states[0])
        return found

    def _gru(self, place: str, here: list[int], from_state: list[int], states: list[int]) -> list[int]:
        """Gates: reset, update, new; new + update * (state - new)."""
        reset, update = (
            self._of("LOGISTIC", [self._of("ADD", pair, f"{place}/sum{gate}")], f"{place}/gate{gate}")
            for gate, pair in enumerate(zip(here[:2], from_state[:2], strict=True))
        )
        gated = self._of("MUL", (reset, from_state[2]), f"{place}/gated")
        new = self._of("TANH", [self._of("ADD", (here[2], gated), f"{place}/entering")], f"{place}/new")
        change = self._of("MUL", (update, self._of("SUB", (states[0], new), f"{place}/rest")), f"{place}/change")
        return [self._of("ADD", (new, change), f"{place}/next")]

    def _lstm(self, place: str, here: list[int], from_state: list[int], states: list[int]) -> list[int]:
        """Gates: input, forget, cell, output."""
        written, kept, candidate, shown = (
            self._of(
                "TANH" if gate == 2 else "LOGISTIC",
                [self._of("ADD", pair, f"{place}/sum{gate}")],
                f"{place}/gate{gate}",
            )
            for gate, pair in enumerate(zip(here, from_state, strict=True))
        )
        old = self._of("MUL", (kept, states[1]), f"{place}/old")
        cell = self._of("ADD", (old, self._of("MUL", (written, candidate), f"{place}/taken")), f"{place}/cell")
        return [self._of("MUL", (shown, self._of("TANH", [cell], f"{place}/bent")), f"{place}/next"), cell]

    def _of(self, kind: str, inputs: Sequence[int], name: str) -> int:
        options = kind.capitalize() if kind in ("ADD", "SUB", "MUL") else ""
        return self._writer.operator(kind, list(inputs), name, (1, self._layer.units), options)

    def _gates(self, key: str, weights: np.ndarray, bias: np.ndarray, gates: int) -> list[tuple[int, int]]:
        return [
            (
                self._writer.constant(f"{self._name}/{key}{gate}", np.ascontiguousarray(part)),
                self._writer.constant(f"{self._name}/{key}/bias{gate}", np.ascontiguousarray(own)),
            )
            for gate, (part, own) in enumerate(zip(np.split(weights, gates), np.split(bias, gates), strict=True))
        ]


WRITERS: dict[type[AnyLayer], Callable[..., int]] = {
    Convolution: _convolution,
    DepthwiseConv: _convolution,
    AveragePool: _pool,
    MaxPool: _pool,
    GlobalAverage: _global_average,
    GlobalMax: _global_max,
    LeakyRelu: _leaky_relu,
    Elu: _elu,
    Add: _add,
    Concat: _concat,
    Flatten: _flattened,
    FlattenRows: _flattened,
    Transpose: _transpose,
    Gru: _recurrent,
    Lstm: _recurrent,
    Dense: _dense,
}
"""(writer, layer, its name, its inputs, their shapes, its output's shape) to its output."""
