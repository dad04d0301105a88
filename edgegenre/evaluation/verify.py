"""Do all exports of a bundle compute the same numbers? Differing values between engines; the right count is 0."""

import importlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegenre.bundle import ONNX, STREAM_ONNX, Bundle, load_bundle
from edgegenre.errors import BundleError
from edgegenre.evaluation.verify_compare import Comparison, EngineResult, Reference
from edgegenre.evaluation.verify_engines import ENGINES, VerifiedEngine
from edgegenre.evaluation.verify_inputs import random_clips, recorded_clips, unexercised
from edgegenre.evaluation.verify_streams import STREAMS, Streams, VerifiedStream
from edgegenre.integer import reference
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.tensors import IntegerNetwork
from edgegenre.progress import SILENT, Progress

EXPORT_ALL = "edgegenre export --int8"
EXPORT_INT8 = "edgegenre export with a recipe of 8 bits"


@dataclass(frozen=True, kw_only=True)
class NotRun:
    """An engine that is not installed here, or whose file the bundle lacks, and the command that would change it."""

    engine: str
    install: str


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What `verify` found. problems: why the comparison proves too little even without a mismatch, in sentences.

    random_clips, recorded_clips: how many of each the engines were fed.
    """

    results: tuple[EngineResult, ...]
    not_run: tuple[NotRun, ...]
    problems: tuple[str, ...]
    random_clips: int
    recorded_clips: int

    @property
    def passed(self) -> bool:
        """No mismatch within a family, on inputs that exercise the network."""
        return not self.problems and all(result.mismatches == 0 for result in self.results)


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
    made = random_clips(integers.network, clips, seed)
    features = np.concatenate([recorded["features"], made])
    installed = [engine for engine in ENGINES if engine.file in bundle.files and _installed(engine)]
    streaming = [engine for engine in STREAMS if engine.file in bundle.files and _installed(engine)]
    with progress.task("verifying", len(installed) + len(streaming) + 2 * len(integers.arithmetics)) as task:
        references = {}
        for name, arithmetic in integers.arithmetics.items():
            references[name] = _reference(integers, features, arithmetic)
            task.advance(note=f"numpy {name}")
        compare = Comparison(integers, references)
        results: list[EngineResult] = []
        problems = unexercised(integers, next(iter(references.values())))
        for name, arithmetic in integers.arithmetics.items():
            known = slice(0, len(recorded["features"]))
            stored = {compare.logits_name: recorded[f"logits_{name}"]}
            results.append(compare.result("numpy", arithmetic, stored.items(), clips=known))
        streams = Streams(compare, features)
        for name, arithmetic in integers.arithmetics.items():
            results.append(streams.numpy(arithmetic))
            task.advance(note=f"numpy stream {name}")
        for engine in installed:
            try:
                results.append(compare.result(engine.name, engine.arithmetic, engine.open(bundle)(features)))
            except Exception as error:  # the engines' exceptions share no base
                problems.append(f"{engine.name} cannot run the bundle's file: {_first_line(error)}")
            task.advance(note=engine.name)
        for step in streaming:
            try:
                results.append(streams.step(bundle, step))
            except Exception as error:  # as above
                problems.append(f"{step.name} cannot run the bundle's file: {_first_line(error)}")
            task.advance(note=step.name)
    return Verification(
        results=tuple(results),
        not_run=tuple(_not_run(bundle)),
        problems=tuple(problems),
        random_clips=len(made),
        recorded_clips=len(recorded["features"]),
    )


def results_json(verification: Verification) -> str:
    """One JSON list, an object for each engine that ran."""
    return json.dumps([result.to_dict() for result in verification.results], indent=2)


def _reference(integers: IntegerNetwork, features: np.ndarray, arithmetic: Arithmetic) -> Reference:
    """Every tensor of the numpy reference, [clips, values]; a few clips at a time, as float64 columns are large."""
    parts: dict[str, list[np.ndarray]] = {}
    for start in range(0, len(features), 2):
        batch = features[start : start + 2]
        for name, values in reference.tensors(integers, batch, arithmetic):
            parts.setdefault(name, []).append(values.reshape(len(batch), -1))
    return {name: np.concatenate(values) for name, values in parts.items()}


def _not_run(bundle: Bundle) -> Iterable[NotRun]:
    named = set()
    for engine in (*ENGINES, *STREAMS):
        if engine.file in (ONNX, STREAM_ONNX) and bundle.manifest.wide:
            yield NotRun(engine=f"{engine.name}, which has no int16 convolution", install=EXPORT_INT8)
        elif engine.file not in bundle.files:
            yield NotRun(engine=f"{engine.name}, as the bundle has no {engine.file}", install=EXPORT_ALL)
        elif not _installed(engine) and not (engine in STREAMS and engine.module in named):
            named.add(engine.module)
            yield NotRun(engine=engine.name, install=engine.install)
    if _importable("onnxruntime") and not _importable("onnx"):
        yield NotRun(engine="onnxruntime, tensors inside", install="pip install 'edgegenre[export]'")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _installed(engine: VerifiedEngine | VerifiedStream) -> bool:
    return _importable(engine.module)


def _importable(module: str) -> bool:
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True
