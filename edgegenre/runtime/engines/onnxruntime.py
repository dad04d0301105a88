"""onnxruntime as an engine: the whole-clip .onnx of a bundle, int8 (QDQ) or float."""

from typing import Any

import numpy as np

from edgegenre.errors import MissingDependencyError, RuntimeEngineError, first_line
from edgegenre.export.stream_layout import StreamLayout
from edgegenre.integer.quantization import Quantization
from edgegenre.integer.streaming import Mode
from edgegenre.network.network import Features, Network, each_clip, named_inputs
from edgegenre.runtime.engine import RowStream, checked_logits
from edgegenre.runtime.engine_files import EngineFile
from edgegenre.runtime.engines.onnxruntime_session import onnx_features, open_session
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
        self._file, self._network, self._step, self._threads = file, network, step, threads
        self.output = output
        self.arithmetic = "float" if output is None else "float32"

    def logits(self, features: Features) -> np.ndarray:
        """Logits [clips, classes], int8 or float32, of int8 features, as `named_inputs` takes them.

        One clip at a time: a batch would need a hundred megabytes of activations.
        """
        given = named_inputs(self._network.name, self._network.inputs, features)
        logits = np.concatenate([self._clip(onnx_features(clip)) for clip in each_clip(given)])
        return logits if self.output is None else self.output.quantize(logits)

    def _clip(self, real: dict[str, np.ndarray]) -> np.ndarray:
        try:
            logits = self._session.run(None, real)[0]
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
