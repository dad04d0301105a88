"""Networks with random weights for tests: real shapes, ranges that exercise every layer."""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from edgegenre.integer.network import IntegerInput, IntegerNetwork
from edgegenre.integer.operations import POINT, Mean, Operation, PerChannel, Product, Window
from edgegenre.integer.quantization import Quantization, read_as_int16
from edgegenre.network.float_layers import array_shapes
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.layers import (
    AveragePool,
    Convolution,
    Dense,
    DepthwiseConv,
    Flatten,
    GlobalAverage,
    Gru,
    Lstm,
    MaxPool,
    RecurrentLayer,
)
from edgegenre.network.network import Network, Node, chain
from edgegenre.network.shape import Shape
from edgegenre.quantize.calibrate import INPUT, quantize
from edgegenre.quantize.recipe import quantization_recipe
from edgegenre.zoo import liang
from edgegenre.zoo.registry import model

LIANG = tuple(entry.name for entry in liang.ENTRIES)
"""The twelve chains that every engine computes, the C runtime among them."""

CONVOLUTIONAL_MODELS = tuple(name for name in LIANG if not model(name).build(13).recurrent)
RECURRENT_MODELS = tuple(name for name in LIANG if name not in CONVOLUTIONAL_MODELS)


def odd_network(time: int = 61) -> Network:
    """No model of the zoo: odd channel counts, a stride inside, a pool before the head, two dense layers."""
    return chain(
        "odd",
        input_shape=Shape(time, 12, 1),
        layers=[
            ("first", Convolution(channels=7, kernel=(5, 3), stride=(2, 1))),
            ("depthwise", DepthwiseConv(kernel=(3, 3), stride=(2, 2))),
            ("pointwise", Convolution(channels=11, kernel=(1, 1))),
            ("standard", Convolution(channels=9, kernel=(3, 3), activation="none")),
            ("pool", AveragePool(window=(2, 2))),
            ("average", GlobalAverage()),
            ("hidden", Dense(units=6)),
            ("logits", Dense(units=5)),
        ],
    )


def plain_network(time: int = 45) -> Network:
    """No model of the zoo: standard convolutions only, a wide first kernel, an even kernel with stride."""
    return chain(
        "plain",
        input_shape=Shape(time, 10, 1),
        layers=[
            ("first", Convolution(channels=8, kernel=(8, 4), stride=(3, 2))),
            ("second", Convolution(channels=12, kernel=(4, 2), stride=(2, 1))),
            ("average", GlobalAverage()),
            ("logits", Dense(units=4)),
        ],
    )


def recurrent_network(time: int = 75, cell: type[RecurrentLayer] = Gru) -> Network:
    """No model of the zoo: a recurrent layer behind a pool, odd sizes, two dense layers."""
    return chain(
        "recurrent" if cell is Gru else "lstm",
        input_shape=Shape(time, 12, 1),
        layers=[
            ("first", Convolution(channels=7, kernel=(5, 3), stride=(2, 4))),
            ("depthwise", DepthwiseConv(kernel=(3, 3), stride=(1, 2))),
            ("pointwise", Convolution(channels=10, kernel=(1, 1))),
            ("pool", AveragePool(window=(2, 2))),
            ("cell", cell(units=13)),
            ("hidden", Dense(units=6)),
            ("logits", Dense(units=5)),
        ],
    )


def flat_network(name: str = "flat", time: int = 61, frequency: int = 12) -> Network:
    """No model of the zoo: max pools that leave rows and columns over, a dense layer on the flattened map."""
    return chain(
        name,
        input_shape=Shape(time, frequency, 1),
        layers=[
            ("first", Convolution(channels=5, kernel=(3, 3))),
            ("pool1", MaxPool(window=(2, 5))),
            ("depthwise", DepthwiseConv(kernel=(3, 3))),
            ("pointwise", Convolution(channels=7, kernel=(1, 1))),
            ("pool2", MaxPool(window=(4, 1))),
            ("flat", Flatten()),
            ("logits", Dense(units=5)),
        ],
    )


def summary_network(frequency: int = 12) -> Network:
    """No model of the zoo: a perceptron on one row."""
    hidden = Convolution(channels=19, kernel=(1, frequency), padding="valid", batch_norm=False)
    return chain(
        "summary",
        input_shape=Shape(1, frequency, 1),
        layers=[
            ("hidden", hidden),
            ("narrow", Convolution(channels=6, kernel=(1, 1), padding="valid", batch_norm=False)),
            ("logits", Dense(units=5)),
        ],
    )


def random_float_network(network: Network, seed: int = 0) -> FloatNetwork:
    """He-scaled random weights and small biases."""
    generator = np.random.default_rng(seed)
    arrays: dict[str, dict[str, np.ndarray]] = {}
    for node, (shape, *_) in network.with_shapes():
        arrays[node.name] = {}
        for name, dimensions in array_shapes(node.layer, shape).items():
            fan_in = np.prod(dimensions[:-1]) if isinstance(node.layer, DepthwiseConv) else np.prod(dimensions[1:])
            spread = 0.1 if name == "bias" else np.sqrt(2 / max(fan_in, 1))
            arrays[node.name][name] = generator.normal(0, spread, dimensions).astype(np.float32)
    return FloatNetwork(network=network, arrays=arrays)


def random_features(network: Network | IntegerNetwork, clips: int, seed: int = 0) -> np.ndarray:
    """int8 [clips, time, frequency] of the only input, of one channel: slow random walks, so that time matters."""
    (only,) = random_inputs(network, clips, seed).values()
    return only[..., 0]


def random_inputs(network: Network | IntegerNetwork, clips: int, seed: int = 0) -> dict[str, np.ndarray]:
    """The same for every input: int8 [clips, time, frequency, channels] by name."""
    generator = np.random.default_rng(seed)
    return {item.name: _random_walks((clips, *item.shape), generator) for item in network.inputs}


def _random_walks(shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
    walk = np.cumsum(generator.normal(0, 12, shape), axis=1)
    walk -= walk.mean(axis=1, keepdims=True)
    return np.clip(walk + generator.normal(0, 10, walk.shape), -128, 127).astype(np.int8)


def real_features(network: Network, clips: int, seed: int = 0) -> np.ndarray:
    """`random_features` as real values, which float networks take: float32."""
    return INPUT.real(random_features(network, clips, seed)).astype(np.float32)


def random_integers(
    network: Network | FloatNetwork, seed: int = 0, recipe: str = "min-max", *, clips: int = 2
) -> IntegerNetwork:
    """Weights that are random unless they are given, quantized on random clips."""
    floats = network if isinstance(network, FloatNetwork) else random_float_network(network, seed)
    seen = random_inputs(floats.network, clips, seed)
    real = {name: INPUT.real(array).astype(np.float32) for name, array in seen.items()}
    return quantize(floats, real, quantization_recipe(recipe))


def named_network(name: str) -> Network:
    """'odd', 'plain', 'recurrent', 'lstm', 'flat', 'bands' or 'summary', or a zoo model for 13 classes."""
    others = {
        "odd": odd_network,
        "plain": plain_network,
        "recurrent": recurrent_network,
        "lstm": functools.partial(recurrent_network, cell=Lstm),
        "flat": flat_network,
        "bands": functools.partial(flat_network, "bands", time=38, frequency=20),
        "summary": summary_network,
    }
    return others[name]() if name in others else model(name).build(13)


@functools.cache
def random_integer_network(name: str, seed: int = 0) -> IntegerNetwork:
    """The `named_network` of that name, quantized from random weights.

    'wide-odd' and the like have int16 activations, 'coarse-odd' and the like one weight scale a layer.
    """
    prefix, _, rest = name.partition("-")
    recipe = {"wide": "int16x8", "coarse": "per-tensor"}.get(prefix, "min-max")
    return random_integers(named_network(name if recipe == "min-max" else rest), seed, recipe)


def named(network: IntegerNetwork, name: str) -> Operation:
    """The operation of this name."""
    (found,) = [operation for operation in network.operations if operation.name == name]
    return found


def replaced(network: IntegerNetwork, change: Callable[[Operation], Mapping[str, Any]]) -> IntegerNetwork:
    """`network` with those fields of each operation replaced that `change` gives for it."""
    operations = tuple(dataclasses.replace(operation, **change(operation)) for operation in network.operations)
    return dataclasses.replace(network, operations=operations)


def unit_integers(network: Network, *, wide: bool = False) -> IntegerNetwork:
    """Every weight 1 and every scale alike, made without calibration: for networks whose sizes are what matters."""
    source = Quantization(scale=1 / 32, zero_point=0)
    inside = read_as_int16(source) if wide else source
    return IntegerNetwork(
        name=network.name,
        inputs=tuple(IntegerInput(name=item.name, shape=item.shape, quantization=source) for item in network.inputs),
        operations=tuple(_unit_operation(node, shape, inside) for node, (shape,) in network.with_shapes()),
    )


def _unit_operation(node: Node, shape: Shape, steps: Quantization) -> Operation:
    common: dict[str, Any] = {"name": node.name, "inputs": node.inputs, "input": steps, "output": steps}
    kind: type[Product] | type[PerChannel]
    match node.layer:
        case GlobalAverage():
            return Mean(**common, extent=(shape.time, shape.frequency))
        case AveragePool(window=pooled):
            weights = np.full((*pooled, shape.channels), 127, np.int8)
            kind, window, scale, low = PerChannel, Window(kernel=pooled, stride=pooled), 1 / 508, steps.low
        case Convolution() | DepthwiseConv() as layer:
            channels = () if isinstance(layer, DepthwiseConv) else (layer.channels,)
            weights = np.ones((*channels, *layer.kernel, shape.channels), np.int8)
            window = Window(kernel=layer.kernel, stride=layer.stride, padding=layer.borders(shape))
            kind, scale = Product if channels else PerChannel, 1 / 16
            low = steps.zero_point if layer.activation == "relu" else steps.low
        case Dense(units=units):
            weights = np.ones((units, 1, 1, shape.channels), np.int8)
            kind, window, scale, low = Product, POINT, 1 / 16, steps.low
        case _:
            raise TypeError(f"no weights of 1 for a {type(node.layer).__name__}")
    outputs = node.layer.output_shape(shape).channels
    bias, scales = np.zeros(outputs, np.int32), np.full(outputs, scale, np.float32)
    return kind(**common, window=window, weights=weights, bias=bias, weight_scales=scales, low=low)
