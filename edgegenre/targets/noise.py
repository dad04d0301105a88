"""What is heard while time and instructions are measured: noise, as no engine works faster or slower for the values."""

import numpy as np

from edgegenre.network.network import Network


def some_features(network: Network) -> np.ndarray:
    """int8 [time, frequency] of one window, noise of the spread that normalized features have."""
    time, frequency, _ = network.input_shape
    steps = np.random.default_rng(0).normal(0, 32, (time, frequency))
    return np.clip(np.rint(steps), -128, 127).astype(np.int8)


def some_sound(samples: int) -> np.ndarray:
    """int16 [samples]."""
    return np.random.default_rng(0).integers(-8192, 8192, samples).astype(np.int16)
