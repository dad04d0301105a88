"""Options and lookups that several commands share."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from edgegenre.runs.run_folder import Run

json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON on standard output.")
engine_option = click.option(
    "--engine",
    metavar="NAME",
    help="reference (numpy), onnxruntime, litert, native (C), torch (runs only); default: the fastest installed.",
)
arithmetic_option = click.option(
    "--arithmetic",
    type=click.Choice(["float32", "q31"]),
    default="float32",
    show_default=True,
    help="How int8 models round: float32, or q31 as on cores without FPU.",
)
skip_broken_option = click.option(
    "--skip-broken", is_flag=True, help="Leave out sound files that cannot be decoded, and say so."
)
bundle_option = click.option(
    "--bundle",
    type=click.Path(path_type=Path),
    help="The bundle (or run) to classify with; default: the newest under ./bundles.",
)


def bundle_or_latest(bundle: Path | None) -> Path:
    """The folder that was named, or the newest bundle. Raises BundleError when there is none."""
    from edgegenre.bundle import latest_bundle

    return bundle if bundle is not None else latest_bundle()


def run_or_latest(run: Path | None) -> "Run":
    """The run that was named, or the newest completed one. Raises TrainingError when there is none."""
    from edgegenre.runs.run_folder import RUNS, latest_run, load_run

    if run is None:
        return latest_run()
    # A run may be named as `train` prints it, or by its name alone.
    return load_run(run if run.is_dir() or len(run.parts) > 1 else RUNS / run)
