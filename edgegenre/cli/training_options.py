"""Options that the commands which train share."""

from pathlib import Path

import click


def _fold(ctx: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """`--fold 2/5` as (2, 5)."""
    if value is None:
        return None
    number, slash, folds = value.partition("/")
    if not (slash and number.isdecimal() and folds.isdecimal()):
        raise click.BadParameter("two numbers are needed: 2/5 is the second of five folds.")
    return int(number), int(folds)


data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Folder of the data set, by default one folder a genre. Given again: several folders are one data set. "
    "Without it: the built-in synthetic set.",
)
dataset_option = click.option(
    "--dataset",
    metavar="NAME",
    help="How --data is laid out: folder (default), gtzan, extended-ballroom, fma, synthetic.",
)
device_option = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:N or mps.")
fold_option = click.option(
    "--fold", metavar="I/N", callback=_fold, help="Test on fold I of N instead of the recipe's share."
)
form_option = click.option(
    "--int8/--float",
    "quantized",
    default=True,
    help="What it is to be exported as (default int8): what could not be is refused at once.",
)
