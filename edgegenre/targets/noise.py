"""What is heard while time and instructions are measured: noise, as no engine works faster or slower for the values."""

import numpy as np

from edgegenre.network.network import Network


def some_features(network: Network) -> np.ndarray:
    """int8 [time, frequency] of one window, noise of the spread that normalized features have.

    Raises NetworkError when the network has several inputs.
    """
    time, frequency, _ = network.input_shape
    return _noise((time, frequency))


def some_clip(network: Network) -> dict[str, np.ndarray]:
    """The same for every input, by its name: int8 [1, time, frequency, channels]."""
    return {item.name: _noise((1, *item.shape)) for item in network.inputs}


def _noise(shape: tuple[int, ...]) -> np.ndarray:
    return np.clip(np.rint(np.random.default_rng(0).normal(0, 32, shape)), -128, 127).astype(np.int8)


def some_sound(samples: int) -> np.ndarray:
    """int16 [samples]."""
    return np.random.default_rng(0).integers(-8192, 8192, samples).astype(np.int16)
