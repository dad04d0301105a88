"""`edgegenre bench`: bundles and networks on any number of targets, one job after another."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from edgegenre.bench.suite import DEFAULT, Suite, find_suite
from edgegenre.bundle import Bundle, load_bundle
from edgegenre.errors import BenchError
from edgegenre.files import replacing_file
from edgegenre.progress import SILENT, Progress
from edgegenre.records.files import merged, write_records
from edgegenre.records.record import Record
from edgegenre.runs.run_folder import RUNS
from edgegenre.targets.job import Job
from edgegenre.targets.machine import cores, source_commit
from edgegenre.targets.random_weights import named_network, partners
from edgegenre.targets.registry import find_target
from edgegenre.targets.target import Target


def run_bench(
    bundles: Sequence[Bundle | Path] = (),
    *,
    targets: Sequence[str] = ("cpu",),
    suite: Suite | str = DEFAULT,
    rounds: int | None = None,
    out: Path | None = None,
    runs: Path = RUNS,
    ssh_config: Path | None = None,
    progress: Progress = SILENT,
) -> list[Record]:
    """Measure on every target; write the records to `out` (JSON) when it is given.

    bundles: left out where the suite says so. rounds: instead of the suite's. runs: where training runs are, for the
    engines that compute in float. ssh_config: for targets by ssh, instead of the user's own. On one target all bundles
    and engines share the rounds, so that any two of their times may be compared. An engine that is not installed, or
    has no model in a bundle, becomes a record without a latency whose note says why; a target that is not there is an
    error.

    Raises BundleError for a damaged bundle, NetworkError for an unknown model, BenchError for an unknown target or
    suite and for a place that cannot be reached, and EdgegenreError, before anything is measured, when `out` cannot be
    written.
    """
    chosen = find_suite(suite) if isinstance(suite, str) else suite
    chosen = chosen if rounds is None else dataclasses.replace(chosen, rounds=rounds)
    if chosen.rounds < 1:
        raise BenchError(f"--rounds {chosen.rounds}: at least one round is needed.")
    opened = [item if isinstance(item, Bundle) else load_bundle(item) for item in bundles] if chosen.bundles else []
    for bundle in opened:
        _ = bundle.integers  # damaged ones are found before anything is measured
    for name in chosen.models:
        named_network(name)
    places = [find_target(name, ssh_config) for name in targets]
    jobs = [job for place in places for job in jobs_of(place, opened, chosen, runs)]
    carried = {place.name: place for place in places}
    if out is None:
        return _carry(jobs, carried, progress)
    with replacing_file(Path(out)) as temporary:
        records = _carry(jobs, carried, progress)
        write_records(temporary, records)
    return records


def jobs_of(target: Target, bundles: Sequence[Bundle], suite: Suite, runs: Path) -> list[Job]:
    """One job for each of the target's numbers of threads; on a single core there is only one."""
    models = list(suite.models)
    if target.kind in suite.partners:
        separable = models + [bundle.manifest.model for bundle in bundles if bundle.manifest.quantized]
        models += partners(separable)
    single = target.name == target.kind and cores() == 1
    counts = target.thread_counts[:1] if single else target.thread_counts
    return [
        Job(
            target=target.name,
            kind=target.kind,
            bundles=tuple(str(bundle.folder.resolve()) for bundle in bundles),
            models=tuple(models),
            runs=str(Path(runs).resolve()) if Path(runs).is_dir() else "",
            threads=count,
            rounds=suite.rounds,
            engines=suite.engines,
            commit=source_commit(),
            settings=dict(suite.targets.get(target.kind, {})),
        )
        for count in counts
    ]


def _carry(jobs: Sequence[Job], targets: dict[str, Target], progress: Progress) -> list[Record]:
    return merged(targets[job.target].carry(job, progress) for job in jobs)
