"""The music that --data, --dataset, --groups and --without name, for the commands that train."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegenre.cli.console import console_progress, say

if TYPE_CHECKING:
    from edgegenre.datasets.track import Dataset


def asked_dataset(data: tuple[Path, ...], name: str | None, groups: Path | None, without: tuple[str, ...]) -> "Dataset":
    """That data set, the built-in synthetic one where no folder is named; its problems are said.

    Raises DatasetError when it cannot be opened, click.UsageError when the options do not go together.
    """
    from edgegenre.datasets.track import without as without_classes

    progress = console_progress()
    if groups is not None and not data:
        raise click.UsageError("--groups needs --data: the folder whose files it names.")
    if not data and name in (None, "synthetic"):
        from edgegenre.datasets.synthetic import synthetic_dataset

        say("No --data: training on the built-in synthetic set. Figures from it say nothing about real music.")
        return without_classes(synthetic_dataset(progress=progress), without)
    if not data:
        raise click.UsageError(f"--dataset {name} needs --data: the folder that holds it.")
    from edgegenre.datasets.registry import open_dataset

    opened = open_dataset(name or "folder", data, groups=groups, progress=progress)
    for problem in opened.problems:
        say(problem)
    return without_classes(opened, without)
