"""Options and lookups of the commands that train."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegenre.cli.console import console_progress, say

if TYPE_CHECKING:
    from edgegenre.datasets.track import Dataset


def _fold(ctx: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """`--fold 2/5` as (2, 5)."""
    if value is None:
        return None
    number, slash, folds = value.partition("/")
    if not (slash and number.isdecimal() and folds.isdecimal()):
        raise click.BadParameter("two numbers are needed: 2/5 is the second of five folds.")
    return int(number), int(folds)


training_data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Folder of the data set, by default one folder a genre. Given again: several folders are one data set. "
    "Without it: the built-in synthetic set.",
)
layout_option = click.option(
    "--dataset",
    metavar="NAME",
    help="How --data is laid out: folder (default), gtzan, extended-ballroom, fma, synthetic.",
)
training_device_option = click.option(
    "--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:N or mps."
)
fold_option = click.option(
    "--fold", metavar="I/N", callback=_fold, help="Test on fold I of N instead of the recipe's share."
)
form_option = click.option(
    "--int8/--float",
    "quantized",
    default=True,
    help="What it is to be exported as (default int8): what could not be is refused at once.",
)


def named_dataset(data: tuple[Path, ...], name: str | None, groups: Path | None, without: tuple[str, ...]) -> "Dataset":
    """The data set that the options name, what is wrong with it said. Raises DatasetError or click.UsageError."""
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
