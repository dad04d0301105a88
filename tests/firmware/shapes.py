"""Networks of random widths, kernels and strides: what kernels have to get right at their edges."""

import functools

import numpy as np

from edgegenre.integer.network import IntegerNetwork
from edgegenre.network.layers import AnyLayer, Convolution, Dense, DepthwiseConv, GlobalAverage
from edgegenre.network.network import chain
from edgegenre.network.shape import Shape
from tests.networks import random_integers


@functools.cache
def shapes_network(seed: int) -> IntegerNetwork:
    """Random widths, kernels and strides; every kernel meets depths and positions that fill no vector or block."""
    generator = np.random.default_rng(seed)
    frequency = int(generator.integers(5, 18))
    layers: list[tuple[str, AnyLayer]] = [
        ("first", Convolution(channels=int(generator.integers(3, 37)), kernel=(3, 5)))
    ]
    for index in range(4):
        channels = int(generator.integers(1, 40))
        kernel = (int(generator.integers(1, 4)), int(generator.integers(1, 4)))
        stride = (int(generator.integers(1, 3)), int(generator.integers(1, 3))) if index == 1 else (1, 1)
        layers += [
            (f"depthwise{index}", DepthwiseConv(kernel=(3, 3), activation="none" if index == 2 else "relu")),
            (f"convolution{index}", Convolution(channels=channels, kernel=kernel, stride=stride)),
            (f"pointwise{index}", Convolution(channels=int(generator.integers(1, 70)), kernel=(1, 1))),
        ]
    layers += [("average", GlobalAverage()), ("logits", Dense(units=7))]
    network = chain(f"shapes{seed}", input_shape=Shape(31, frequency, 1), layers=layers)
    return random_integers(network, seed)
