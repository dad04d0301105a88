"""A CUDA device: torch eager, compiled and in CUDA graphs, and how fast models train there."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgegenre.errors import EdgegenreError, missing
from edgegenre.progress import Progress
from edgegenre.records.record import Machine, Record, Training, Workload
from edgegenre.targets.conditions import Watch
from edgegenre.targets.fresh_process import in_fresh_process
from edgegenre.targets.job import ALL_CORES, Job
from edgegenre.targets.machine import this_machine
from edgegenre.targets.measured import Recorder, multiplies
from edgegenre.targets.noise import some_features
from edgegenre.targets.rounds import Runner, interleave
from edgegenre.targets.subject import Subject, subjects
from edgegenre.targets.target import Target
from edgegenre.zoo.liang import PROTOCOL

SECONDS = 420
"""What fits is measured in these; what does not is named as left out."""

TRAINING_TRACKS = 3344
"""Four fifths of Extended Ballroom's 4180 tracks, as the paper's 8/1/1 split has it."""

ITERATIONS = 60
SECONDS_A_RUNNER = 0.5
SETTINGS = ("device", "seconds", "tracks", "iterations", "compiled")


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """A piece of work that makes records, and what it is called while it goes on."""

    title: str
    subject: Subject
    mode: str
    workload: Workload
    work: Callable[[], list[Record]]


def measure(job: Job, progress: Progress) -> list[Record]:
    """Inference at a batch of one and at the batch that saturates, in float32 and bfloat16; training at the paper's
    protocol on features of noise. First eager and in graphs, for all subjects, then training, then compiled.

    settings: "device" ("cpu" is for a trial), "seconds" that all of it may take, "tracks" and "iterations" of training,
    "compiled" false to leave torch.compile out. Raises BenchError without a CUDA device, MissingDependencyError
    without torch.
    """
    bench, plans = _prepared(job)
    records: list[Record] = []
    with progress.task("Measuring on the GPU", len(plans)) as task:
        for plan in plans:
            records += bench.done(plan)
            task.advance(note=plan.title)
    return records


@dataclass(frozen=True, kw_only=True, eq=False)
class Piece:
    """What one piece of the work made."""

    title: str
    records: list[Record]


def pieces(job: Job) -> Iterator[Piece]:
    """The same, piece by piece, for whom the machine may be taken away. Raises what `measure` does."""
    bench, plans = _prepared(job)
    for plan in plans:
        yield Piece(title=plan.title, records=bench.done(plan))


def _prepared(job: Job) -> "tuple[_Bench, list[_Plan]]":
    try:
        from edgegenre.targets import torch_timing as timing
    except ImportError as error:
        raise missing("torch", "train", "The target gpu") from error
    bench = _Bench(job, timing, timing.gpu_device(job.settings.get("device", "cuda")))
    return bench, bench.plans(subjects(job))


class _Bench:
    def __init__(self, job: Job, timing: Any, device: Any) -> None:
        self._job, self._timing, self._device = job, timing, device
        self._cuda = device.type == "cuda"
        self._end = time.monotonic() + job.settings.get("seconds", SECONDS)
        self._recorder = Recorder(job, self._machine())
        self._sources: dict[Any, Any] = {}

    def plans(self, everything: Sequence[Subject]) -> list[_Plan]:
        """In the order of what matters most: when the time is over, the last ones are missing."""
        compiled = self._job.settings.get("compiled", True)
        return [
            _Plan(
                title=f"{subject.model} {mode} {what}",
                subject=subject,
                mode=mode,
                workload=workload,
                work=work(subject, mode == "compiled"),
            )
            for mode in (["eager", "compiled"] if compiled else ["eager"])
            for what, workload, work in self._kinds()
            for subject in everything
        ]

    def _kinds(self) -> Sequence[tuple[str, Workload, Callable[[Subject, bool], Callable[[], list[Record]]]]]:
        return ("inference", "clip", self._inference), ("training", "training", self._training)

    def done(self, plan: _Plan) -> list[Record]:
        """The plan's records, or one that says why there are none."""
        if time.monotonic() > self._end:
            return [self._without(plan, "left out: the time was over")]
        try:
            with self._timing.settled(self._device):
                return plan.work()
        except EdgegenreError as error:
            return [self._without(plan, str(error))]

    def _without(self, plan: _Plan, reason: str) -> Record:
        return self._recorder.record(
            plan.subject,
            engine="torch",
            mode=plan.mode,
            arithmetic="float",
            workload=plan.workload,
            frames=plan.subject.network.input_shape.time,
            note=reason,
        )

    def _machine(self) -> Machine:
        machine: Machine = self._timing.gpu_machine() if self._cuda else this_machine()
        return machine

    def _inference(self, subject: Subject, compiled: bool) -> Callable[[], list[Record]]:
        def work() -> list[Record]:
            timed = self._timing.Timed(subject, self._device)
            runners, failed = self._runners(timed, subject, compiled)
            watch = Watch()
            timings = interleave(runners, rounds=self._job.rounds, seconds=SECONDS_A_RUNNER)
            conditions = watch.conditions()
            return failed + [
                self._recorder.record(
                    subject,
                    engine=item.runner.engine,
                    mode=item.runner.mode,
                    arithmetic=item.runner.arithmetic,
                    workload="clip",
                    frames=item.runner.frames,
                    batch=item.runner.batch,
                    threads=item.runner.threads,
                    latency=item.latency,
                    ratio=item.ratio(timings[0], "PyTorch float32, eager, batch 1") if item.runner.batch == 1 else None,
                    conditions=conditions,
                    memory=self._timing.peak_memory(item.runner.run) if self._cuda else None,
                    multiplies=item.runner.batch
                    * multiplies(subject.network, subject.clock.hop_seconds, "clip", item.runner.frames),
                )
                for item in timings
            ]

        return work

    def _runners(self, timed: Any, subject: Subject, compiled: bool) -> tuple[list[Runner], list[Record]]:
        """The plain form first: what others are compared with. And records of the forms that torch cannot run."""
        variant = self._timing.Variant
        wanted = [variant(mode="eager", precision="float", batch=1)]
        for precision in self._timing.PRECISIONS:
            for mode in ["compiled"] if compiled else ["eager", *(["graph"] if self._cuda else [])]:
                batches = (1, timed.saturating_batch(precision))
                wanted += [variant(mode=mode, precision=precision, batch=batch) for batch in batches]
        found, failed = [], []
        for item in dict.fromkeys(wanted):
            try:
                found.append(timed.runner(item))
            except EdgegenreError as error:
                plan = _Plan(title="inference", subject=subject, mode=item.mode, workload="clip", work=list)
                failed.append(self._without(plan, f"{item.precision}, batch {item.batch}: {error}"))
        if self._cuda and not compiled:
            found += _onnxruntime_cuda(subject)
        return found, failed

    def _training(self, subject: Subject, compiled: bool) -> Callable[[], list[Record]]:
        return lambda: [
            self._trained(subject, precision, compiled)
            for precision in (["bfloat16"] if compiled else self._timing.PRECISIONS)
        ]

    def _trained(self, subject: Subject, precision: str, compiled: bool) -> Record:
        iterations, batch = self._job.settings.get("iterations", ITERATIONS), PROTOCOL.phases[0].batch
        seconds = self._timing.training_seconds(
            subject,
            self._source(subject),
            self._device,
            precision=precision,
            compiled=compiled,
            iterations=iterations,
        )
        total = sum(phase.iterations or 0 for phase in PROTOCOL.phases)
        return self._recorder.record(
            subject,
            engine="torch",
            mode="compiled" if compiled else "eager",
            arithmetic=precision,
            workload="training",
            frames=subject.network.input_shape.time,
            batch=batch,
            training=Training(
                protocol=PROTOCOL.name,
                clips_per_second=batch / seconds,
                iterations=total,
                seconds=total * seconds,
                measured_iterations=iterations,
            ),
        )

    def _source(self, subject: Subject) -> Any:
        """Models that hear the same share their features."""
        key = (tuple(subject.inputs.values()), subject.network.classes)
        if key not in self._sources:
            tracks = self._job.settings.get("tracks", TRAINING_TRACKS)
            self._sources[key] = self._timing.training_source(subject, tracks, self._device)
        return self._sources[key]


def _onnxruntime_cuda(subject: Subject) -> Iterator[Runner]:
    """onnxruntime on the same GPU, where its CUDA build is installed."""
    try:
        import onnxruntime
    except ImportError:
        return
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return
    from edgegenre.export.onnx.float_clip import float_onnx_bytes

    session = onnxruntime.InferenceSession(float_onnx_bytes(subject.floats, ""), providers=["CUDAExecutionProvider"])
    real = {subject.network.only_input.name: some_features(subject.network)[np.newaxis].astype(np.float32) / 32}
    yield Runner(
        engine="onnxruntime",
        mode="CUDA",
        arithmetic="float",
        workload="clip",
        frames=subject.network.input_shape.time,
        on_gpu=True,
        run=lambda: session.run(None, real),
    )


GPU = Target(
    name="gpu",
    summary="a CUDA device: torch eager, compiled and in graphs; training speed",
    kind="gpu",
    measure=measure,
    carry=in_fresh_process,
    thread_counts=(ALL_CORES,),
    settings=SETTINGS,
)
