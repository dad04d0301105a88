"""`edgegenre train`: from a folder of music to a run folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgegenre.cli.asked_dataset import asked_dataset
from edgegenre.cli.console import console_progress, say, show, speaking
from edgegenre.cli.leak_lines import show_leak
from edgegenre.cli.options import (
    groups_option,
    scheduler_option,
    seed_option,
    skip_broken_option,
    split_option,
    without_option,
)
from edgegenre.cli.training_options import (
    data_option,
    dataset_option,
    device_option,
    fold_option,
    form_option,
)

NEWEST = "newest"

if TYPE_CHECKING:
    from edgegenre.datasets.groups import SplitBy
    from edgegenre.datasets.track import Dataset
    from edgegenre.runs.protocol import Protocol
    from edgegenre.runs.run_folder import Run
    from edgegenre.zoo.entry import ZooEntry


@click.command("train", short_help="Train a model: from a folder of music to a run.")
@click.argument("model")
@data_option
@dataset_option
@split_option
@groups_option
@without_option
@click.option(
    "--other",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder of sound that is no music, a class of its own: where it is heard, the answer is 'unknown'.",
)
@click.option(
    "--recipe",
    metavar="NAME",
    help="robust (default for your own music), quick (default without --data), paper (that of MODEL's own paper; "
    "`edgegenre models MODEL` lists its variants), or the path of your own .json: what a run's config.json has under "
    "'protocol'.",
)
@device_option
@click.option("--repeats", type=click.IntRange(min=1), help="Runs with seeds SEED, SEED+1, …; default: the recipe's.")
@seed_option("Of the split and the first run.")
@fold_option
@click.option(
    "--resume",
    metavar="[RUN]",
    is_flag=False,
    flag_value=NEWEST,
    help="Take up an unfinished run of this model, by default the newest.",
)
@click.option(
    "--teacher",
    metavar="NAME",
    help="Learn from its opinion too: musicnn, or a run of your own (a bigger model trained on the same split).",
)
@click.option(
    "--unlabeled",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder of music without labels, of which the teacher has an opinion.",
)
@click.option(
    "--weights",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Of the frozen backbone that MODEL learns from; kept for later. Default: the only ones that are there.",
)
@form_option
@scheduler_option
@skip_broken_option
def train_command(
    model: str,
    data: tuple[Path, ...],
    dataset: str | None,
    split_by: "SplitBy | None",
    groups: Path | None,
    without: tuple[str, ...],
    other: Path | None,
    recipe: str | None,
    device: str,
    repeats: int | None,
    seed: int,
    fold: tuple[int, int] | None,
    resume: str | None,
    teacher: str | None,
    unlabeled: Path | None,
    weights: Path | None,
    quantized: bool,
    scheduler: str | None,
    skip_broken: bool,
) -> None:
    """Train MODEL (`edgegenre models` lists them) and leave a run folder under ./runs."""
    from edgegenre.cluster.features import Workers
    from edgegenre.datasets.track import absolute
    from edgegenre.runs.description import Experiment
    from edgegenre.training.ranks import joined_ranks
    from edgegenre.training.train import Workplace, train
    from edgegenre.zoo.registry import model as zoo_model

    with joined_ranks() as ranks, speaking(ranks.leads):
        with ranks.leader_first():
            entry = zoo_model(model)  # a wrong name is said before any data is read
            chosen = _default_protocol(entry, synthetic=not data) if recipe is None else entry.recipe(recipe)
            experiment = Experiment(
                model=model,
                protocol=chosen,
                seed=seed,
                fold=fold,
                split_by=split_by,
                repeats=repeats,
                teacher=_teacher(teacher),
                unlabeled=None if unlabeled is None else absolute(unlabeled),
            )
            unfinished = _unfinished(resume, model)
            music = _with_other(asked_dataset(data, dataset, groups, without), other)
        helpers = None if scheduler is None else Workers(scheduler=scheduler)
        run = train(
            experiment,
            music,
            workplace=Workplace(device=device, helpers=helpers, weights=weights, ranks=ranks),
            form="int8" if quantized else "float",
            resume=unfinished,
            skip_broken=skip_broken,
            progress=console_progress(),
        )
        _show(run)


def _default_protocol(entry: "ZooEntry", *, synthetic: bool) -> "Protocol":
    """What is trained by when nothing is said: the paper's protocol where the general one cannot be."""
    from edgegenre.errors import TrainingError
    from edgegenre.runs.protocols import default_protocol
    from edgegenre.training.torch_import import import_torch

    import_torch("Training")
    from edgegenre.training.preparation import check_crops
    from edgegenre.training.transforms import check_augmentation

    chosen, network = default_protocol(synthetic=synthetic), entry.build(entry.paper_classes)
    try:
        check_crops(network, chosen)
        check_augmentation(chosen.augmentation, entry.frontends)
    except TrainingError:
        say(f"{entry.name} is trained by its paper's recipe 'paper': '{chosen.name}' does not suit it.")
        return entry.recipe("paper")
    return chosen


def _teacher(name: str | None) -> str | None:
    """A run by its whole path, so that `--resume` finds it from anywhere; another name as it is."""
    from edgegenre.cli.options import run_path

    if name is None or not run_path(Path(name)).is_dir():
        return name
    return str(run_path(Path(name)).absolute())


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


def _with_other(dataset: "Dataset", folder: Path | None) -> "Dataset":
    from edgegenre.datasets.other import with_other

    return dataset if folder is None else with_other(dataset, folder)


def _show(run: "Run") -> None:
    synthetic = " (synthetic)" if run.dataset.synthetic else ""
    test, validation = run.metrics["test"]["accuracy"], run.metrics["validation"]["accuracy"]
    show(f"{run.path}: {run.model} on {run.dataset.name}{synthetic}, {run.split_words}")
    leaking = run.split_by == "piece"
    tested = "test pieces" if leaking else "test tracks"
    follows = ", leaking: of tracks trained on." if leaking else ". Next: edgegenre export --int8"
    show(f"accuracy: {test:.3f} on its {tested}, {validation:.3f} on validation{follows}")
    _show_baseline(run.metrics["baseline"], test, tested)
    show_leak(run.metrics["leak"], run)


def _show_baseline(baseline: dict[str, Any], accuracy: float, tested: str) -> None:
    yardstick = baseline["test"]["accuracy"]
    show(f"baseline: {yardstick:.3f} on the same {tested} ({baseline['method']} of the same features)")
    if accuracy < yardstick:
        show("The network LOSES to the baseline: do not ship it before more music, or another model, has changed that.")
