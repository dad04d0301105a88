"""Do all exports of a bundle compute the same numbers? Differing values between engines; the right count is 0."""

import importlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegenre.bundle import STREAM_ONNX, Bundle, load_bundle
from edgegenre.errors import BundleError
from edgegenre.evaluation.verify_compare import Comparison, Count, EngineResult, Reference
from edgegenre.evaluation.verify_engines import ENGINES, VerifiedEngine
from edgegenre.evaluation.verify_inputs import random_clips, recorded_clips, unexercised
from edgegenre.integer import reference
from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.integer.streaming import IntegerStream
from edgegenre.integer.tensors import IntegerNetwork
from edgegenre.progress import SILENT, Progress

EXPORT_ALL = "edgegenre export --int8"

STREAM_CLIPS = 4
"""Clips that are also streamed: the numpy stream is slow, and every row of it is compared."""


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
    streams_onnx = STREAM_ONNX in bundle.files and _importable("onnxruntime")
    with progress.task("verifying", len(installed) + 6) as task:
        references = {}
        for arithmetic in ARITHMETICS:
            references[arithmetic] = _reference(integers, features, arithmetic)
            task.advance(note=f"numpy {arithmetic}")
        compare = Comparison(integers, references)
        results: list[EngineResult] = []
        problems = unexercised(integers, references["float32"])
        for arithmetic in ARITHMETICS:
            known = slice(0, len(recorded["features"]))
            stored = {compare.logits_name: recorded[f"logits_{arithmetic}"]}
            results.append(compare.result("numpy", arithmetic, stored.items(), clips=known))
        for arithmetic in ARITHMETICS:
            results.append(_numpy_stream(compare, arithmetic, features))
            task.advance(note=f"numpy stream {arithmetic}")
        for engine in installed:
            try:
                results.append(compare.result(engine.name, engine.arithmetic, engine.open(bundle)(features)))
            except Exception as error:  # the engines' exceptions share no base
                problems.append(f"{engine.name} cannot run the bundle's file: {_first_line(error)}")
            task.advance(note=engine.name)
        if streams_onnx:
            results.append(_onnx_stream(compare, bundle, features))
        task.advance(2, note="onnxruntime stream")
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


def _stream_choice(features: np.ndarray) -> np.ndarray:
    """A few clips at even distances: recorded ones come first, random ones last."""
    return np.linspace(0, len(features) - 1, min(STREAM_CLIPS, len(features))).round().astype(int)


def _numpy_stream(compare: Comparison, arithmetic: Arithmetic, features: np.ndarray) -> EngineResult:
    """The numpy stream's last logits against the whole window's."""
    chosen = _stream_choice(features)
    stream = IntegerStream(compare.integers, arithmetic=arithmetic)
    logits = []
    for clip in features[chosen]:
        stream.reset()
        logits.append(stream.push(clip)[-1].logits)
    return _of_chosen(compare, "numpy-stream", arithmetic, chosen, np.stack(logits), Count())


def _onnx_stream(compare: Comparison, bundle: Bundle, features: np.ndarray) -> EngineResult:
    """The streaming step: its last logits against the whole window's, those of every row before against numpy's."""
    from edgegenre.runtime.onnxruntime_stream import OnnxStream

    chosen = _stream_choice(features)
    step, stream = OnnxStream(bundle.path(STREAM_ONNX)), IntegerStream(compare.integers)
    count = Count()
    logits = []
    for clip in features[chosen]:
        step.reset()
        stream.reset()
        expected = stream.push(clip)
        by_rows = {item.rows: item.logits for item in step.push(clip)}
        found = [by_rows.get(item.rows, np.empty(0, np.int8)) for item in expected]
        for one, other in zip(found, expected, strict=True):
            count.add(one, other.logits)
        logits.append(found[-1])
    return _of_chosen(compare, "onnxruntime-stream", "float32", chosen, np.stack(logits), count)


def _of_chosen(
    compare: Comparison, engine: str, arithmetic: Arithmetic, chosen: np.ndarray, logits: np.ndarray, rows: Count
) -> EngineResult:
    """The result for the logits of chosen clips, with what was counted row by row before."""
    name = compare.logits_name
    references = {key: {name: value[name][chosen]} for key, value in compare.references.items()}
    final = Comparison(compare.integers, references).result(engine, arithmetic, [(name, logits)])
    return EngineResult(
        engine=engine,
        arithmetic=arithmetic,
        outputs=final.outputs + rows.outputs,
        mismatches=final.mismatches + rows.mismatches,
        max_difference=max(final.max_difference, rows.max_difference),
        top1_agreement=final.top1_agreement,
        tensors=1,
        first_difference=name if final.mismatches + rows.mismatches else "",
        family_flips=final.family_flips,
    )


def _not_run(bundle: Bundle) -> Iterable[NotRun]:
    for engine in ENGINES:
        if engine.file not in bundle.files:
            yield NotRun(engine=f"{engine.name}, as the bundle has no {engine.file}", install=EXPORT_ALL)
        elif not _installed(engine):
            yield NotRun(engine=engine.name, install=engine.install)
    if STREAM_ONNX not in bundle.files:
        yield NotRun(engine=f"onnxruntime-stream, as the bundle has no {STREAM_ONNX}", install=EXPORT_ALL)
    elif not _importable("onnxruntime"):
        yield NotRun(engine="onnxruntime-stream", install="pip install 'edgegenre[onnxruntime]'")
    elif not _importable("onnx"):
        yield NotRun(engine="onnxruntime, tensors inside", install="pip install 'edgegenre[export]'")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _installed(engine: VerifiedEngine) -> bool:
    return _importable(engine.module)


def _importable(module: str) -> bool:
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True
