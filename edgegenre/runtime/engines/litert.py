"""LiteRT as an engine, on the .tflite files of a bundle."""

from collections.abc import Mapping

import numpy as np

from edgegenre.errors import RuntimeEngineError, first_line
from edgegenre.export.stream_layout import StreamLayout
from edgegenre.integer.quantization import Quantization, arithmetic_name
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.streaming import Mode
from edgegenre.network.network import Features, Network, each_clip, named_inputs
from edgegenre.runtime.engine import RowStream, checked_logits
from edgegenre.runtime.engine_files import EngineFile
from edgegenre.runtime.engines.litert_interpreter import open_interpreter
from edgegenre.runtime.engines.litert_stream import LiteRTStream
from edgegenre.runtime.engines.window_stream import WindowStream


class LiteRTEngine:
    """A whole-clip int8 .tflite, and the streaming step where the bundle has one.

    step: stream.tflite and the layout it must have, or None. arithmetic: "float32" runs the default kernels
    (XNNPACK), "q31" reference kernels. Raises MissingDependencyError without an interpreter,
    RuntimeEngineError when it refuses the file.
    """

    name = "litert"

    def __init__(
        self,
        file: EngineFile,
        network: Network,
        output: Quantization,
        *,
        step: tuple[EngineFile, StreamLayout] | None = None,
        arithmetic: Arithmetic = "float32",
        threads: int = 1,
    ) -> None:
        self._interpreter = open_interpreter(file.content, file.path, arithmetic=arithmetic, threads=threads)
        self._inputs = self._interpreter.get_input_details()
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._file, self._network, self._step, self._threads = file, network, step, threads
        self.output = output
        self.arithmetic: str = arithmetic_name(output, arithmetic)
        self._arithmetic: Arithmetic = arithmetic

    def logits(self, features: Features) -> np.ndarray:
        """Logits [clips, classes] of int8 features, as `named_inputs` takes them, in `output`'s type."""
        given = named_inputs(self._network.name, self._network.inputs, features)
        return np.concatenate([self._clip(clip) for clip in each_clip(given)])

    def _clip(self, clip: Mapping[str, np.ndarray]) -> np.ndarray:
        try:
            for item in self._inputs:
                self._interpreter.set_tensor(item["index"], clip[item["name"]].reshape(item["shape"]))
            self._interpreter.invoke()
            logits = self._interpreter.get_tensor(self._output)
        except (KeyError, ValueError, RuntimeError) as error:
            raise RuntimeEngineError(
                f"{self._file.path}: LiteRT cannot compute it ({first_line(error)}). Export the bundle again."
            ) from error
        return checked_logits(logits, (1, self._network.classes), self.output.dtype, self._file.path)

    def stream(self, mode: Mode) -> RowStream:
        """The streaming step in clip mode where the bundle has one, else one answer a window."""
        if self._step is not None and mode == "clip":
            file, layout = self._step
            return LiteRTStream(
                file.content,
                layout=layout,
                classes=self._network.classes,
                arithmetic=self._arithmetic,
                threads=self._threads,
                name=file.path,
            )
        return WindowStream(self.logits, self._network, mode)
