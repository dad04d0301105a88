"""A FloatNetwork as a float .onnx: every model, recurrent ones included. It computes in float32."""

from collections.abc import Callable

import numpy as np

from edgegenre.export.onnx.graph import Graph, convolution_weights, depthwise_weights, metadata_props, pads
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
from edgegenre.network.shape import Shape


def float_onnx_bytes(network: FloatNetwork, metadata: str) -> bytes:
    """The .onnx file: normalized float32 features [clips, time, frequency] in (with channels behind where an input has
    several), float32 logits [clips, classes] out.

    Equals `FloatNetwork.forward` within float32 rounding; float16 arrays are stored as such and widened by a Cast.
    Raises MissingDependencyError without onnx.
    """
    writer = FloatGraph(network)
    tensors = {item.name: writer.graph.features(item) for item in network.network.inputs}
    for node, shapes in network.network.with_shapes():
        read = [tensors[name] for name in node.inputs]
        tensors[node.name] = WRITERS[type(node.layer)](writer, node.layer, node.name, read, shapes)
    name = network.network.output.name
    writer.graph.add("Flatten", [tensors[name]], name, axis=1)
    writer.graph.output(name, np.float32, ["clips", network.network.classes])
    return writer.graph.finish(metadata_props(metadata))


class FloatGraph:
    """A graph and the arrays it is made of. Tensors are [clips, channels, time, frequency]; a layer's is "<name>/y"."""

    def __init__(self, network: FloatNetwork) -> None:
        self.graph = Graph(network.network.name)
        self._arrays = network.arrays

    def arrays(self, name: str) -> Arrays:
        """Those of the layer `name`."""
        return self._arrays[name]

    def constants(self, name: str, arrays: Arrays) -> list[str]:
        """float32 constants of the layer `name`, stored as float16 where they are."""
        return [self._widened(f"{name}/{key}", array) for key, array in arrays.items()]

    def _widened(self, name: str, array: np.ndarray) -> str:
        if array.dtype != np.float16:
            return self.graph.constant(name, array)
        return self.graph.cast(self.graph.constant(f"{name}/float16", array), np.float32, name)


def _convolution(
    writer: FloatGraph, layer: Convolution | DepthwiseConv, name: str, read: list[str], shapes: tuple[Shape, ...]
) -> str:
    graph, arrays, (shape,) = writer.graph, writer.arrays(name), shapes
    depthwise = isinstance(layer, DepthwiseConv)
    weights = depthwise_weights(arrays["weights"]) if depthwise else convolution_weights(arrays["weights"])
    y = graph.add(
        "Conv",
        [*read, *writer.constants(name, {"weights": weights, "bias": arrays["bias"]})],
        f"{name}/conv" if layer.activation == "relu" else f"{name}/y",
        kernel_shape=list(layer.kernel),
        strides=list(layer.stride),
        pads=pads(layer.borders(shape)),
        group=shape.channels if depthwise else 1,
    )
    return graph.add("Relu", [y], f"{name}/y") if layer.activation == "relu" else y


def _pool(
    writer: FloatGraph, layer: AveragePool | MaxPool, name: str, read: list[str], shapes: tuple[Shape, ...]
) -> str:
    window, operator = list(layer.window), "MaxPool" if isinstance(layer, MaxPool) else "AveragePool"
    return writer.graph.add(operator, read, f"{name}/y", kernel_shape=window, strides=window)


def _global_average(
    writer: FloatGraph, layer: GlobalAverage, name: str, read: list[str], shapes: tuple[Shape, ...]
) -> str:
    return writer.graph.add("GlobalAveragePool", read, f"{name}/y")


def _global_max(writer: FloatGraph, layer: GlobalMax, name: str, read: list[str], shapes: tuple[Shape, ...]) -> str:
    return writer.graph.add("GlobalMaxPool", read, f"{name}/y")


def _leaky_relu(writer: FloatGraph, layer: LeakyRelu, name: str, read: list[str], shapes: tuple[Shape, ...]) -> str:
    return writer.graph.add("LeakyRelu", read, f"{name}/y", alpha=layer.slope)


def _elu(writer: FloatGraph, layer: Elu, name: str, read: list[str], shapes: tuple[Shape, ...]) -> str:
    return writer.graph.add("Elu", read, f"{name}/y")


def _add(writer: FloatGraph, layer: Add, name: str, read: list[str], shapes: tuple[Shape, ...]) -> str:
    return writer.graph.add("Add", read, f"{name}/y")


def _concat(writer: FloatGraph, layer: Concat, name: str, read: list[str], shapes: tuple[Shape, ...]) -> str:
    return writer.graph.add("Concat", read, f"{name}/y", axis=1)


def _flatten(writer: FloatGraph, layer: Flatten, name: str, read: list[str], shapes: tuple[Shape, ...]) -> str:
    return _reshaped(writer, name, read, [0, 2, 3, 1], [-1, shapes[0].values, 1, 1])


def _flatten_rows(writer: FloatGraph, layer: FlattenRows, name: str, read: list[str], shapes: tuple[Shape, ...]) -> str:
    time, frequency, channels = shapes[0]
    return _reshaped(writer, name, read, [0, 3, 1, 2], [-1, frequency * channels, time, 1])


def _reshaped(writer: FloatGraph, name: str, read: list[str], perm: list[int], shape: list[int]) -> str:
    ordered = writer.graph.add("Transpose", read, f"{name}/ordered", perm=perm)
    return writer.graph.add("Reshape", [ordered, writer.graph.constant(f"{name}/shape", np.array(shape))], f"{name}/y")


def _transpose(writer: FloatGraph, layer: Transpose, name: str, read: list[str], shapes: tuple[Shape, ...]) -> str:
    return writer.graph.add("Transpose", read, f"{name}/y", perm=[0, 1, 3, 2])


def _recurrent(writer: FloatGraph, layer: RecurrentLayer, name: str, read: list[str], shapes: tuple[Shape, ...]) -> str:
    """The operators GRU and LSTM want [time, clips, channels], gates in an order of their own, and two biases."""
    graph, arrays = writer.graph, writer.arrays(name)
    axis = graph.constant(f"{name}/frequency_axis", np.array([3]))
    steps = graph.add(
        "Transpose", [graph.add("Squeeze", [*read, axis], f"{name}/squeezed")], f"{name}/steps", perm=[2, 0, 1]
    )
    bias = _in_onnx_order(layer, arrays["bias"])
    constants = {
        "weights_input": _in_onnx_order(layer, arrays["weights_input"])[np.newaxis],
        "weights_hidden": _in_onnx_order(layer, arrays["weights_hidden"])[np.newaxis],
        "bias": np.concatenate([bias, np.zeros_like(bias)])[np.newaxis],
    }
    operator, form = ("LSTM", {}) if isinstance(layer, Lstm) else ("GRU", {"linear_before_reset": 1})
    operands = [steps, *writer.constants(name, constants)]
    outputs = [f"{name}/rows"] if layer.returns_rows else ["", f"{name}/last"]
    graph.add_all(operator, operands, outputs, hidden_size=layer.units, **form)
    if not layer.returns_rows:
        vector = graph.add("Transpose", [outputs[1]], f"{name}/vector", perm=[1, 2, 0])
        return graph.add("Unsqueeze", [vector, graph.constant(f"{name}/last_axis", np.array([3]))], f"{name}/y")
    # [time, directions, clips, units] to [clips, units, time, 1]
    return graph.add("Transpose", outputs, f"{name}/y", perm=[2, 3, 0, 1])


def _dense(writer: FloatGraph, layer: Dense, name: str, read: list[str], shapes: tuple[Shape, ...]) -> str:
    arrays = writer.arrays(name)
    weights = arrays["weights"][:, :, np.newaxis, np.newaxis]
    operands = writer.constants(name, {"weights": weights, "bias": arrays["bias"]})
    return writer.graph.add("Conv", [*read, *operands], f"{name}/y", kernel_shape=[1, 1])


WRITERS: dict[type[AnyLayer], Callable[..., str]] = {
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
    Flatten: _flatten,
    FlattenRows: _flatten_rows,
    Transpose: _transpose,
    Gru: _recurrent,
    Lstm: _recurrent,
    Dense: _dense,
}
"""(graph, layer, its name, its inputs, their shapes) to its output."""


def _in_onnx_order(layer: RecurrentLayer, array: np.ndarray) -> np.ndarray:
    """GRU: reset, update, new to update, reset, new. LSTM: input, forget, cell, output to input, output, forget,
    cell."""
    gates = np.split(array, layer.GATES)
    order = (0, 3, 1, 2) if isinstance(layer, Lstm) else (1, 0, 2)
    return np.concatenate([gates[index] for index in order])
