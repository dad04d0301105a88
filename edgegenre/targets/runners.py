"""What is timed of a subject on a processor: whole clips on every engine, and streamed updates where an engine keeps
state."""

from dataclasses import dataclass

import numpy as np

from edgegenre.errors import EdgegenreError, RuntimeEngineError
from edgegenre.integer.streaming import StreamLogits
from edgegenre.network.network import Network
from edgegenre.records.record import Workload
from edgegenre.runtime.engine import RowStream
from edgegenre.targets.job import Job
from edgegenre.targets.noise import some_clip, some_features
from edgegenre.targets.rounds import Runner
from edgegenre.targets.subject import STEPS, Subject

CLIP_ENGINES = (
    ("litert", "float32"),
    ("onnxruntime", "float32"),
    ("native", "float32"),
    ("litert", "float"),
    ("onnxruntime", "float"),
    ("torch", "float"),
    ("reference", "float32"),
)
"""Engine and arithmetic, in the order of the report's table; the first one is what the others are compared with."""

UPDATE_ENGINES = (
    ("litert", "float32"),
    ("onnxruntime", "float32"),
    ("native", "float32"),
    ("reference", "float32"),
)

ONE_THREAD = ("native", "reference")
"""Engines that know no other number of threads."""

_WARM_UP_FRAMES = 160
"""A stream's first rows cost less, as layers wait for theirs and no decision is made; 8 s are past that."""


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """An engine that cannot run a subject here, and why."""

    engine: str
    arithmetic: str
    workload: Workload
    reason: str


def runners(subject: Subject, job: Job, threads: int) -> tuple[list[Runner], list[Skipped]]:
    """Everything that can be timed of `subject` on `threads` threads, and what cannot.

    Updates are timed on one thread and of bundles alone: their work is too little for more, and random weights have no
    step models. Engines of one thread take no part where there are more; neither do they in a comparison of random
    weights, but for our C.
    """
    attempts: list[tuple[Workload, str, str]] = [("clip", *names) for names in CLIP_ENGINES]
    if threads == 1 and subject.bundle is not None:
        attempts += [("update", *names) for names in UPDATE_ENGINES]
    found: list[Runner] = []
    skipped: list[Skipped] = []
    for workload, engine, arithmetic in attempts:
        if not job.wants(engine) or (arithmetic != "float" and not subject.quantized):
            continue
        if (threads > 1 and engine in ONE_THREAD) or (subject.bundle is None and engine == "reference"):
            continue
        try:
            if workload == "clip":
                found.append(clip_runner(subject, engine, arithmetic, threads))
            else:
                found.append(update_runner(subject, engine, arithmetic))
        except EdgegenreError as error:
            skipped.append(Skipped(engine=engine, arithmetic=arithmetic, workload=workload, reason=str(error)))
    return found, skipped


def clip_runner(subject: Subject, engine: str, arithmetic: str, threads: int = 1) -> Runner:
    """One whole window, int8 features to logits.

    Raises an EdgegenreError when the engine is not installed or there is no model for it.
    """
    opened = subject.engine(engine, arithmetic, threads)
    features = some_clip(subject.network)
    return Runner(
        engine=engine,
        arithmetic=opened.arithmetic,
        workload="clip",
        frames=subject.frames,
        threads=threads,
        run=lambda: opened.logits(features),
    )


def update_runner(subject: Subject, engine: str, arithmetic: str) -> Runner:
    """The frames of one new decision through a stream that is past its first seconds, on one thread.

    Raises an EdgegenreError when the engine is not installed or the bundle has no step model for it.
    """
    if engine in STEPS and subject.bundle is not None:
        subject.bundle.path(STEPS[engine])
    frames = frames_per_update(subject.network)
    opened = subject.engine(engine, arithmetic, 1)
    updates = _Updates(opened.stream("clip"), some_features(subject.network), frames)
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
