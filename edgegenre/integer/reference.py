"""The numpy reference, offline: a whole window of int8 features to int8 logits."""

from collections.abc import Iterator

import numpy as np

from edgegenre.integer import recurrent
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.rows import dense, first_rows, global_average, row_sum, windowed
from edgegenre.integer.tensors import AnyIntegerLayer, IntegerNetwork, IntegerRecurrent
from edgegenre.network.float_network import pad
from edgegenre.network.layers import AveragePool, Convolution, DepthwiseConv, GlobalAverage
from edgegenre.network.shape import Shape


def run(network: IntegerNetwork, features: np.ndarray, arithmetic: Arithmetic = "float32") -> np.ndarray:
    """Logits int8 [clips, classes] for int8 features [clips, time, frequency]."""
    *_, (_, logits) = tensors(network, features, arithmetic)
    return logits.reshape(len(features), -1)


def tensors(
    network: IntegerNetwork, features: np.ndarray, arithmetic: Arithmetic = "float32"
) -> Iterator[tuple[str, np.ndarray]]:
    """Every tensor in order, the input first: (name, int8 [clips, time, frequency, channels])."""
    (only,) = network.network.inputs
    image = features.reshape(len(features), *only.shape)
    yield only.name, image
    values = {only.name: first_rows(network, image)}
    last_use = {name: node.name for node in network.network.nodes for name in node.inputs}
    for layer, shape in network.with_shapes():
        node = layer.node
        values[node.name] = _apply(layer, shape, values[node.inputs[0]], arithmetic)
        for name in node.inputs:
            if last_use[name] == node.name:
                del values[name]
        yield node.name, values[node.name]


def _apply(layer: AnyIntegerLayer, shape: Shape, x: np.ndarray, arithmetic: Arithmetic) -> np.ndarray:
    if isinstance(layer, IntegerRecurrent):
        return recurrent.last_output(layer, x)[:, np.newaxis, np.newaxis]
    description = layer.node.layer
    if isinstance(description, Convolution | DepthwiseConv | AveragePool):
        return windowed(layer, pad(x, description.padding(shape), layer.input.zero_point), arithmetic)
    if isinstance(description, GlobalAverage):
        mean = global_average(layer.input, layer.output, row_sum(layer, x), x.shape[1] * x.shape[2], arithmetic)
        return mean[:, np.newaxis, np.newaxis]
    return dense(layer, x, arithmetic)
