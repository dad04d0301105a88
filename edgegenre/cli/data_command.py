"""`edgegenre data`: looking at a data set, and rendering the synthetic one."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegenre.cli.console import console_progress, print_table

if TYPE_CHECKING:
    from edgegenre.datasets.track import Dataset


@click.group("data")
def data_command() -> None:
    """Check a data set, or render the synthetic one."""


@data_command.command("check")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--dataset", default="folder", show_default=True, metavar="NAME", help="gtzan, extended-ballroom, ….")
@click.option("--md5-index", type=click.Path(path_type=Path), help="The published MD5 index to check GTZAN against.")
def check(folder: Path, dataset: str, md5_index: Path | None) -> None:
    """Count what is in DIR, decode every file, and list what is wrong. Exit status 2 when nothing can be used."""
    from edgegenre.datasets.check import check_dataset
    from edgegenre.datasets.registry import open_dataset

    progress = console_progress()
    opened = open_dataset(dataset, folder, md5_index=md5_index, progress=progress)
    _show(check_dataset(opened, progress=progress))


@data_command.command("synth")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--tracks", type=click.IntRange(min=1), default=30, show_default=True, help="Tracks a class.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
def synth(out: Path, tracks: int, seed: int) -> None:
    """Render the synthetic data set, thirteen ballroom rhythms, into the folder OUT."""
    from edgegenre.datasets.synthetic import write_dataset

    progress = console_progress()
    dataset = write_dataset(out, tracks, seed=seed, progress=progress)
    click.echo(f"{out}: {len(dataset.tracks)} tracks of {len(dataset.labels)} classes (synthetic)")


def _show(dataset: "Dataset") -> None:
    synthetic = " (synthetic)" if dataset.synthetic else ""
    tracks = Counter(track.label for track in dataset.tracks)
    groups = Counter(label for label, _ in {(track.label, track.group) for track in dataset.tracks if track.group})
    print_table(
        ["class", "tracks", "artists or albums"],
        [[label, str(tracks[label]), str(groups[label] or "not known")] for label in dataset.labels],
    )
    click.echo(f"\n{dataset.root}: {dataset.name}{synthetic}, {len(dataset.tracks)} usable tracks")
    for problem in dataset.problems:
        click.echo(f"problem: {problem}")
