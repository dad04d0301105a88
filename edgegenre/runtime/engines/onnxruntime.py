"""onnxruntime as an engine: the whole-clip .onnx of a bundle, int8 (QDQ) or float."""

from typing import Any

import numpy as np

from edgegenre.errors import MissingDependencyError, RuntimeEngineError, first_line
from edgegenre.export.stream_layout import StreamLayout
from edgegenre.frontend.spec import STEPS_PER_DEVIATION
from edgegenre.integer.streaming import Mode
from edgegenre.integer.tensors import Quantization
from edgegenre.network.network import Network
from edgegenre.runtime.engine import RowStream, checked_logits
from edgegenre.runtime.engine_files import EngineFile
from edgegenre.runtime.engines.onnxruntime_session import open_session
from edgegenre.runtime.engines.onnxruntime_stream import OnnxStream
from edgegenre.runtime.engines.window_stream import WindowStream


class OnnxRuntimeEngine:
    """A whole-clip model, and the streaming step where the bundle has one.

    output: the quantization of the logits, None for a float model. step: stream.onnx and the layout it must have, or
    None. Raises MissingDependencyError without onnxruntime, RuntimeEngineError when it
    refuses the file.
    """

    name = "onnxruntime"

    def __init__(
        self,
        file: EngineFile,
        network: Network,
        output: Quantization | None,
        *,
        step: tuple[EngineFile, StreamLayout] | None = None,
        threads: int = 1,
    ) -> None:
        try:
            self._session: Any = open_session(file.content, threads=threads)
        except MissingDependencyError:
            raise
        except Exception as error:  # onnxruntime's exceptions share no base of their own
            raise RuntimeEngineError(f"{file.path}: onnxruntime cannot load it ({first_line(error)}).") from error
        self._input = self._session.get_inputs()[0].name
        self._file, self._network, self._step, self._threads = file, network, step, threads
        self.output = output
        self.arithmetic = "float" if output is None else "float32"

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Logits [clips, classes], int8 or float32, of int8 features [clips, time, frequency].

        One clip at a time: a batch would need a hundred megabytes of activations.
        """
        real = features.astype(np.float32) / np.float32(STEPS_PER_DEVIATION)
        logits = np.concatenate([self._clip(real[clip : clip + 1]) for clip in range(len(real))])
        return logits if self.output is None else self.output.quantize(logits)

    def _clip(self, real: np.ndarray) -> np.ndarray:
        try:
            logits = self._session.run(None, {self._input: real})[0]
        except Exception as error:  # as above
            raise RuntimeEngineError(
                f"{self._file.path}: onnxruntime cannot compute it ({first_line(error)}). Export the bundle again."
            ) from error
        return checked_logits(np.asarray(logits), (1, self._network.classes), np.float32, self._file.path)

    def stream(self, mode: Mode) -> RowStream:
        """The streaming step in clip mode where the bundle has one, else one answer a window."""
        if self._step is not None and mode == "clip":
            file, layout = self._step
            classes = self._network.classes
            return OnnxStream(file.content, layout=layout, classes=classes, threads=self._threads, name=file.path)
        return WindowStream(self.logits, self._network, mode)
