"""Networks of the zoo without training: time and instructions do not depend on the weights."""

import math

import numpy as np

from edgegenre.integer.network import IntegerInput, IntegerNetwork
from edgegenre.network.float_layers import array_shapes
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.network import Network
from edgegenre.network.standard_twin import with_standard_convolutions
from edgegenre.quantize.calibrate import INPUT, quantize
from edgegenre.quantize.lowering import Lowering
from edgegenre.quantize.recipe import quantization_recipe
from edgegenre.zoo.entry import ZooEntry
from edgegenre.zoo.registry import MODELS, model

NOTE = "random weights: the time is meant, not the answer"
STANDARD = "-standard"


def named_network(name: str) -> tuple[ZooEntry, Network]:
    """The zoo's entry and network with the paper's classes; "ds-cnn1-standard" is ds-cnn1 with standard convolutions.

    Raises NetworkError for a name that is not known.
    """
    entry = model(name.removesuffix(STANDARD))
    network = entry.build(entry.paper_classes)
    return entry, with_standard_convolutions(network) if name.endswith(STANDARD) else network


def partners(models: list[str]) -> list[str]:
    """The standard networks of equal parameters and of equal width for each separable model among `models`.

    Those that are themselves among `models` are left out.
    """
    names: dict[str, None] = {}
    for name in models:
        entry = MODELS.get(name)
        if entry is not None and entry.standard_partner is not None:
            names |= dict.fromkeys((entry.standard_partner, f"{name}{STANDARD}"))
    return [name for name in names if name not in models]


def random_floats(network: Network) -> FloatNetwork:
    """The network with random float32 weights that keep its tensors at the spread of its input."""
    generator = np.random.default_rng(0)
    arrays = {
        node.name: {
            name: generator.normal(0, 1 / math.sqrt(math.prod(size[1:])), size).astype(np.float32)
            for name, size in array_shapes(node.layer, shape).items()
        }
        for node, (shape, *_) in network.with_shapes()
    }
    return FloatNetwork(network=network, arrays=arrays)


def random_integers(network: Network) -> IntegerNetwork:
    """The same quantized to int8, on random features."""
    generator = np.random.default_rng(0)
    features = {item.name: generator.normal(0, 1, (1, *item.shape)) for item in network.inputs}
    return quantize(random_floats(network), features, quantization_recipe("min-max"))


def any_integers(network: Network) -> IntegerNetwork:
    """The operations of `network` with weights and ranges that mean nothing: for what depends on its layers alone."""
    arrays = {
        node.name: {name: _few(size) for name, size in array_shapes(node.layer, shape).items()}
        for node, (shape, *_) in network.with_shapes()
    }
    inputs = tuple(IntegerInput(name=item.name, shape=item.shape, quantization=INPUT) for item in network.inputs)
    ranges = {node.name: (-4.0, 4.0) for node in network.nodes}
    lowering = Lowering(FloatNetwork(network=network, arrays=arrays), inputs, ranges, quantization_recipe("min-max"))
    return IntegerNetwork(name=network.name, inputs=inputs, operations=lowering.operations())


def _few(size: tuple[int, ...]) -> np.ndarray:
    """Weights of which few count, so that no sum of them leaves the proven ranges."""
    return np.resize(np.array([0.01, *[0.0001] * 20], np.float32), size)
