"""LiteRT as an engine: model.tflite under ai-edge-litert, tflite-runtime or TensorFlow, whichever is installed."""

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from edgegenre.errors import RuntimeEngineError, missing
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.streaming import Mode
from edgegenre.integer.tensors import Quantization
from edgegenre.network.network import Network
from edgegenre.runtime.window_stream import WindowStream

# The same Interpreter under three names; tflite-runtime is the only one for 32-bit ARM.
_MODULES = ("ai_edge_litert.interpreter", "tflite_runtime.interpreter", "tensorflow.lite.python.interpreter")


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
        module = _interpreter_module()
        options: dict[str, Any] = {"num_threads": threads}
        if arithmetic == "q31":
            options["experimental_op_resolver_type"] = _resolver_type(module).BUILTIN_REF
        try:
            # The bytes, not the path: nothing of the file stays mapped, and any path name will do.
            self._interpreter: Any = module.Interpreter(model_content=path.read_bytes(), **options)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            reason = str(error).strip().splitlines()[0]
            raise RuntimeEngineError(f"{path}: LiteRT cannot load it ({reason}).") from error
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


def _interpreter_module() -> ModuleType:
    """The installed module that has `Interpreter`. Raises MissingDependencyError when there is none."""
    for name in _MODULES:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise missing("ai-edge-litert", "litert", "The engine 'litert'")


def _resolver_type(module: ModuleType) -> Any:
    found = getattr(module, "OpResolverType", None)
    return found or module.experimental.OpResolverType  # TensorFlow keeps it one level deeper
