"""`edgegenre bench`: what bundles cost on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegenre.cli.console import console_progress, print_table, say, show
from edgegenre.cli.options import bundle_or_latest

if TYPE_CHECKING:
    from edgegenre.records.record import Record

RESULTS = Path("results")


@click.command("bench", short_help="Time bundles on this machine.")
@click.argument("bundles", metavar="[BUNDLE…]", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--json",
    "out",
    type=click.Path(path_type=Path),
    help="The file for the records; default: results/<newest bundle>.json.",
)
@click.option("--rounds", type=click.IntRange(min=1), help="Interleaved rounds; more make narrower quantiles.")
def bench_command(bundles: tuple[Path, ...], out: Path | None, rounds: int | None) -> None:
    """Time BUNDLE… (default: the newest) on this CPU, one thread, all engines in turn."""
    from edgegenre.bench.measure import ROUNDS, run_bench

    chosen = list(bundles) or [bundle_or_latest(None)]
    out = out or RESULTS / f"{chosen[0].resolve().name}.json"
    records = run_bench(chosen, out=out, rounds=rounds or ROUNDS, progress=console_progress())
    _show(records)
    show(f"\n{out}: {len(records)} records. Next: edgegenre report")


def _show(records: "list[Record]") -> None:
    rows = []
    for record in records:
        if record.latency is None:
            continue
        ratio = f"{record.ratio.median:.2f}" if record.ratio else ""
        rows.append(
            [
                record.model if record.bundle else f"{record.model} (random weights)",
                record.engine,
                record.arithmetic,
                record.workload,
                f"{record.latency.p50_ms:.3f} ms",
                f"{record.latency.p95_ms:.3f} ms",
                ratio,
            ]
        )
    print_table(["model", "engine", "arithmetic", "workload", "median", "95 %", "ratio"], rows, left=4)
    for record in records:
        if record.latency is None and record.note:
            say(f"not run: {record.engine} {record.arithmetic} {record.workload}: {record.note}")
