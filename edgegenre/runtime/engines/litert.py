"""LiteRT as an engine, on the .tflite files of a bundle."""

import numpy as np

from edgegenre.errors import RuntimeEngineError, first_line
from edgegenre.export.stream_layout import StreamLayout
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.streaming import Mode
from edgegenre.integer.tensors import Quantization, arithmetic_name
from edgegenre.network.network import Network
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
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._file, self._network, self._step, self._threads = file, network, step, threads
        self.output = output
        self.arithmetic: str = arithmetic_name(output, arithmetic)
        self._arithmetic: Arithmetic = arithmetic

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Logits [clips, classes] of int8 features [clips, time, frequency], in `output`'s type."""
        return np.concatenate([self._clip(clip) for clip in features])

    def _clip(self, clip: np.ndarray) -> np.ndarray:
        try:
            self._interpreter.set_tensor(self._input["index"], clip.reshape(self._input["shape"]))
            self._interpreter.invoke()
            logits = self._interpreter.get_tensor(self._output)
        except (ValueError, RuntimeError) as error:
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
