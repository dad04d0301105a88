"""`edgegenre report`: one file from what was measured and what can be computed."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegenre.cli.bench_command import RESULTS
from edgegenre.cli.console import console_progress, say, show

if TYPE_CHECKING:
    from edgegenre.bundle import Bundle

ENDINGS = {"html": ".html", "markdown": ".md", "csv": ".csv"}


@click.command("report", short_help="Write the report of what was measured.")
@click.argument("results", metavar="[RESULTS…]", nargs=-1, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="The file to write; default: report with its ending.")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(ENDINGS)),
    default="html",
    show_default=True,
    help="A page with plots, the same tables as Markdown, or one row a record as CSV.",
)
def report_command(results: tuple[Path, ...], out: Path | None, form: str) -> None:
    """Write the report of RESULTS (files or folders of `bench --json`; default: ./results) and ./bundles."""
    from edgegenre.records.files import read_records
    from edgegenre.report.page import write_report
    from edgegenre.report.text_formats import write_csv, write_markdown

    chosen = list(results) or ([RESULTS] if RESULTS.is_dir() else [])
    records = [record for path in chosen for record in read_records(path)]
    if not records:
        say("no results yet: the report holds what can be computed. `edgegenre bench` measures.")
    path = out or Path("report").with_suffix(ENDINGS[form])
    if form == "csv":
        write_csv(path, records=records)
    elif form == "markdown":
        write_markdown(path, records=records, bundles=_bundles())
    else:
        write_report(path, records=records, bundles=_bundles(), progress=console_progress())
    show(f"{path}: {'open it in a browser' if form == 'html' else 'written'}")


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
