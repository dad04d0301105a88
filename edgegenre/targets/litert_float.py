"""LiteRT on a float .tflite: an anchor for measurements; bundles carry the integers alone."""

import numpy as np

from edgegenre.errors import RuntimeEngineError, first_line
from edgegenre.frontend.normalization import STEPS_PER_DEVIATION
from edgegenre.integer.streaming import Mode
from edgegenre.network.network import Features, Network, each_clip, named_inputs
from edgegenre.runtime.engine import checked_logits
from edgegenre.runtime.engines.litert_interpreter import open_interpreter
from edgegenre.runtime.engines.window_stream import WindowStream


class LiteRTFloatEngine:
    """A float .tflite that this package has just written. Raises MissingDependencyError without an interpreter."""

    name = "litert"
    arithmetic = "float"
    output = None

    def __init__(self, content: bytes, network: Network, *, threads: int = 1) -> None:
        self._interpreter = open_interpreter(content, network.name, arithmetic="float32", threads=threads)
        self._inputs = self._interpreter.get_input_details()
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._network = network

    def logits(self, features: Features) -> np.ndarray:
        """float32 logits [clips, classes] of int8 features, as `named_inputs` takes them."""
        given = named_inputs(self._network.name, self._network.inputs, features)
        rows = []
        for clip in each_clip(given):
            try:
                for item in self._inputs:
                    real = clip[item["name"]].astype(np.float32) / np.float32(STEPS_PER_DEVIATION)
                    self._interpreter.set_tensor(item["index"], real.reshape(item["shape"]))
                self._interpreter.invoke()
            except (ValueError, RuntimeError) as error:
                raise RuntimeEngineError(
                    f"{self._network.name}: LiteRT cannot compute it ({first_line(error)})."
                ) from error
            logits = self._interpreter.get_tensor(self._output)
            rows.append(checked_logits(logits, (1, self._network.classes), np.float32, self._network.name))
        return np.concatenate(rows)

    def stream(self, mode: Mode) -> WindowStream:
        """One answer a window."""
        return WindowStream(self.logits, self._network, mode)
