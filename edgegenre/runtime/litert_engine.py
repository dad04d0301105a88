"""LiteRT as an engine: model.tflite under ai-edge-litert, tflite-runtime or TensorFlow, whichever is installed."""

from pathlib import Path

import numpy as np

from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.streaming import Mode
from edgegenre.integer.tensors import Quantization
from edgegenre.network.network import Network
from edgegenre.runtime.litert_interpreter import open_interpreter
from edgegenre.runtime.window_stream import WindowStream


class LiteRTEngine:
    """A whole-clip int8 .tflite.

    arithmetic: "float32" runs the default kernels (XNNPACK), "q31" the reference kernels.
    Raises MissingDependencyError without an interpreter, RuntimeEngineError when it refuses the file.
    """

    name = "litert"

    def __init__(
        self,
        path: Path,
        network: Network,
        output: Quantization,
        *,
        arithmetic: Arithmetic = "float32",
        threads: int = 1,
    ) -> None:
        self._interpreter = open_interpreter(path.read_bytes(), path, arithmetic=arithmetic, threads=threads)
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._network = network
        self.output = output
        self.arithmetic: str = arithmetic

    def logits(self, features: np.ndarray) -> np.ndarray:
        """int8 logits [clips, classes] of int8 features [clips, time, frequency]."""
        rows = []
        for clip in features:
            self._interpreter.set_tensor(self._input["index"], clip.reshape(self._input["shape"]))
            self._interpreter.invoke()
            rows.append(self._interpreter.get_tensor(self._output).reshape(-1))
        return np.stack(rows)

    def stream(self, mode: Mode) -> WindowStream:
        """One answer a window."""
        return WindowStream(self.logits, self._network, mode)
