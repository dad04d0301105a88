"""`edgegenre train`: from a folder of music to a run folder."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegenre.cli.console import console_progress, say, show
from edgegenre.cli.options import skip_broken_option

NEWEST = "newest"

if TYPE_CHECKING:
    from edgegenre.datasets.track import Dataset
    from edgegenre.runs.run_folder import Run


def _fold(ctx: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """`--fold 2/5` as (2, 5)."""
    if value is None:
        return None
    number, slash, folds = value.partition("/")
    if not (slash and number.isdecimal() and folds.isdecimal()):
        raise click.BadParameter("two numbers are needed: 2/5 is the second of five folds.")
    return int(number), int(folds)


@click.command("train", short_help="Train a model: from a folder of music to a run.")
@click.argument("model")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder of the data set, by default one folder a genre. Without it: the built-in synthetic set.",
)
@click.option(
    "--dataset",
    metavar="NAME",
    help="How --data is laid out: folder (default), gtzan, extended-ballroom, synthetic.",
)
@click.option(
    "--recipe",
    default="quick",
    show_default=True,
    metavar="NAME",
    help="quick, paper (that of MODEL's own paper; `edgegenre models MODEL` lists its variants), or the path of your "
    "own .json: what a run's config.json has under 'protocol'.",
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:N or mps.")
@click.option("--repeats", type=click.IntRange(min=1), help="Runs with seeds SEED, SEED+1, …; default: the recipe's.")
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Of the split and the first run."
)
@click.option("--fold", metavar="I/N", callback=_fold, help="Test on fold I of N instead of the recipe's share.")
@click.option(
    "--resume",
    metavar="[RUN]",
    is_flag=False,
    flag_value=NEWEST,
    help="Take up an unfinished run of this model, by default the newest.",
)
@click.option(
    "--int8/--float",
    "quantized",
    default=True,
    help="What it is to be exported as (default int8): what could not be is refused at once.",
)
@skip_broken_option
def train_command(
    model: str,
    data: Path | None,
    dataset: str | None,
    recipe: str,
    device: str,
    repeats: int | None,
    seed: int,
    fold: tuple[int, int] | None,
    resume: str | None,
    quantized: bool,
    skip_broken: bool,
) -> None:
    """Train MODEL (`edgegenre models` lists them) and leave a run folder under ./runs."""
    from edgegenre.runs.description import Experiment
    from edgegenre.training.train import Workplace, train
    from edgegenre.zoo.registry import model as zoo_model

    recipe_of_model = zoo_model(model).recipe(recipe)  # a wrong name is said before any data is read
    experiment = Experiment(model=model, protocol=recipe_of_model, seed=seed, fold=fold, repeats=repeats)
    unfinished = _unfinished(resume, model)
    run = train(
        experiment,
        _dataset(data, dataset),
        workplace=Workplace(device=device),
        form="int8" if quantized else "float",
        resume=unfinished,
        skip_broken=skip_broken,
        progress=console_progress(),
    )
    _show(run)


def _unfinished(resume: str | None, model: str) -> Path | None:
    """The run to take up, or None for a new one."""
    from edgegenre.cli.options import run_path
    from edgegenre.runs.run_folder import RUNS, latest_unfinished_run

    if resume is None:
        return None
    if resume != NEWEST:
        return run_path(Path(resume))
    newest = latest_unfinished_run(RUNS, model)
    say(f"resuming {newest}")
    return newest


def _dataset(data: Path | None, name: str | None) -> "Dataset":
    progress = console_progress()
    if data is None and name in (None, "synthetic"):
        from edgegenre.datasets.synthetic import synthetic_dataset

        say("No --data: training on the built-in synthetic set. Figures from it say nothing about real music.")
        return synthetic_dataset(progress=progress)
    if data is None:
        raise click.UsageError(f"--dataset {name} needs --data: the folder that holds it.")
    from edgegenre.datasets.registry import open_dataset

    opened = open_dataset(name or "folder", data, progress=progress)
    for problem in opened.problems:
        say(problem)
    return opened


def _show(run: "Run") -> None:
    synthetic = " (synthetic)" if run.dataset.synthetic else ""
    test, validation = run.metrics["test"]["accuracy"], run.metrics["validation"]["accuracy"]
    show(f"{run.path}: {run.model} on {run.dataset.name}{synthetic}")
    show(f"accuracy: {test:.3f} on its test tracks, {validation:.3f} on validation. Next: edgegenre export --int8")
