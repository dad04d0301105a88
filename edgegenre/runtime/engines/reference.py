"""The numpy reference as an engine: int8 in both arithmetics, and float32. Needs nothing but numpy."""

import numpy as np

from edgegenre.errors import QuantizationError, RuntimeEngineError
from edgegenre.frontend.normalization import STEPS_PER_DEVIATION
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.quantization import arithmetic_name
from edgegenre.integer.reference import run
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.streaming import IntegerStream, Mode
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.network import Features, each_clip, named_inputs
from edgegenre.runtime.engines.window_stream import WindowStream


class ReferenceEngine:
    """An IntegerNetwork in one of the two arithmetics; streams row by row."""

    name = "reference"

    def __init__(self, integers: IntegerNetwork, arithmetic: Arithmetic = "float32") -> None:
        self._integers = integers
        self._arithmetic: Arithmetic = arithmetic
        self.arithmetic: str = arithmetic_name(integers.output, arithmetic)
        self.output = integers.output

    def logits(self, features: Features) -> np.ndarray:
        """Logits [clips, classes] of int8 features, as `named_inputs` takes them, in `output`'s type."""
        given = named_inputs(self._integers.name, self._integers.inputs, features)
        return np.concatenate([run(self._integers, clip, self._arithmetic) for clip in each_clip(given)])

    def stream(self, mode: Mode) -> IntegerStream:
        """A row-by-row stream in the memory that the model's costs declare.

        Raises RuntimeEngineError for the mode `continuous` of a network that needs whole windows.
        """
        try:
            return IntegerStream(self._integers, arithmetic=self._arithmetic, mode=mode)
        except QuantizationError as error:
            raise RuntimeEngineError(str(error)) from error


class FloatReferenceEngine:
    """A FloatNetwork in numpy; computes whole windows."""

    name = "reference"
    arithmetic = "float"
    output = None

    def __init__(self, float_network: FloatNetwork) -> None:
        self._float_network = float_network

    def logits(self, features: Features) -> np.ndarray:
        """float32 logits [clips, classes] of int8 features, as `named_inputs` takes them."""
        network = self._float_network.network
        clips = each_clip(named_inputs(network.name, network.inputs, features))
        return np.concatenate([self._float_network.forward(_real(clip)) for clip in clips])

    def stream(self, mode: Mode) -> WindowStream:
        """One answer a window."""
        return WindowStream(self.logits, self._float_network.network, mode)


def _real(clip: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: array.astype(np.float32) / np.float32(STEPS_PER_DEVIATION) for name, array in clip.items()}
