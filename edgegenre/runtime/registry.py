"""Engines by name."""

import contextlib
from collections.abc import Callable

from edgegenre.bundle import FLOAT_ONNX, ONNX, STREAM_ONNX, STREAM_TFLITE, TFLITE, Bundle
from edgegenre.errors import MissingDependencyError, RuntimeEngineError, did_you_mean
from edgegenre.export.onnx.stream import onnx_layout
from edgegenre.export.steps import StepPlan, step_plan
from edgegenre.export.stream_layout import StreamLayout
from edgegenre.export.tflite.stream import tflite_layout
from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.integer.streaming import Mode
from edgegenre.runtime.engine import Engine
from edgegenre.runtime.engine_files import EngineFile, engine_file
from edgegenre.runtime.engines.litert import LiteRTEngine
from edgegenre.runtime.engines.native import NativeEngine
from edgegenre.runtime.engines.onnxruntime import OnnxRuntimeEngine
from edgegenre.runtime.engines.reference import FloatReferenceEngine, ReferenceEngine
from edgegenre.runtime.engines.torch import TorchEngine
from edgegenre.runtime.fastest import fastest_first
from edgegenre.runtime.model import Model, Source, open_model

NAMES = ("reference", "onnxruntime", "litert", "native", "torch")


def open_engine(
    name: str | None,
    source: Source,
    *,
    arithmetic: Arithmetic = "float32",
    threads: int = 1,
    mode: Mode = "clip",
) -> Engine:
    """The engine `name`, ready to compute the model of a bundle or run.

    name: one of NAMES; None for the fastest that is installed and streams in `mode`.
    arithmetic: of int8 models; onnxruntime knows float32 only. threads: of onnxruntime, LiteRT and torch.
    Raises RuntimeEngineError when there is no such engine or it cannot compute this model, MissingDependencyError with
    the command that installs it.
    """
    model = open_model(source)
    if name is None:
        *faster, last = fastest_first(model, arithmetic, mode)
        for candidate in faster:
            # Not installed, or no C compiler. What is wrong with a bundle is another kind of error, and is not hidden.
            with contextlib.suppress(MissingDependencyError, *((RuntimeEngineError,) if candidate == "native" else ())):
                return open_engine(candidate, model, arithmetic=arithmetic, threads=threads)
        name = last
    if name not in NAMES:
        raise RuntimeEngineError(f"engine '{name}' is not known.{did_you_mean(name, NAMES)} Known: {', '.join(NAMES)}.")
    if arithmetic not in ARITHMETICS:
        raise RuntimeEngineError(f"arithmetic '{arithmetic}' is not known. Known: {', '.join(ARITHMETICS)}.")
    if arithmetic != "float32" and not model.quantized:
        raise RuntimeEngineError(
            f"{model.folder}: arithmetic '{arithmetic}' is a way of rounding integers, and this model is float. "
            "Leave it out, or name an int8 bundle."
        )
    if model.run is not None:
        return _of_run(name, model, threads)
    assert model.bundle is not None
    if model.quantized:
        return _of_int8_bundle(name, model, model.bundle, arithmetic, threads)
    if name != "onnxruntime":
        raise RuntimeEngineError(
            f"{model.folder}: a float bundle runs on the engine 'onnxruntime', not on '{name}'. "
            "Export it with --int8, or name the run folder."
        )
    return OnnxRuntimeEngine(engine_file(model.bundle, FLOAT_ONNX), model.network, None, threads=threads)


def _of_run(name: str, model: Model, threads: int) -> Engine:
    assert model.run is not None
    if name == "reference":
        return FloatReferenceEngine(model.run.float_network())
    if name == "torch":
        return TorchEngine(model.run.float_network(), threads=threads)
    raise RuntimeEngineError(
        f"{model.folder}: a run is computed by the engines 'reference' and 'torch', not by '{name}'. "
        "Export it first: edgegenre export."
    )


def _of_int8_bundle(name: str, model: Model, bundle: Bundle, arithmetic: Arithmetic, threads: int) -> Engine:
    assert bundle.integers is not None
    if name == "reference":
        return ReferenceEngine(bundle.integers, arithmetic)
    if name == "native":
        return NativeEngine(bundle.integers, arithmetic)
    if name == "litert":
        file, step = engine_file(bundle, TFLITE), _step(bundle, STREAM_TFLITE, tflite_layout)
        output = bundle.integers.output
        return LiteRTEngine(file, model.network, output, step=step, arithmetic=arithmetic, threads=threads)
    if name == "onnxruntime":
        if arithmetic != "float32":
            raise RuntimeEngineError(
                f"onnxruntime computes float32 arithmetic, not {arithmetic}. Use 'reference', 'litert' or 'native'."
            )
        file, step = engine_file(bundle, ONNX), _step(bundle, STREAM_ONNX, onnx_layout)
        return OnnxRuntimeEngine(file, model.network, bundle.integers.output, step=step, threads=threads)
    raise RuntimeEngineError(
        f"{model.folder}: the engine 'torch' computes float runs, not bundles. Name the run folder instead."
    )


def _step(
    bundle: Bundle, name: str, layout: Callable[[StepPlan], StreamLayout]
) -> tuple[EngineFile, StreamLayout] | None:
    """The streaming step, where the bundle has one, and the layout that the bundle's integers give it."""
    assert bundle.integers is not None
    return (engine_file(bundle, name), layout(step_plan(bundle.integers))) if name in bundle.files else None
