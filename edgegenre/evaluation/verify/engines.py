"""The engines `verify` compares: each computes the tensors of a bundle's whole-clip files, and says of which family."""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from edgegenre.bundle import INTEGERS, ONNX, TFLITE, Bundle
from edgegenre.errors import MissingDependencyError
from edgegenre.evaluation.verify.needs import (
    C_COMPILER,
    LITERT,
    ONNXRUNTIME,
    TENSORFLOW,
    TFLITE_RUNTIME,
    Need,
    PythonModule,
)
from edgegenre.evaluation.verify.prefixes import onnx_prefix, tflite_prefix
from edgegenre.export.c.chain import chain_refusal
from edgegenre.export.onnx.quantized import byte_offset
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.requantize import Arithmetic
from edgegenre.network.network import each_clip
from edgegenre.runtime.engine_files import safe_file
from edgegenre.runtime.engines.native import open_native
from edgegenre.runtime.engines.onnxruntime_session import onnx_features, open_session

Tensors = Iterator[tuple[str, np.ndarray]]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One engine in one configuration. file: of the bundle, that the engine reads. need: what must be installed."""

    name: str
    arithmetic: Arithmetic
    need: Need
    file: str


@dataclass(frozen=True, kw_only=True)
class VerifiedEngine(Candidate):
    """An engine of whole clips.

    open: the bundle to a function of int8 features [clips, time, frequency, channels] by input, which gives (tensor
    name, integers flattened to [clips, values]) for the logits first, then for every tensor inside that the
    engine can be made to show.
    """

    open: Callable[[Bundle], Callable[[Mapping[str, np.ndarray]], Tensors]]


def _onnxruntime(bundle: Bundle) -> Callable[[Mapping[str, np.ndarray]], Tensors]:
    integers = _integers(bundle)
    model = safe_file(bundle, ONNX).content

    def tensors(features: Mapping[str, np.ndarray]) -> Tensors:
        logits = integers.logits
        yield logits.name, logits.output.quantize(_run_onnx(model, features))
        offset = byte_offset(integers)
        for operation in integers.operations[:-1]:
            try:
                cut = onnx_prefix(model, f"{operation.name}/q")
            except MissingDependencyError:
                return
            values = _run_onnx(cut, features)
            real = np.issubdtype(values.dtype, np.floating)
            yield operation.name, _channels_last(operation.output.quantize(values) if real else values - offset)

    return tensors


def _run_onnx(model: bytes, features: Mapping[str, np.ndarray]) -> np.ndarray:
    session = open_session(model)
    names = [item.name for item in session.get_inputs()]
    rows = []
    for clip in each_clip(features):
        real = onnx_features(clip)
        rows.append(session.run(None, {name: real[name] for name in names})[0])
    return np.concatenate(rows)


def _channels_last(values: np.ndarray) -> np.ndarray:
    return values.transpose(0, 2, 3, 1).reshape(len(values), -1)


def _default_kernels(module_name: str) -> Callable[[Bundle], Callable[[Mapping[str, np.ndarray]], Tensors]]:
    """The kernels a user gets: XNNPACK, whose inner tensors show in prefixes of the file."""

    def open_bundle(bundle: Bundle) -> Callable[[Mapping[str, np.ndarray]], Tensors]:
        integers, module = _integers(bundle), importlib.import_module(module_name)
        model = safe_file(bundle, TFLITE).content

        def tensors(features: Mapping[str, np.ndarray]) -> Tensors:
            logits = integers.logits.name
            yield from _run_tflite(module, model, features, [logits], logits=logits)
            for operation in integers.operations[:-1]:
                try:
                    cut = tflite_prefix(model, operation.name)
                except MissingDependencyError:
                    return
                yield from _run_tflite(module, cut, features, [operation.name])

        return tensors

    return open_bundle


def _reference_kernels(module_name: str) -> Callable[[Bundle], Callable[[Mapping[str, np.ndarray]], Tensors]]:
    """The reference kernels, which can keep every tensor of the file itself."""

    def open_bundle(bundle: Bundle) -> Callable[[Mapping[str, np.ndarray]], Tensors]:
        integers, module = _integers(bundle), importlib.import_module(module_name)
        model = safe_file(bundle, TFLITE).content
        names = [operation.name for operation in reversed(integers.operations)]
        logits = names[0]

        def tensors(features: Mapping[str, np.ndarray]) -> Tensors:
            resolver = module.OpResolverType.BUILTIN_REF
            options = {"experimental_op_resolver_type": resolver, "experimental_preserve_all_tensors": True}
            yield from _run_tflite(module, model, features, names, logits=logits, **options)

        return tensors

    return open_bundle


def _run_tflite(
    module: ModuleType,
    model: bytes,
    features: Mapping[str, np.ndarray],
    names: Sequence[str],
    *,
    logits: str | None = None,
    **options: Any,
) -> Tensors:
    """The tensors `names` by clip; the one that is called `logits` is read where the file gives it out."""
    interpreter = module.Interpreter(model_content=model, num_threads=1, **options)
    interpreter.allocate_tensors()
    given = interpreter.get_input_details()
    # A delegate appends tensors of its own under names that are already taken: the file's come first.
    indices = {item["name"]: item["index"] for item in reversed(interpreter.get_tensor_details())}
    if logits is not None:
        indices[logits] = interpreter.get_output_details()[0]["index"]
    parts: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for clip in each_clip(features):
        for item in given:
            interpreter.set_tensor(item["index"], clip[item["name"]].reshape(item["shape"]))
        interpreter.invoke()
        for name in names:
            parts[name].append(interpreter.get_tensor(indices[name]).reshape(-1).copy())
    for name in names:
        yield name, np.stack(parts[name])


def _native(bundle: Bundle, *, arithmetic: Arithmetic) -> Callable[[Mapping[str, np.ndarray]], Tensors]:
    """The C runtime, whose inner rows live in rings and are gone when a clip is over: its logits alone."""
    integers, engine = _integers(bundle), open_native(bundle, arithmetic)

    def tensors(features: Mapping[str, np.ndarray]) -> Tensors:
        yield integers.logits.name, engine.logits(features)

    return tensors


def _integers(bundle: Bundle) -> IntegerNetwork:
    assert bundle.integers is not None
    return bundle.integers


def _default(name: str, need: PythonModule) -> VerifiedEngine:
    return VerifiedEngine(name=name, arithmetic="float32", need=need, file=TFLITE, open=_default_kernels(need.name))


def _reference(name: str, need: PythonModule) -> VerifiedEngine:
    return VerifiedEngine(name=name, arithmetic="q31", need=need, file=TFLITE, open=_reference_kernels(need.name))


# The optimized kernels without XNNPACK are in neither family: on x86-64 they round negative halves, and dense layers,
# in a way of their own. LiteRT uses them only when asked to leave its delegate out, and is not held to anything then;
# tflite-runtime 2.14 uses them by default, so that only its reference kernels are compared.
_INTERPRETERS = (
    VerifiedEngine(name="onnxruntime", arithmetic="float32", need=ONNXRUNTIME, file=ONNX, open=_onnxruntime),
    _default("litert", LITERT),
    _reference("litert-reference", LITERT),
    _default("tensorflow", TENSORFLOW),
    _reference("tensorflow-reference", TENSORFLOW),
    _reference("tflite-runtime-reference", TFLITE_RUNTIME),
)


def engines(integers: IntegerNetwork) -> tuple[VerifiedEngine, ...]:
    """Every engine of whole clips: the C runtime in each arithmetic of `integers`, then those that read files."""
    native = (
        VerifiedEngine(
            name="native",
            arithmetic=arithmetic,
            need=C_COMPILER,
            file=INTEGERS,
            open=partial(_native, arithmetic=arithmetic),
        )
        for arithmetic in integers.arithmetics.values()
    )
    return (*native, *_INTERPRETERS) if chain_refusal(integers) is None else _INTERPRETERS
