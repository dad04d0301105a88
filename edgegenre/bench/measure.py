"""`edgegenre bench`: bundles on this machine, one thread, engines in turn."""

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edgegenre.bench.audit_timing import NOTE, Partner, partners
from edgegenre.bench.machine import this_machine, versions
from edgegenre.bench.memory_probe import probe
from edgegenre.bench.rounds import Runner, Timing, interleave
from edgegenre.bench.runners import Skipped, runners
from edgegenre.bench.words import engine_words
from edgegenre.bundle import Bundle, load_bundle
from edgegenre.errors import BenchError, MissingDependencyError, missing
from edgegenre.files import replacing_file
from edgegenre.network.costs import costs
from edgegenre.network.network import Network
from edgegenre.progress import SILENT, Progress
from edgegenre.records.files import write_records
from edgegenre.records.record import Accuracy, Memory, Ratio, Record
from edgegenre.runs.run_folder import RUNS

ROUNDS = 30
_PACKAGES = {
    "litert": ("ai-edge-litert", "tflite-runtime", "tensorflow"),
    "onnxruntime": ("onnxruntime",),
    "torch": ("torch",),
    "native": (),
    "reference": ("numpy",),
}


def run_bench(
    bundles: Sequence[Bundle | Path],
    *,
    out: Path | None = None,
    rounds: int = ROUNDS,
    runs: Path = RUNS,
    progress: Progress = SILENT,
) -> list[Record]:
    """Measure every engine that can run each bundle; write the records to `out` (JSON) when it is given.

    All bundles and engines share the rounds, so that any two of their times may be compared. An engine that is not
    installed, or has no model in a bundle, becomes a record without a latency whose note says why. runs: where training
    runs are, for torch. Beside every separable model its standard partners are timed (`edgegenre.bench.audit_timing`);
    their records name no bundle.

    Raises BundleError for a damaged bundle, BenchError for an impossible number of rounds, and EdgegenreError, before
    anything is measured, when `out` cannot be written.
    """
    if rounds < 1:
        raise BenchError(f"--rounds {rounds}: at least one round is needed.")
    opened = [item if isinstance(item, Bundle) else load_bundle(item) for item in bundles]
    for bundle in opened:
        _ = bundle.integers  # damaged ones are the bundle's fault, not every engine's
    if out is None:
        return _measure_all(opened, rounds, runs, progress)
    with replacing_file(Path(out)) as temporary:
        records = _measure_all(opened, rounds, runs, progress)
        write_records(temporary, records)
    return records


def _measure_all(opened: Sequence[Bundle], rounds: int, runs: Path, progress: Progress) -> list[Record]:
    date = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    records = []
    with _one_thread():
        found = [(bundle, *runners(bundle, runs)) for bundle in opened]
        beside = _partners(opened)
        everything = [runner for _, timed, _ in found for runner in timed] + [item.runner for item in beside]
        timings = interleave(everything, rounds=rounds, progress=progress)
    by_runner = {id(timing.runner): timing for timing in timings}
    with progress.task("Measuring memory", sum(len(timed) for _, timed, _ in found)) as task:
        for bundle, timed, skipped in found:
            own = [by_runner[id(runner)] for runner in timed]
            for timing in own:
                records.append(_measured(bundle, timing, own, date=date, runs=runs))
                task.advance(note=timing.runner.title)
            records += [_skipped(bundle, item, date) for item in skipped]
    records += [_partner(item, by_runner[id(item.runner)], date) for item in beside]
    return records


def _measured(bundle: Bundle, timing: Timing, timings: Sequence[Timing], *, date: str, runs: Path) -> Record:
    runner = timing.runner
    memory, note = _memory(runner, bundle, runs)
    return _record(
        runner.engine,
        runner.arithmetic,
        date,
        model=bundle.manifest.model,
        bundle=bundle.folder.resolve().name,
        workload=runner.workload,
        frames=runner.frames,
        latency=timing.latency,
        ratio=_ratio(timing, timings),
        multiplies=_multiplies(bundle.manifest.network, bundle.manifest.clock.hop_seconds, runner),
        memory=memory,
        accuracy=_accuracy(bundle, runner.arithmetic) if runner.workload == "clip" else None,
        note=note,
    )


def _skipped(bundle: Bundle, item: Skipped, date: str) -> Record:
    return _record(
        item.engine,
        item.arithmetic,
        date,
        model=bundle.manifest.model,
        bundle=bundle.folder.resolve().name,
        workload=item.workload,
        frames=bundle.manifest.network.input_shape.time,
        note=item.reason,
    )


def _partner(item: Partner, timing: Timing, date: str) -> Record:
    runner = item.runner
    return _record(
        runner.engine,
        runner.arithmetic,
        date,
        model=item.network.name,
        bundle="",
        workload=runner.workload,
        frames=runner.frames,
        latency=timing.latency,
        multiplies=_multiplies(item.network, 1.0, runner),
        note=NOTE,
    )


def _partners(bundles: Sequence[Bundle]) -> list[Partner]:
    """None where LiteRT is not installed: its own records say so."""
    try:
        return partners([bundle.manifest.model for bundle in bundles if bundle.manifest.quantized])
    except MissingDependencyError:
        return []


def _record(engine: str, arithmetic: str, date: str, **values: Any) -> Record:
    return Record(
        target="cpu",
        machine=this_machine(),
        engine=engine,
        versions=versions(_PACKAGES[engine]),
        arithmetic=arithmetic,
        batch=1,
        provenance="measured",
        date=date,
        **values,
    )


def _ratio(timing: Timing, timings: Sequence[Timing]) -> Ratio | None:
    """Of a clip, against the first engine that ran the bundle's clips: LiteRT int8 where it is there."""
    if timing.runner.workload != "clip":
        return None
    first = next(item for item in timings if item.runner.workload == "clip")
    return timing.ratio(first, engine_words(first.runner.engine, first.runner.arithmetic))


def _multiplies(network: Network, hop_seconds: float, runner: Runner) -> int:
    """Of one run, by the formulas of the paper, from the network itself."""
    cost = costs(network, frames_per_second=1 / hop_seconds)
    if runner.workload == "clip":
        return cost.multiplies
    return round(cost.multiplies_per_second * runner.frames * hop_seconds)


def _memory(runner: Runner, bundle: Bundle, runs: Path) -> tuple[Memory | None, str]:
    if runner.workload == "update":
        return None, ""
    try:
        return probe(runner.engine, runner.arithmetic, bundle.folder, runs), ""
    except BenchError as error:
        return None, str(error)


def _accuracy(bundle: Bundle, arithmetic: str) -> Accuracy | None:
    """The accuracy that the manifest claims; None where it claims none."""
    manifest = bundle.manifest
    metric = manifest.metrics.get(arithmetic)
    value = metric.get("accuracy") if isinstance(metric, Mapping) else None
    if not isinstance(metric, Mapping) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    clips, interval = metric.get("clips"), metric.get("accuracy_interval")
    low, high = interval if isinstance(interval, list) and len(interval) == 2 else (None, None)
    return Accuracy(
        value=float(value),
        data=str(manifest.training.get("dataset", "data not recorded")),
        split=str(metric.get("split", "split not recorded")),
        synthetic=bool(manifest.training.get("synthetic", False)),
        clips=clips if isinstance(clips, int) else None,
        low=low if isinstance(low, float) else None,
        high=high if isinstance(high, float) else None,
    )


def _one_thread() -> Any:
    """Keeps numpy's matrix products on one thread; the engines are opened with one of their own accord."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise missing("threadpoolctl", "bench", "Measuring on one thread") from error
    return threadpool_limits(limits=1)
