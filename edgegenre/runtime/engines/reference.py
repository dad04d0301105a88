"""The numpy reference as an engine: int8 in both arithmetics, and float32. Needs nothing but numpy."""

import numpy as np

from edgegenre.frontend.normalization import STEPS_PER_DEVIATION
from edgegenre.integer.reference import run
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.streaming import IntegerStream, Mode
from edgegenre.integer.tensors import IntegerNetwork, arithmetic_name
from edgegenre.network.float_network import FloatNetwork
from edgegenre.runtime.engines.window_stream import WindowStream

# Clips computed together: enough to feed the matrix products, few enough for a small device's memory.
_BATCH = 4


class ReferenceEngine:
    """An IntegerNetwork in one of the two arithmetics; streams row by row."""

    name = "reference"

    def __init__(self, integers: IntegerNetwork, arithmetic: Arithmetic = "float32") -> None:
        self._integers = integers
        self._arithmetic: Arithmetic = arithmetic
        self.arithmetic: str = arithmetic_name(integers.output, arithmetic)
        self.output = integers.output

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Logits [clips, classes] of int8 features [clips, time, frequency], in `output`'s type."""
        parts = [features[start : start + _BATCH] for start in range(0, len(features), _BATCH)]
        return np.concatenate([run(self._integers, part, self._arithmetic) for part in parts])

    def stream(self, mode: Mode) -> IntegerStream:
        """A row-by-row stream in the memory that the model's costs declare."""
        return IntegerStream(self._integers, arithmetic=self._arithmetic, mode=mode)


class FloatReferenceEngine:
    """A FloatNetwork in numpy; computes whole windows."""

    name = "reference"
    arithmetic = "float"
    output = None

    def __init__(self, float_network: FloatNetwork) -> None:
        self._float_network = float_network

    def logits(self, features: np.ndarray) -> np.ndarray:
        """float32 logits [clips, classes] of int8 features [clips, time, frequency]."""
        real = features.astype(np.float32) / np.float32(STEPS_PER_DEVIATION)
        parts = [real[start : start + _BATCH] for start in range(0, len(real), _BATCH)]
        return np.concatenate([self._float_network.forward(part) for part in parts])

    def stream(self, mode: Mode) -> WindowStream:
        """One answer a window."""
        return WindowStream(self.logits, self._float_network.network, mode)
