"""What `bench` times of a bundle: whole clips on every engine, and streamed updates where an engine keeps state."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegenre.bench.rounds import Runner
from edgegenre.bundle import FLOAT_ONNX, STREAM_ONNX, STREAM_TFLITE, Bundle
from edgegenre.errors import EdgegenreError, RuntimeEngineError, TrainingError
from edgegenre.export.onnx.float_clip import float_onnx_bytes
from edgegenre.integer.streaming import StreamLogits
from edgegenre.network.network import Network
from edgegenre.records.record import Workload
from edgegenre.runs.run_folder import RUNS, named_run
from edgegenre.runtime.engine import Engine, RowStream
from edgegenre.runtime.engine_files import EngineFile, engine_file
from edgegenre.runtime.engines.native import open_native
from edgegenre.runtime.engines.onnxruntime import OnnxRuntimeEngine
from edgegenre.runtime.model import Model, open_model
from edgegenre.runtime.registry import open_engine

CLIP_ENGINES = (
    ("litert", "float32"),
    ("onnxruntime", "float32"),
    ("onnxruntime", "float"),
    ("torch", "float"),
    ("native", "float32"),
    ("reference", "float32"),
)
"""Engine and arithmetic, in the order of the report's table; the first one is what the others are compared with."""

UPDATE_ENGINES = (
    ("litert", "float32"),
    ("onnxruntime", "float32"),
    ("native", "float32"),
    ("reference", "float32"),
)

_STEPS = {"litert": STREAM_TFLITE, "onnxruntime": STREAM_ONNX}
"""The files that engines other than our own stream with."""

_WARM_UP_FRAMES = 160
"""A stream's first rows cost less, as layers wait for theirs and no decision is made; 8 s are past that."""


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """An engine that cannot run a bundle here, and why."""

    engine: str
    arithmetic: str
    workload: Workload
    reason: str


def runners(bundle: Bundle, runs: Path = RUNS) -> tuple[list[Runner], list[Skipped]]:
    """Everything that can be timed of `bundle`, and what cannot. runs: where the float weights for torch are."""
    found: list[Runner] = []
    skipped: list[Skipped] = []
    attempts: list[tuple[Workload, str, str]] = [("clip", *names) for names in CLIP_ENGINES]
    attempts += [("update", *names) for names in UPDATE_ENGINES]
    for workload, engine, arithmetic in attempts:
        if arithmetic != "float" and not bundle.manifest.quantized:
            continue
        make = clip_runner if workload == "clip" else update_runner
        try:
            found.append(make(engine, arithmetic, bundle, runs))
        except EdgegenreError as error:
            skipped.append(Skipped(engine=engine, arithmetic=arithmetic, workload=workload, reason=str(error)))
    return found, skipped


def clip_runner(engine: str, arithmetic: str, bundle: Bundle, runs: Path = RUNS) -> Runner:
    """One whole window, int8 features to logits, on one thread.

    Raises an EdgegenreError when the engine is not installed or the bundle has no model for it.
    """
    opened = _open(engine, arithmetic, bundle, runs)
    features = some_features(bundle.manifest.network)[np.newaxis]
    return Runner(
        engine=engine,
        arithmetic=opened.arithmetic,
        workload="clip",
        frames=features.shape[1],
        run=lambda: opened.logits(features),
    )


def update_runner(engine: str, arithmetic: str, bundle: Bundle, runs: Path = RUNS) -> Runner:
    """The frames of one new decision through a stream that is past its first seconds.

    Raises an EdgegenreError when the engine is not installed or the bundle has no step model for it.
    """
    if engine in _STEPS:
        bundle.path(_STEPS[engine])
    network = bundle.manifest.network
    frames = frames_per_update(network)
    opened = _open(engine, arithmetic, bundle, runs)
    updates = _Updates(opened.stream("clip"), some_features(network), frames)
    return Runner(
        engine=engine,
        arithmetic=opened.arithmetic,
        workload="update",
        frames=frames,
        run=updates.run,
        prepare=updates.prepare,
    )


def frames_per_update(network: Network) -> int:
    """Input frames for each row that reaches the head, where a stream decides anew."""
    plan = network.stream_plan()
    if plan.leading.sums:
        raise RuntimeEngineError(f"'{network.name}' answers once a window: there is no update to time.")
    return plan.leading_rows.frames


def some_features(network: Network) -> np.ndarray:
    """int8 [time, frequency] of one window, noise of the spread normalized features have: the values cost no time."""
    time, frequency, _ = network.input_shape
    steps = np.random.default_rng(0).normal(0, 32, (time, frequency))
    return np.clip(np.rint(steps), -128, 127).astype(np.int8)


def _open(engine: str, arithmetic: str, bundle: Bundle, runs: Path) -> Engine:
    if engine == "torch":
        return open_engine("torch", _run_folder(bundle, runs))
    if engine == "native":
        return open_native(bundle)
    if arithmetic == "float" and FLOAT_ONNX not in bundle.files:
        return _float_onnx_of_run(open_model(_run_folder(bundle, runs)))
    if arithmetic == "float":
        return OnnxRuntimeEngine(engine_file(bundle, FLOAT_ONNX), bundle.manifest.network, None)
    return open_engine(engine, bundle)


def _float_onnx_of_run(model: Model) -> Engine:
    """int8 bundles carry no float model: it is written anew from the run's weights."""
    assert model.run is not None
    content = float_onnx_bytes(model.run.float_network(), "")
    return OnnxRuntimeEngine(EngineFile(path=model.folder, content=content), model.network, None)


def _run_folder(bundle: Bundle, runs: Path) -> Path:
    """int8 bundles hold no float weights: those are in the run the bundle was exported from."""
    try:
        return named_run(runs, bundle.manifest.training.get("run", bundle.folder.resolve().name))
    except TrainingError as error:
        raise RuntimeEngineError(
            f"{bundle.folder.name}: float weights are in the run it was exported from, which is not in {runs}/."
        ) from error


class _Updates:
    """One update after another; starts over, warmed up, where the window would end."""

    def __init__(self, stream: RowStream, features: np.ndarray, frames: int) -> None:
        self._stream, self._features, self._frames = stream, features, frames
        self._warm_up = min(_WARM_UP_FRAMES, len(features) // 2) // frames * frames
        self._position = len(features)

    def prepare(self) -> None:
        if self._position + self._frames >= len(self._features):  # the last row would flush the stream
            self._stream.reset()
            self._stream.push(self._features[: self._warm_up])
            self._position = self._warm_up

    def run(self) -> list[StreamLogits]:
        start, self._position = self._position, self._position + self._frames
        return self._stream.push(self._features[start : self._position])
