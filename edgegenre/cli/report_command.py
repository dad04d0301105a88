"""`edgegenre report`: one HTML file from what was measured and what can be computed."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegenre.cli.bench_command import RESULTS
from edgegenre.cli.console import console_progress, say, show

if TYPE_CHECKING:
    from edgegenre.bundle import Bundle


@click.command("report", short_help="Write the report of what was measured.")
@click.argument("results", metavar="[RESULTS…]", nargs=-1, type=click.Path(path_type=Path))
@click.option("--out", default=Path("report.html"), show_default=True, type=click.Path(path_type=Path))
def report_command(results: tuple[Path, ...], out: Path) -> None:
    """Write the report of RESULTS (files or folders of `bench --json`; default: ./results) and ./bundles."""
    from edgegenre.records.files import read_records
    from edgegenre.report.page import write_report

    chosen = list(results) or ([RESULTS] if RESULTS.is_dir() else [])
    records = [record for path in chosen for record in read_records(path)]
    if not records:
        say("no results yet: the report holds what can be computed. `edgegenre bench` measures.")
    written = write_report(out, records=records, bundles=_bundles(), progress=console_progress())
    show(f"{written}: open it in a browser")


def _bundles() -> "list[Bundle]":
    """Every bundle of ./bundles that opens; one that does not is named and left out."""
    from edgegenre.bundle import bundle_folders, load_bundle
    from edgegenre.deploy.assemble import BUNDLES
    from edgegenre.errors import BundleError

    bundles = []
    for folder in bundle_folders(BUNDLES):
        try:
            bundles.append(load_bundle(folder))
        except BundleError as error:
            say(f"left out: {error}")
    return bundles
