"""Options and lookups that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgegenre.cli.console import say

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
scheduler_option = click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Let the workers of a Dask scheduler read the music, as tcp://host:8786; they need the same folders.",
)


def seed_option(meaning: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """--seed, whatever it decides."""
    return click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help=meaning)


def mode_option(default: str, meaning: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """--mode of a stream on a device, whatever the command makes of it."""
    return click.option(
        "--mode", type=click.Choice(["clip", "continuous"]), default=default, show_default=True, help=meaning
    )


cycles_option = click.option(
    "--cycles-per-instruction",
    type=click.FloatRange(min=0, min_open=True),
    help="Default: what is assumed of the core.",
)
split_option = click.option(
    "--split",
    "split_by",
    type=click.Choice(["track", "artist", "published", "piece"]),
    help="What no split divides: a track, an artist; or the published split. piece, for comparison with papers alone: "
    "windows of one track on both sides, leaking. Default: artist where half of the tracks name one, else track.",
)
groups_option = click.option(
    "--groups",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="CSV file of two columns, path and group: what a split keeps together, instead of tags and folders.",
)
without_option = click.option(
    "--without", metavar="GENRE", multiple=True, help="Leave out a genre; may be given again."
)
data_at_option = click.option(
    "--data-at",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where the run's data set is now, when it has moved since training.",
)
bundle_option = click.option(
    "--bundle",
    type=click.Path(path_type=Path),
    help="The bundle (or run) to classify with; default: the newest under ./bundles.",
)


def bundle_or_latest(bundle: Path | None) -> Path:
    """The folder that was named, or the newest bundle, and say which. Raises BundleError when there is none."""
    from edgegenre.bundle import latest_bundle

    if bundle is not None:
        return bundle
    newest = latest_bundle()
    say(f"with {newest}, the newest bundle")
    return newest


def run_or_latest(run: Path | None, data_at: Path | None = None) -> "Run":
    """The run that was named, or the newest completed one, and say which. Raises TrainingError when there is none.

    data_at: the new place of its data set.
    """
    from edgegenre.runs.run_folder import latest_run, load_run

    if run is not None:
        found = load_run(run_path(run))
    else:
        found = latest_run()
        say(f"with {found.path}, the newest run")
    return found if data_at is None else found.with_data_at(data_at)


def run_path(run: Path) -> Path:
    """A run may be named as `train` prints it, or by its name alone."""
    from edgegenre.runs.run_folder import RUNS

    return run if run.is_dir() or len(run.parts) > 1 else RUNS / run
