"""`edgegenre data`: looking at a data set, and rendering the synthetic one."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegenre.cli.console import console_progress, print_json, print_table, say, show
from edgegenre.cli.options import groups_option, json_option, skip_broken_option, split_option, without_option

if TYPE_CHECKING:
    from edgegenre.datasets.check import Report
    from edgegenre.datasets.groups import SplitBy
    from edgegenre.datasets.track import Dataset

NOT_PASSED = 1


@click.group("data", short_help="Check a data set, or render the synthetic one.")
def data_command() -> None:
    """Check a data set, or render the synthetic one."""


@data_command.command("check")
@click.argument("folders", metavar="DIR…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--dataset", default="folder", show_default=True, metavar="NAME", help="gtzan, extended-ballroom, fma, …."
)
@click.option("--md5-index", type=click.Path(path_type=Path), help="The published MD5 index to check GTZAN against.")
@split_option
@groups_option
@without_option
@skip_broken_option
@json_option
@click.pass_context
def check(
    ctx: click.Context,
    folders: tuple[Path, ...],
    dataset: str,
    md5_index: Path | None,
    split_by: "SplitBy | None",
    groups: Path | None,
    without: tuple[str, ...],
    skip_broken: bool,
    as_json: bool,
) -> None:
    """Decode every file in DIR and say what is there and what is wrong; several folders are one data set.

    Exit status 1 when a file cannot be used, or nothing can be trained on what is there.
    """
    from edgegenre.datasets.check import check_dataset
    from edgegenre.datasets.registry import open_dataset
    from edgegenre.datasets.track import without as without_classes

    progress = console_progress()
    opened = open_dataset(dataset, folders, md5_index=md5_index, groups=groups, progress=progress)
    opened = without_classes(opened, without)
    report = check_dataset(opened, progress, by=split_by, skip_broken=skip_broken)
    if as_json:
        print_json(report.to_dict())
    else:
        _show(report)
    ctx.exit(0 if report.passed else NOT_PASSED)


@data_command.command("synth")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--tracks", type=click.IntRange(min=1), help="Tracks a class; default: 40.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
def synth(out: Path, tracks: int | None, seed: int) -> None:
    """Render the synthetic data set, thirteen ballroom rhythms, into the folder OUT."""
    from edgegenre.datasets.synthetic import TRACKS_PER_CLASS, write_dataset
    from edgegenre.errors import DatasetError, MissingDependencyError

    dataset = write_dataset(out, tracks or TRACKS_PER_CLASS, seed, console_progress())
    show(f"{out}: {len(dataset.tracks)} tracks of {len(dataset.labels)} classes (synthetic)")
    try:
        share = _baseline(dataset, seed)
    except (DatasetError, MissingDependencyError) as error:
        say(f"no baseline: {error}")
        return
    show(f"baseline: an SVM on means and deviations of MFCC recognizes {share:.1%} of its test tracks (synthetic)")


def _baseline(dataset: "Dataset", seed: int) -> float:
    from edgegenre.audio.decode import load_pcm
    from edgegenre.datasets.split import stratified_split
    from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
    from edgegenre.training.baseline import baseline

    scores = baseline(
        stratified_split(dataset, seed),
        dataset.labels,
        lambda track: {"features": LIANG_MFCC.float32(load_pcm(track.path, LIANG_MFCC.sample_rate))},
        console_progress(),
    )
    share: float = scores["test"]["accuracy"]
    return share


def _show(report: "Report") -> None:
    artists = report.artists_per_class
    rows = [[label, str(count), str(artists[label])] for label, count in report.tracks_per_class.items()]
    print_table(["class", "tracks", "artists"], rows)
    synthetic = " (synthetic)" if report.synthetic else ""
    total = sum(report.tracks_per_class.values())
    rates = ", ".join(f"{files} at {rate} Hz" for rate, files in report.sample_rates.items())
    show(f"\n{report.root}: {report.name}{synthetic}, {total} usable tracks, {report.seconds / 60:.1f} minutes")
    show(f"files: {rates or 'none can be used'}")
    show("split: " + ("published" if report.split == "published" else f"by {report.split}"))
    for sentence in report.broken:
        show(f"broken: {sentence}")
    for sentence in report.faults:
        show(f"fault: {sentence}")
    for sentence in report.warnings:
        show(f"warning: {sentence}")
    show("passed" if report.passed else "NOT passed")
