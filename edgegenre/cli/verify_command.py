"""`edgegenre verify`: do all engines compute a bundle's numbers? Exit status 1 when they do not."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegenre.cli.console import console_progress, print_json, print_table, say, show
from edgegenre.cli.options import bundle_or_latest, json_option

if TYPE_CHECKING:
    from edgegenre.evaluation.verify.bundle import Verification

MISMATCH = 1


@click.command("verify", short_help="Compare every engine with the integers.")
@click.argument("bundle", required=False, type=click.Path(path_type=Path))
@json_option
@click.pass_context
def verify_command(ctx: click.Context, bundle: Path | None, as_json: bool) -> None:
    """Run BUNDLE (default: the newest) on every installed engine and count values that differ; the right count is 0.

    The C runtime is compiled for this machine where there is a C compiler; the C files in BUNDLE are compared with what
    is exported from its integers now.
    """
    from edgegenre.evaluation.verify.bundle import verify

    folder = bundle_or_latest(bundle)
    verification = verify(folder, progress=console_progress())
    if as_json:
        print_json(verification.to_dict())
    else:
        _show(folder, verification)
    for engine in verification.not_run:
        say(f"not run: {engine.engine}; it would with: {engine.install}")
    for problem in verification.problems:
        say(problem)
    ctx.exit(0 if verification.passed else MISMATCH)


def _show(folder: Path, verification: "Verification") -> None:
    rows = [
        [
            result.engine,
            result.arithmetic,
            str(result.tensors),
            f"{result.outputs:,}",
            f"{result.mismatches:,}",
            str(result.max_difference),
            f"{result.top1_agreement:.1%}",
            result.first_difference,
        ]
        for result in verification.results
    ]
    headings = ["engine", "arithmetic", "tensors", "values", "mismatches", "largest", "top-1", "first difference"]
    print_table(headings, rows, left=2)
    clips = f"{verification.recorded_clips} real and {verification.random_clips} random windows"
    verdict = "verified: every value is the same" if verification.passed else "NOT verified"
    code = f", and {verification.firmware_files} C files compared" if verification.firmware_files else ""
    show(f"\n{folder}: {verdict}, on {clips}{code}")
