"""This computer's processor: every engine in turn, one thread on a core of its own, then all of them."""

from collections.abc import Sequence

from edgegenre.errors import BenchError
from edgegenre.progress import Progress
from edgegenre.records.record import Conditions, Memory, Ratio, Record
from edgegenre.records.words import engine_words
from edgegenre.targets.anchors import arena_records, feature_runners
from edgegenre.targets.conditions import Watch
from edgegenre.targets.fresh_process import in_fresh_process
from edgegenre.targets.job import ALL_CORES, Job
from edgegenre.targets.machine import cores, this_machine
from edgegenre.targets.measured import Recorder, manifest_accuracy, multiplies
from edgegenre.targets.memory_probe import probe
from edgegenre.targets.rounds import Runner, Timing, interleave
from edgegenre.targets.runners import Skipped, runners
from edgegenre.targets.subject import Subject, subjects
from edgegenre.targets.target import Target


def measure(job: Job, progress: Progress) -> list[Record]:
    """Time every engine of every subject, all in the same interleaved rounds, so that any two may be compared.

    On one thread also: front ends beside librosa, peak memory in processes of their own, and the arena that TFLite
    Micro takes. An engine that is not installed, or has no model, becomes a record without a latency whose note says
    why. Raises BenchError for an impossible number of rounds, BundleError for a damaged bundle.
    """
    if job.rounds < 1:
        raise BenchError(f"--rounds {job.rounds}: at least one round is needed.")
    threads = cores() if job.threads == ALL_CORES else job.threads
    everything = subjects(job)
    found = [(subject, *runners(subject, job, threads)) for subject in everything]
    features = feature_runners(everything) if threads == 1 and not job.engines else []
    watch = Watch()
    timings = interleave(
        [runner for _, timed, _ in found for runner in timed] + features,
        rounds=job.rounds,
        title=f"Timing on {'one thread' if threads == 1 else f'{threads} threads'}",
        progress=progress,
    )
    by_runner = {id(timing.runner): timing for timing in timings}
    recorder = Recorder(job, this_machine())
    conditions = watch.conditions()
    records: list[Record] = []
    with progress.task("Measuring memory", sum(len(timed) for _, timed, _ in found)) as task:
        for subject, timed, skipped in found:
            own = [by_runner[id(runner)] for runner in timed]
            for timing in own:
                records.append(_measured(recorder, subject, timing, own, conditions))
                task.advance(note=timing.runner.title)
            records += [_skipped(recorder, subject, item, threads) for item in skipped]
    own = [by_runner[id(runner)] for runner in features]
    records += [_features(recorder, timing, own, conditions) for timing in own]
    if threads == 1 and job.wants("tflite-micro"):
        records += arena_records(recorder, everything)
    return records


def _measured(
    recorder: Recorder, subject: Subject, timing: Timing, timings: Sequence[Timing], conditions: Conditions
) -> Record:
    runner = timing.runner
    memory, note = _memory(runner, subject)
    return recorder.record(
        subject,
        engine=runner.engine,
        arithmetic=runner.arithmetic,
        workload=runner.workload,
        frames=runner.frames,
        threads=runner.threads,
        latency=timing.latency,
        ratio=_ratio(timing, timings),
        conditions=conditions,
        multiplies=multiplies(subject.network, subject.clock.hop_seconds, runner.workload, runner.frames),
        memory=memory,
        accuracy=manifest_accuracy(subject, runner.arithmetic) if runner.workload == "clip" else None,
        note=note,
    )


def _skipped(recorder: Recorder, subject: Subject, item: Skipped, threads: int) -> Record:
    return recorder.record(
        subject,
        engine=item.engine,
        arithmetic=item.arithmetic,
        workload=item.workload,
        frames=subject.frames,
        threads=threads,
        note=item.reason,
    )


def _features(recorder: Recorder, timing: Timing, timings: Sequence[Timing], conditions: Conditions) -> Record:
    runner = timing.runner
    return recorder.record(
        None,
        engine=runner.engine,
        arithmetic=runner.arithmetic,
        workload="features",
        frames=runner.frames,
        latency=timing.latency,
        ratio=timing.ratio(timings[0], timings[0].runner.engine),
        conditions=conditions,
        note=runner.mode,
    )


def _ratio(timing: Timing, timings: Sequence[Timing]) -> Ratio | None:
    """Of a clip, against the first engine that ran the subject's clips: LiteRT int8 where it is there."""
    if timing.runner.workload != "clip":
        return None
    first = next(item for item in timings if item.runner.workload == "clip")
    return timing.ratio(first, engine_words(first.runner.engine, first.runner.arithmetic))


def _memory(runner: Runner, subject: Subject) -> tuple[Memory | None, str]:
    if runner.workload == "update" or runner.threads != 1 or subject.bundle is None:
        return None, ""
    try:
        return probe(runner.engine, runner.arithmetic, subject.bundle.folder, subject.runs), ""
    except BenchError as error:
        return None, str(error)


CPU = Target(
    name="cpu",
    summary="this computer's processor: all engines, one thread and all threads",
    kind="cpu",
    measure=measure,
    carry=in_fresh_process,
    thread_counts=(1, ALL_CORES),
)
