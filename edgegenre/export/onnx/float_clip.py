"""A FloatNetwork as a float .onnx: every model, recurrent ones included. It computes in float32."""

import numpy as np

from edgegenre.export.onnx.graph import Graph, metadata_props, pads, to_nchw
from edgegenre.network.float_network import Arrays, FloatNetwork
from edgegenre.network.layers import (
    AveragePool,
    Convolution,
    Dense,
    DepthwiseConv,
    GlobalAverage,
    Gru,
    Lstm,
    RecurrentLayer,
)
from edgegenre.network.network import Node
from edgegenre.network.shape import Shape


def float_onnx_bytes(network: FloatNetwork, metadata: str) -> bytes:
    """The .onnx file: normalized float32 features [clips, time, frequency] in, float32 logits [clips, classes] out.

    Equals `FloatNetwork.forward` within float32 rounding; float16 arrays are stored as such and widened by a Cast.
    Raises MissingDependencyError without onnx.
    """
    graph = Graph(network.network.name)
    (only,) = network.network.inputs
    features = graph.input(only.name, np.float32, ["clips", only.shape.time, only.shape.frequency])
    image = graph.add("Unsqueeze", [features, graph.constant("channel_axis", np.array([1]))], f"{only.name}/image")
    tensors = {only.name: image}
    for node, shape in network.network.with_shapes():
        tensors[node.name] = _add(graph, node, shape, tensors[node.inputs[0]], network.arrays.get(node.name, {}))
    name = network.network.output.name
    graph.add("Flatten", [tensors[name]], name, axis=1)
    graph.output(name, np.float32, ["clips", network.network.classes])
    return graph.finish(metadata_props(metadata))


def _add(graph: Graph, node: Node, shape: Shape, tensor: str, arrays: Arrays) -> str:
    """Add one layer on a tensor [clips, channels, time, frequency]; a vector is [clips, channels, 1, 1]."""
    output = f"{node.name}/y"
    match node.layer:
        case Convolution() | DepthwiseConv() as layer:
            weights = to_nchw(arrays["weights"], layer)
            y = graph.add(
                "Conv",
                [tensor, *_constants(graph, node, {"weights": weights, "bias": arrays["bias"]})],
                f"{node.name}/conv" if layer.activation == "relu" else output,
                kernel_shape=list(layer.kernel),
                strides=list(layer.stride),
                pads=pads(layer.padding(shape)),
                group=shape.channels if isinstance(layer, DepthwiseConv) else 1,
            )
            return graph.add("Relu", [y], output) if layer.activation == "relu" else y
        case AveragePool() as layer:
            window = list(layer.window)
            return graph.add("AveragePool", [tensor], output, kernel_shape=window, strides=window)
        case GlobalAverage():
            return graph.add("GlobalAveragePool", [tensor], output)
        case Gru() | Lstm() as layer:
            return _recurrent(graph, node, layer, tensor, arrays, output)
        case Dense():
            weights = arrays["weights"][:, :, np.newaxis, np.newaxis]
            operands = _constants(graph, node, {"weights": weights, "bias": arrays["bias"]})
            return graph.add("Conv", [tensor, *operands], output, kernel_shape=[1, 1])


def _recurrent(graph: Graph, node: Node, layer: RecurrentLayer, tensor: str, arrays: Arrays, output: str) -> str:
    """The operators GRU and LSTM want [time, clips, channels], gates in an order of their own, and two biases."""
    sequence = graph.add(
        "Squeeze", [tensor, graph.constant(f"{node.name}/frequency_axis", np.array([3]))], f"{node.name}/squeezed"
    )
    steps = graph.add("Transpose", [sequence], f"{node.name}/steps", perm=[2, 0, 1])
    bias = _in_onnx_order(layer, arrays["bias"])
    constants = {
        "weights_input": _in_onnx_order(layer, arrays["weights_input"])[np.newaxis],
        "weights_hidden": _in_onnx_order(layer, arrays["weights_hidden"])[np.newaxis],
        "bias": np.concatenate([bias, np.zeros_like(bias)])[np.newaxis],
    }
    last = graph.add_recurrent([steps, *_constants(graph, node, constants)], f"{node.name}/last", layer)
    vector = graph.add("Transpose", [last], f"{node.name}/vector", perm=[1, 2, 0])
    axis = graph.constant(f"{node.name}/last_axis", np.array([3]))
    return graph.add("Unsqueeze", [vector, axis], output)


def _in_onnx_order(layer: RecurrentLayer, array: np.ndarray) -> np.ndarray:
    """GRU: reset, update, new to update, reset, new. LSTM: input, forget, cell, output to input, output, forget,
    cell."""
    gates = np.split(array, layer.GATES)
    order = (0, 3, 1, 2) if isinstance(layer, Lstm) else (1, 0, 2)
    return np.concatenate([gates[index] for index in order])


def _constants(graph: Graph, node: Node, arrays: Arrays) -> list[str]:
    return [_widened(graph, f"{node.name}/{name}", array) for name, array in arrays.items()]


def _widened(graph: Graph, name: str, array: np.ndarray) -> str:
    """A float32 constant, stored as float16 where `array` is."""
    if array.dtype != np.float16:
        return graph.constant(name, array)
    return graph.cast(graph.constant(f"{name}/float16", array), np.float32, name)
