"""Our C runtime on a Linux machine without Python: compiled here, timed there."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegenre.errors import BenchError
from edgegenre.export.c.project import write_firmware
from edgegenre.integer.reference import run
from edgegenre.progress import Progress
from edgegenre.records.record import Exactness, Machine, Record, Workload
from edgegenre.targets.build import build
from edgegenre.targets.cores import PROCESSORS, Processor
from edgegenre.targets.job import ALL_CORES, Job
from edgegenre.targets.measured import Recorder, exactness, manifest_accuracy, multiplies
from edgegenre.targets.noise import some_features
from edgegenre.targets.rounds import RUNS_A_ROUND, latency_of
from edgegenre.targets.runners import frames_per_update
from edgegenre.targets.subject import Subject, subjects

_X86_64 = Processor(
    name="x86-64",
    core="x86-64",
    port="linux",
    compiler="x86_64-linux-gnu-gcc",
    compiler_package="gcc-x86-64-linux-gnu",
    options=("-static",),
    emulator=(),
    emulator_package="",
    arithmetic="float32",
    cycles_per_instruction=1.0,
)
_MACHINES = {
    "x86_64": _X86_64,
    "aarch64": PROCESSORS["cortex-a72"],
    "armv7l": PROCESSORS["cortex-a7"],
    "armv8l": PROCESSORS["cortex-a7"],
}
"""What to compile for, by what `uname -m` says; the oldest processor of each that a Raspberry Pi of that kind has."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ProgramTimes:
    """What ports/timed.c says. clips, updates: milliseconds of each run; logits: [classes]."""

    clips: np.ndarray
    updates: np.ndarray
    logits: np.ndarray


def measure_program(
    job: Job, machine: str, run_there: Callable[[bytes, bytes], bytes], progress: Progress
) -> list[Record]:
    """Time the C runtime of every int8 subject on a computer whose `uname -m` says `machine`.

    run_there: what a program makes of its input, there. The C works on one thread, so a job for more of them has no
    records. Raises BenchError for a machine that is not known, ExportError without its compiler.
    """
    if job.threads == ALL_CORES or not job.wants("native"):
        return []
    if machine not in _MACHINES:
        raise BenchError(
            f"{job.target}: no Python there, and no compiler is known for '{machine}' (known: {', '.join(_MACHINES)}). "
            "Install Python 3.11 or later there."
        )
    everything = [subject for subject in subjects(job) if subject.quantized]
    progress.warn(f"{job.target}: no Python 3.11 or later there: our C runtime is measured alone")
    recorder = Recorder(job, Machine(kind="cpu", name=machine, system=f"Linux, {machine}, no Python", cores=1))
    records: list[Record] = []
    with progress.task("Measuring", len(everything)) as task:
        for subject in everything:
            times = _times(subject, _MACHINES[machine], job.rounds * RUNS_A_ROUND, run_there)
            records += _records(recorder, subject, times)
            task.advance(note=subject.model)
    return records


def _times(
    subject: Subject, processor: Processor, runs: int, run_there: Callable[[bytes, bytes], bytes]
) -> ProgramTimes:
    features = some_features(subject.network)
    program = timed_program(subject, processor)
    output = run_there(program, np.array([runs], "<u4").tobytes() + features.tobytes())
    return read_times(output, runs, subject)


def timed_program(subject: Subject, processor: Processor) -> bytes:
    """An ELF program of the subject's C runtime that times itself. Raises ExportError when it cannot be built."""
    labels = tuple(str(index) for index in range(subject.network.classes))
    with tempfile.TemporaryDirectory(prefix="edgegenre-timed-") as name:
        project, program = Path(name) / "firmware", Path(name) / "program"
        write_firmware(subject.integers, None, labels, project)
        build(project, processor, processor.arithmetic, program, ("-DEG_CLIP_ONLY",), mains=("ports/timed.c",))
        return program.read_bytes()


def read_times(output: bytes, runs: int, subject: Subject) -> ProgramTimes:
    """What the program wrote. Raises BenchError when that is not what it writes."""
    classes, dtype = subject.network.classes, subject.integers.output.dtype
    if len(output) < 8 * (runs + 1):
        raise BenchError(f"{subject.model}: the program there wrote {len(output)} bytes, too few. Measure again.")
    words = np.frombuffer(output[: 8 * (runs + 1)], "<i8")
    rest, count = output[8 * (runs + 1) :], int(words[-1])
    if len(rest) != 8 * count + 2 * classes:
        raise BenchError(f"{subject.model}: the program there wrote {len(output)} bytes, not as many as it has to.")
    return ProgramTimes(
        clips=words[:-1] / 1e6,
        updates=np.frombuffer(rest[: 8 * count], "<i8") / 1e6,
        logits=np.frombuffer(rest[8 * count :], "<i2").astype(dtype),
    )


def _records(recorder: Recorder, subject: Subject, times: ProgramTimes) -> list[Record]:
    expected = run(subject.integers, some_features(subject.network)[np.newaxis])
    exact = exactness(times.logits, expected, "float32")
    clip = _record(recorder, subject, times.clips, "clip", subject.network.input_shape.time, exact=exact)
    if not times.updates.size:
        return [clip]
    return [clip, _record(recorder, subject, times.updates, "update", frames_per_update(subject.network))]


def _record(
    recorder: Recorder,
    subject: Subject,
    times: np.ndarray,
    workload: Workload,
    frames: int,
    exact: Exactness | None = None,
) -> Record:
    return recorder.record(
        subject,
        engine="native",
        arithmetic="float32",
        workload=workload,
        frames=frames,
        latency=latency_of(times),
        multiplies=multiplies(subject.network, subject.clock.hop_seconds, workload, frames),
        accuracy=manifest_accuracy(subject, "float32") if workload == "clip" else None,
        exactness=exact,
    )
