"""LiteRT as an engine, on the .tflite files of a bundle."""

from pathlib import Path

import numpy as np

from edgegenre.export.stream_layout import StreamLayout
from edgegenre.integer.quantization import Quantization, arithmetic_name
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.streaming import Mode
from edgegenre.network.network import Features, Network, each_clip, named_inputs
from edgegenre.runtime.engine import RowStream
from edgegenre.runtime.engines.litert_interpreter import open_interpreter
from edgegenre.runtime.engines.litert_stream import LiteRTStream
from edgegenre.runtime.engines.window_stream import WindowStream


class LiteRTEngine:
    """A whole-clip int8 .tflite, and the streaming step where the bundle has one.

    step: the path of stream.tflite and the layout it must have, or None. arithmetic: "float32" runs the default kernels
    (XNNPACK), "q31" reference kernels. Raises MissingDependencyError without an interpreter,
    RuntimeEngineError when it refuses the file.
    """

    name = "litert"

    def __init__(
        self,
        path: Path,
        network: Network,
        output: Quantization,
        *,
        step: tuple[Path, StreamLayout] | None = None,
        arithmetic: Arithmetic = "float32",
        threads: int = 1,
    ) -> None:
        self._interpreter = open_interpreter(path.read_bytes(), path, arithmetic=arithmetic, threads=threads)
        self._inputs = self._interpreter.get_input_details()
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._network, self._step, self._threads = network, step, threads
        self.output = output
        self.arithmetic: str = arithmetic_name(output, arithmetic)
        self._arithmetic: Arithmetic = arithmetic

    def logits(self, features: Features) -> np.ndarray:
        """Logits [clips, classes] of int8 features, as `named_inputs` takes them, in `output`'s type."""
        rows = []
        for clip in each_clip(named_inputs(self._network.name, self._network.inputs, features)):
            for item in self._inputs:
                self._interpreter.set_tensor(item["index"], clip[item["name"]].reshape(item["shape"]))
            self._interpreter.invoke()
            rows.append(self._interpreter.get_tensor(self._output).reshape(-1))
        return np.stack(rows)

    def stream(self, mode: Mode) -> RowStream:
        """The streaming step in clip mode where the bundle has one, else one answer a window."""
        if self._step is not None and mode == "clip":
            path, layout = self._step
            return LiteRTStream(path, layout=layout, arithmetic=self._arithmetic, threads=self._threads)
        return WindowStream(self.logits, self._network, mode)
