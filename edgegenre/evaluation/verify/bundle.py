"""Do all exports of a bundle compute the same numbers? Differing values between engines; the right count is 0."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.bundle import FIRMWARE, ONNX, STREAM_ONNX, STREAM_TFLITE, TFLITE, Bundle, load_bundle
from edgegenre.errors import BundleError
from edgegenre.evaluation.verify.compare import EngineResult, Reference, Tally
from edgegenre.evaluation.verify.engines import Candidate, engines
from edgegenre.evaluation.verify.firmware import firmware_code, firmware_problems
from edgegenre.evaluation.verify.inputs import random_clips, recorded_clips, unexercised
from edgegenre.evaluation.verify.needs import C_COMPILER, ONNX_PACKAGE, ONNXRUNTIME
from edgegenre.evaluation.verify.streams import Streams, VerifiedStream, streams
from edgegenre.export.c.chain import chain_refusal
from edgegenre.export.c.frontend import frontend_refusal
from edgegenre.integer import reference
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.requantize import Arithmetic
from edgegenre.network.network import each_clip
from edgegenre.progress import SILENT, Progress
from edgegenre.runtime.engine_files import as_written

EXPORT_ALL = "edgegenre export --int8"
EXPORT_INT8 = "edgegenre export with a recipe of 8 bits"


@dataclass(frozen=True, kw_only=True)
class NotRun:
    """An engine that is not installed here, or whose file the bundle lacks, and the command that would change it."""

    engine: str
    install: str


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What `verify` found. problems: in sentences, why the bundle is not verified even without a mismatch.

    random_clips, recorded_clips: how many of each the engines were fed. firmware_files: C files whose bytes were
    compared with what is exported from the integers now.
    """

    results: tuple[EngineResult, ...]
    not_run: tuple[NotRun, ...]
    problems: tuple[str, ...]
    random_clips: int
    recorded_clips: int
    firmware_files: int

    @property
    def passed(self) -> bool:
        """No mismatch within a family, of at least one engine beside numpy, on inputs that exercise the network."""
        return not self.problems and all(result.mismatches == 0 for result in self.results)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "passed": self.passed,
            "problems": list(self.problems),
            "not_run": [dict(vars(item)) for item in self.not_run],
            "random_clips": self.random_clips,
            "recorded_clips": self.recorded_clips,
            "firmware_files": self.firmware_files,
            "engines": [result.to_dict() for result in self.results],
        }


def verify(bundle: Bundle | Path, *, clips: int = 8, seed: int = 0, progress: Progress = SILENT) -> Verification:
    """Run every installed engine on `clips` random windows and as many real ones from the bundle, and compare.

    Raises BundleError when the bundle is damaged or holds no integers.
    """
    if isinstance(bundle, Path):
        bundle = load_bundle(bundle)
    integers = bundle.integers
    if integers is None:
        raise BundleError(f"{bundle.folder}: a float bundle has no integers to verify. Export it with --int8.")
    recorded = recorded_clips(bundle, clips)
    made = random_clips(integers.inputs, clips, seed)
    features = {name: np.concatenate([array, made[name]]) for name, array in recorded.features.items()}
    whole = [engine for engine in engines(integers) if engine.file in bundle.files and engine.need.present()]
    streaming = [engine for engine in streams(integers) if engine.file in bundle.files and engine.need.present()]
    with progress.task("verifying", len(whole) + len(streaming) + 2 * len(integers.arithmetics)) as task:
        references = {}
        for name, arithmetic in integers.arithmetics.items():
            references[name] = _reference(integers, features, arithmetic)
            task.advance(note=f"numpy {name}")
        compare = Tally(integers, references)
        results: list[EngineResult] = []
        problems = unexercised(integers, next(iter(references.values())))
        for name, arithmetic in integers.arithmetics.items():
            known = slice(0, len(recorded))
            stored = {compare.logits_name: recorded.logits[name]}
            results.append(compare.result("numpy", arithmetic, stored.items(), clips=known))
        streamed = Streams(compare, features)
        for name, arithmetic in integers.arithmetics.items():
            results.append(streamed.numpy(arithmetic))
            task.advance(note=f"numpy stream {name}")
        alone = len(results)
        for engine in whole:
            try:
                results.append(compare.result(engine.name, engine.arithmetic, engine.open(bundle)(features)))
            except Exception as error:  # the engines' exceptions share no base
                problems.append(_refusal(engine, error))
            task.advance(note=engine.name)
        for stream in streaming:
            try:
                results.append(streamed.engine(bundle, stream))
            except Exception as error:  # as above
                problems.append(_refusal(stream, error))
            task.advance(note=stream.name)
    if len(results) == alone:
        problems.append(
            "numpy alone computed these integers, so nothing was compared: "
            f"install a C compiler ({C_COMPILER.install}) or another engine."
        )
    problems += _altered_files(bundle)
    code = firmware_code(bundle)
    if code:
        problems += firmware_problems(bundle)
    return Verification(
        results=tuple(results),
        not_run=tuple(dict.fromkeys(_not_run(bundle, integers))),
        problems=tuple(problems),
        random_clips=clips,
        recorded_clips=len(recorded),
        firmware_files=len(code),
    )


def _altered_files(bundle: Bundle) -> list[str]:
    """A sentence for each model file that holds other bytes than those written from the integers."""
    return [
        f"{name} is not what edgegenre writes from these integers now: export the bundle again."
        for name in (ONNX, STREAM_ONNX, TFLITE, STREAM_TFLITE)
        if name in bundle.files and not as_written(bundle, name)
    ]


def _reference(integers: IntegerNetwork, features: Mapping[str, np.ndarray], arithmetic: Arithmetic) -> Reference:
    """Every tensor of the numpy reference, [clips, values]; a clip at a time, as float64 columns are large."""
    parts: dict[str, list[np.ndarray]] = {}
    for clip in each_clip(features):
        for name, values in reference.tensors(integers, clip, arithmetic):
            parts.setdefault(name, []).append(values.reshape(1, -1))
    return {name: np.concatenate(values) for name, values in parts.items()}


def _not_run(bundle: Bundle, integers: IntegerNetwork) -> Iterable[NotRun]:
    """What was not compared; an engine that is not installed is not named again for its stream."""
    named = set()
    for engine in (*engines(integers), *streams(integers)):
        if engine.file in (ONNX, STREAM_ONNX) and bundle.manifest.wide:
            yield NotRun(engine=f"{engine.name}, which has no int16 convolution", install=EXPORT_INT8)
        elif engine.file not in bundle.files:
            yield NotRun(engine=f"{engine.name}, as the bundle has no {engine.file}", install=EXPORT_ALL)
        elif not engine.need.present() and not (isinstance(engine, VerifiedStream) and engine.need in named):
            named.add(engine.need)
            yield NotRun(engine=engine.name, install=engine.need.install)
    refused = chain_refusal(integers) or frontend_refusal(bundle.manifest.inputs)
    if not firmware_code(bundle) and not refused:
        yield NotRun(engine=f"C files, as the bundle has no {FIRMWARE}", install=EXPORT_ALL)
    if ONNXRUNTIME.present() and not ONNX_PACKAGE.present():
        yield NotRun(engine="onnxruntime, tensors inside", install=ONNX_PACKAGE.install)


def _refusal(engine: Candidate, error: Exception) -> str:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return f"{engine.name} cannot run the bundle's {engine.file}: {reason}"
