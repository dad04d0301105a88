"""`edgegenre sweep`: many trainings that share one study, and which of them pay."""

import dataclasses
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgegenre.cli.asked_dataset import asked_dataset
from edgegenre.cli.console import console_progress, print_json, print_table, show
from edgegenre.cli.options import (
    groups_option,
    json_option,
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

if TYPE_CHECKING:
    from edgegenre.datasets.groups import SplitBy
    from edgegenre.sweep.results import Results, Trial


NONE = "–"


@click.command("sweep", short_help="Train many: models, recipes and settings, on any number of machines.")
@click.argument("models", metavar="MODEL...", nargs=-1, required=True)
@data_option
@dataset_option
@split_option
@groups_option
@without_option
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    default=40,
    show_default=True,
    help="Trainings in the study, those of other machines and of earlier calls among them.",
)
@click.option(
    "--storage",
    default="study.db",
    show_default=True,
    help="Where the study is: a SQLite file, a journal (.journal or .log) or the URL of a database. Machines that name "
    "the same one share it.",
)
@click.option(
    "--recipe",
    "recipes",
    metavar="NAME",
    multiple=True,
    help="A recipe to try, as of `edgegenre train`; may be given again. Default: quick, robust and paper.",
)
@click.option(
    "--space",
    type=click.Choice(["recipes", "paper"]),
    default="recipes",
    show_default=True,
    help="What is tried: recipes and factors of their settings; or what the models' paper searched: units, dropout, "
    "learning rate and batch, each trial stopped early.",
)
@device_option
@click.option("--repeats", type=click.IntRange(min=1), default=1, show_default=True, help="Runs of one trial.")
@seed_option("Of the split and every training.")
@fold_option
@form_option
@click.option(
    "--picture",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Draw accuracy against multiplies, with the Pareto front, as .png or .svg.",
)
@skip_broken_option
@json_option
def sweep_command(
    models: tuple[str, ...],
    data: tuple[Path, ...],
    dataset: str | None,
    split_by: "SplitBy | None",
    groups: Path | None,
    without: tuple[str, ...],
    trials: int,
    storage: str,
    recipes: tuple[str, ...],
    space: str,
    device: str,
    repeats: int,
    seed: int,
    fold: tuple[int, int] | None,
    quantized: bool,
    picture: Path | None,
    skip_broken: bool,
    as_json: bool,
) -> None:
    """Train MODELs by several recipes and settings, and show which are most accurate for what they cost.

    What is tried next is chosen by Optuna. The accuracy is that on the validation tracks: the test tracks have no say.
    Call it on as many machines as you like, and again after it was cut off.
    """
    from edgegenre.evaluation.plot_style import check_picture
    from edgegenre.sweep.paper_space import PaperSpace
    from edgegenre.sweep.study import import_optuna
    from edgegenre.sweep.sweep import Sweep, sweep
    from edgegenre.training.train import Workplace
    from edgegenre.zoo.registry import model as zoo_model

    for name in models:
        zoo_model(name)  # a wrong name is said before any data is read
    if space == "paper":
        PaperSpace.of(models)
    import_optuna()
    if picture is not None:
        check_picture(picture)
    opened = asked_dataset(data, dataset, groups, without)
    found = sweep(
        Sweep(
            models=models,
            recipes=recipes,
            seed=seed,
            fold=fold,
            split_by=split_by,
            repeats=repeats,
            form="int8" if quantized else "float",
            paper_space=space == "paper",
        ),
        opened,
        storage=storage,
        trials=trials,
        workplace=Workplace(device=device),
        skip_broken=skip_broken,
        progress=console_progress(),
    )
    title = f"{opened.name}{' (synthetic)' if opened.synthetic else ''}, seed {seed}"
    if picture is not None:
        from edgegenre.sweep.picture import draw_sweep

        draw_sweep(found, title, picture)
    if as_json:
        print_json(_figures(found, title))
    else:
        _show(found, title)


def _figures(found: "Results", title: str) -> dict[str, Any]:
    trials = [
        {
            "trial": trial.number,
            "model": trial.choice.model,
            "recipe": trial.choice.recipe,
            **_tried(trial),
            "validation_accuracy": trial.accuracy,
            "validation_tracks": trial.tracks,
            "multiplies": trial.multiplies,
            "machine": trial.machine,
            "run": trial.run,
            "pareto_front": trial.front,
        }
        for trial in found.trials
    ]
    return {"data": title, "diverged": found.diverged, "trials": trials}


def _show(found: "Results", title: str) -> None:
    diverged = f", {found.diverged} more diverged" if found.diverged else ""
    if not found.trials:
        show(f"{title}: no trial was completed{diverged}. Try recipes with a lower learning rate.")
        return
    show(f"{title}: {len(found.trials)} trials{diverged}. The Pareto front, on validation:")
    columns = [
        "model",
        "recipe",
        "multiplies",
        "accuracy",
        "tracks",
        "units",
        "learning rate",
        "batch",
        "dropout",
        "run",
    ]
    rows = [_row(trial) for trial in found.front]
    if all(row[5] == NONE for row in rows):
        columns, rows = [*columns[:5], *columns[6:]], [[*row[:5], *row[6:]] for row in rows]
    print_table(columns, rows, left=2)
    show("multiplies: of one window. ×: times what the recipe says.")
    _show_test(max(found.trials, key=lambda trial: trial.accuracy))


def _show_test(best: "Trial") -> None:
    """The one look at test tracks: of the trial that is best on validation, where its run is on this machine."""
    from edgegenre.errors import TrainingError
    from edgegenre.runs.run_folder import load_run

    if best.machine != platform.node():
        return
    try:
        run = load_run(Path(best.run))
    except TrainingError:  # moved or removed since
        return
    scores = run.metrics["test"]
    seen = f"{100 * scores['accuracy']:.1f} % of {scores['clips']}, {run.split_words}"
    show(f"Best on validation is trial {best.number}. Its test part, looked at once: {seen}.")


def _row(trial: "Trial") -> list[str]:
    return [
        trial.choice.model,
        trial.choice.recipe,
        f"{trial.multiplies / 1e6:.1f} M",
        f"{100 * trial.accuracy:.1f} %",
        f"{trial.tracks}",
        *_settings(trial),
        f"{trial.machine}:{trial.run}",
    ]


def _settings(trial: "Trial") -> list[str]:
    """Units, learning rate, batch, dropout."""
    from edgegenre.sweep.paper_space import PaperChoice

    choice = trial.choice
    if isinstance(choice, PaperChoice):
        settings = choice.settings
        dropout = [f"{share:g} before {layer}" for layer, share in settings.dropout.items() if share > 0]
        units = "-".join(map(str, settings.units))
        return [units, f"{settings.learning_rate:g}", str(settings.batch), ", ".join(dropout) or NONE]
    factors = choice.factors
    return [NONE, f"× {factors.learning_rate:.3g}", f"× {factors.batch:g}", f"× {factors.dropout:g}"]


def _tried(trial: "Trial") -> dict[str, Any]:
    from edgegenre.sweep.paper_space import PaperChoice

    choice = trial.choice
    if isinstance(choice, PaperChoice):
        return {"settings": dataclasses.asdict(choice.settings)}
    return {"factors": dataclasses.asdict(choice.factors)}
