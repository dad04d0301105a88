"""Calibrated networks of random weights beside their float networks, and how to tell two apart."""

import functools

import numpy as np
import torch

from edgegenre.integer.network import IntegerNetwork
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.layers import Lstm
from edgegenre.quantize.calibrate import INPUT
from edgegenre.zoo.registry import model
from tests.networks import (
    odd_network,
    plain_network,
    random_features,
    random_float_network,
    random_integers,
    recurrent_network,
)

NETWORKS = {
    "odd": odd_network,
    "plain": plain_network,
    "gru": recurrent_network,
    "lstm": functools.partial(recurrent_network, cell=Lstm),
}
ARRAYS = ("weights", "bias", "weights_input", "weights_hidden", "weight_scales", "scales_input", "scales_hidden")


def calibrated(name: str, clips: int = 4) -> tuple[IntegerNetwork, FloatNetwork, np.ndarray]:
    """Random weights quantized from random clips, and other clips: int8 [clips, time, frequency]."""
    network = NETWORKS[name]() if name in NETWORKS else model(name).build(5)
    floats = random_float_network(network)
    return random_integers(floats, seed=1, clips=clips), floats, random_features(network, clips, seed=2)


def real(features: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(INPUT.real(features).astype(np.float32))


def arrays_of(network: IntegerNetwork) -> list[np.ndarray]:
    return [getattr(layer, name) for layer in network.operations for name in ARRAYS if hasattr(layer, name)]


def same(one: IntegerNetwork, other: IntegerNetwork) -> bool:
    return all(
        a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(arrays_of(one), arrays_of(other), strict=True)
    )
