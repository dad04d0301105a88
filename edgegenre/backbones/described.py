"""Backbones that are chains of our own layers: their costs, arrays and answers follow from the description."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from edgegenre.backbones.backbone import Arrays, Backbone
from edgegenre.network.costs import costs
from edgegenre.network.float_layers import array_shapes
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.network import Network


def shapes_of(network: Network) -> dict[str, tuple[int, ...]]:
    """Of the folded arrays, by "layer/array"."""
    return {
        f"{node.name}/{name}": shape
        for node, (read, *_) in network.with_shapes()
        for name, shape in array_shapes(node.layer, read).items()
    }


def float_network(network: Network, arrays: Arrays) -> FloatNetwork:
    """The network with its arrays by "layer/array"; others are left out. Raises NetworkError when one is missing."""
    layers: dict[str, dict[str, np.ndarray]] = {}
    for name in shapes_of(network):
        layer, _, array = name.rpartition("/")
        if name in arrays:
            layers.setdefault(layer, {})[array] = arrays[name]
    return FloatNetwork(network=network, arrays=layers)


def described(
    network: Network,
    *,
    name: str,
    batch: int,
    read: Callable[[Path], Arrays],
    wanted: str,
    preparation: Mapping[str, tuple[int, ...]] | None = None,
) -> Backbone:
    """The backbone `name`. batch: patches that are computed together. preparation: shapes of "input/scale" and
    "input/offset", what a patch is multiplied by and added to first; None for a backbone that takes it as it is."""
    found = costs(network, frames_per_second=1)
    shape = network.input_shape

    def start(arrays: Arrays) -> Callable[[np.ndarray], np.ndarray]:
        from edgegenre.backbones.forward import forward

        return forward(float_network(network, arrays), arrays if preparation else {}, batch)

    return Backbone(
        name=name,
        patch=(shape.time, shape.frequency, shape.channels),
        values=network.shapes()[network.output.name].values,
        parameters=found.parameters,
        multiplies=found.multiplies,
        shapes={**shapes_of(network), **(preparation or {})},
        read=read,
        start=start,
        wanted=wanted,
        network=network,
    )
