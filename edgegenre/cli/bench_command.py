"""`edgegenre bench`: what bundles cost, on this machine, on emulated ones, and on others."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegenre.cli.console import console_progress, print_table, say, show
from edgegenre.cli.options import bundle_or_latest

if TYPE_CHECKING:
    from edgegenre.records.record import Record

RESULTS = Path("results")


def _list_targets(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from edgegenre.targets.registry import TARGETS

    rows = [[target.name, target.summary] for target in TARGETS.values()]
    rows.append(["ssh://user@host[:port]", "another computer: what `cpu` measures, there"])
    print_table(["target", "what is measured"], rows, left=2)
    ctx.exit()


@click.command("bench", short_help="Measure bundles here, on emulated processors, on other computers.")
@click.argument("bundles", metavar="[BUNDLE…]", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="NAME",
    help="Where: cpu (default), gpu, pi, mcu or ssh://user@host[:port]; may be given several times.",
)
@click.option(
    "--list-targets",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_targets,
    help="List the targets and exit.",
)
@click.option("--suite", default="default", show_default=True, help="One of bench/suites, or a .toml file of yours.")
@click.option(
    "--ssh-config", type=click.Path(path_type=Path), help="A configuration for ssh (ssh -F) instead of your own."
)
@click.option(
    "--json",
    "out",
    type=click.Path(path_type=Path),
    help="The file for the records; default: results/<newest bundle, or suite>.json.",
)
@click.option("--rounds", type=click.IntRange(min=1), help="Interleaved rounds; more make narrower quantiles.")
def bench_command(
    bundles: tuple[Path, ...],
    targets: tuple[str, ...],
    suite: str,
    ssh_config: Path | None,
    out: Path | None,
    rounds: int | None,
) -> None:
    """Measure BUNDLE… (default: the newest) on every target, all engines in turn, and write the records."""
    from edgegenre.bench.measure import run_bench
    from edgegenre.bench.suite import find_suite

    chosen_suite = find_suite(suite)
    chosen = list(bundles)
    if chosen_suite.bundles and not chosen:
        chosen = [bundle_or_latest(None)]
    name = chosen[0].resolve().name if chosen else chosen_suite.name
    out = out or RESULTS / f"{name}.json"
    records = run_bench(
        chosen,
        targets=tuple(dict.fromkeys(targets)) or ("cpu",),
        suite=chosen_suite,
        rounds=rounds,
        out=out,
        ssh_config=ssh_config,
        progress=console_progress(),
    )
    _show(records)
    show(f"\n{out}: {len(records)} records. Next: edgegenre report")


def _show(records: "list[Record]") -> None:
    from edgegenre.bench.summary import summaries

    for number, summary in enumerate(summaries(records)):
        show(f"{chr(10) if number else ''}{summary.title}")
        print_table(list(summary.headings), [list(row) for row in summary.rows], left=summary.left)
    for record in records:
        if record.latency is None and record.note and record.provenance == "measured" and record.memory is None:
            say(f"not run: {record.engine} {record.arithmetic} {record.workload}: {record.note}")
