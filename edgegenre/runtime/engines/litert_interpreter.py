"""Opening a .tflite with ai-edge-litert, tflite-runtime or TensorFlow, whichever is installed."""

import importlib
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from edgegenre.errors import RuntimeEngineError, first_line, missing
from edgegenre.integer.requantize import Arithmetic

# The same Interpreter under three names; tflite-runtime is the only one for 32-bit ARM.
_MODULES = ("ai_edge_litert.interpreter", "tflite_runtime.interpreter", "tensorflow.lite.python.interpreter")


def open_interpreter(
    model: bytes, name: object, *, arithmetic: Arithmetic, threads: int = 1, module: str | None = None
) -> Any:
    """An Interpreter with its tensors allocated.

    name: what the error calls the file. arithmetic: "float32" runs the default kernels (XNNPACK), "q31" the reference
    kernels. module: which of the three to use; None for the first that is installed. Raises MissingDependencyError
    without an interpreter, RuntimeEngineError when it refuses the file.
    """
    package = _interpreter_module([module] if module else _MODULES)
    options: dict[str, Any] = {"num_threads": threads}
    if arithmetic == "q31":
        options["experimental_op_resolver_type"] = _resolver_type(package).BUILTIN_REF
    try:
        # The bytes, not the path: nothing of the file stays mapped, and any path name will do.
        interpreter = package.Interpreter(model_content=model, **options)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise RuntimeEngineError(f"{name}: LiteRT cannot load it ({first_line(error)}).") from error
    return interpreter


def _interpreter_module(names: Iterable[str]) -> ModuleType:
    """The first installed module that has `Interpreter`. Raises MissingDependencyError when there is none."""
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise missing("ai-edge-litert", "litert", "The engine 'litert'")


def _resolver_type(module: ModuleType) -> Any:
    found = getattr(module, "OpResolverType", None)
    return found or module.experimental.OpResolverType  # TensorFlow keeps it one level deeper
