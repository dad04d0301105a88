"""The one call behind `edgegenre sweep`: train what the study wants next until it has as many trials as were asked for.

Choices are made on the validation tracks. A run scores its test tracks like every run; nothing of that is read here.
"""

import contextlib
import hashlib
import json
import platform
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgegenre.datasets.groups import SplitBy
from edgegenre.datasets.track import Dataset
from edgegenre.errors import DivergedError, SweepError, TrainingError
from edgegenre.files import this_process
from edgegenre.frontend.extractors import Form
from edgegenre.network.costs import costs
from edgegenre.progress import SILENT, Progress
from edgegenre.runs.description import Experiment
from edgegenre.runs.run_folder import COMPLETED, CONFIG, Run, read_record
from edgegenre.sweep.paper_space import PaperSpace
from edgegenre.sweep.results import DIVERGED, MACHINE, RUN, TRACKS, Results, results_of
from edgegenre.sweep.space import RecipeSpace, space_of
from edgegenre.sweep.study import (
    PROCESS,
    TAKES_UP,
    import_optuna,
    open_study,
    run_again,
    storage_errors,
    take_up_cut_off,
)
from edgegenre.training.torch_import import import_torch
from edgegenre.training.train import Workplace, train


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """What is the same in all trials, beside the data set.

    models: of the zoo. recipes: names or paths, none for `space.RECIPES`. seed, fold, split_by: as of an `Experiment`.
    repeats: runs of one trial, with seeds seed, seed + 1, ... form: what the models are to be exported as. paper_space:
    whether the search is that of the models' papers, and not among recipes.
    Raises SweepError for recipes in a paper's space.
    """

    models: tuple[str, ...]
    recipes: tuple[str, ...] = ()
    seed: int = 0
    fold: tuple[int, int] | None = None
    split_by: SplitBy | None = None
    repeats: int = 1
    form: Form = "int8"
    paper_space: bool = False

    def __post_init__(self) -> None:
        if self.paper_space and self.recipes:
            raise SweepError("a paper's search has a recipe of its own. Leave out --recipe, or --space.")


def sweep(
    asked: Sweep,
    dataset: Dataset,
    *,
    storage: str,
    trials: int,
    workplace: Workplace | None = None,
    skip_broken: bool = False,
    progress: Progress = SILENT,
) -> Results:
    """Train until the study in `storage` has `trials` trials, those of other machines among them, and return all.

    A training that diverges counts as a trial. One that is cut off is failed, and what it had chosen is tried again:
    its run is taken up where it is on this machine. Raises what `train` raises, MissingDependencyError or SweepError.
    """
    import_optuna()
    import_torch("A sweep")
    space: RecipeSpace | PaperSpace
    if asked.paper_space:
        space = PaperSpace.of(asked.models)
    else:
        space = space_of(asked.models, asked.recipes, classes=len(dataset.labels), form=asked.form, progress=progress)
    study = open_study(storage, _described(asked, dataset, space), space.first())
    trainer = _Trainer(
        asked=asked,
        dataset=dataset,
        space=space,
        workplace=workplace or Workplace(),
        skip_broken=skip_broken,
        progress=progress,
    )
    with storage_errors(storage), progress.task("sweep", trials) as task:
        take_up_cut_off(study)
        done = _done(study)
        task.advance(min(done, trials))
        while done < trials:
            _try_one(study, trainer)
            before, done = done, _done(study)
            task.advance(done - before)
        return results_of(study)


def _try_one(study: Any, trainer: "_Trainer") -> None:
    overtaken = len(trainer.overtaken)
    try:
        study.optimize(trainer, n_trials=1, catch=(DivergedError,))
    except ValueError:  # of a trial that somebody else has ended
        if len(trainer.overtaken) == overtaken:
            raise
        trainer.progress.warn(
            f"Trial {trainer.overtaken[-1]} was given to another machine meanwhile, as this one was not heard of. "
            "Its run stays, and counts for nothing here."
        )


@dataclass(frozen=True, kw_only=True)
class _Trainer:
    """What Optuna calls with each trial.

    overtaken: numbers of those that were given to another machine, as this one had not been heard of for too long.
    """

    asked: Sweep
    dataset: Dataset
    space: RecipeSpace | PaperSpace
    workplace: Workplace
    skip_broken: bool
    progress: Progress
    overtaken: list[int] = field(default_factory=list)

    def __call__(self, trial: Any) -> tuple[float, int]:
        from optuna.exceptions import UpdateFinishedTrialError

        trial.set_user_attr(PROCESS, this_process())
        trial.set_user_attr(MACHINE, platform.node())
        try:
            run = self._train(trial)
        except DivergedError:
            trial.set_user_attr(DIVERGED, True)
            raise
        except BaseException:  # Ctrl-C and a full disk say nothing about what was chosen
            run_again(trial.study, trial.study.get_trials(deepcopy=False)[trial.number])
            raise
        try:
            trial.set_user_attr(RUN, str(run.path))
        except UpdateFinishedTrialError:
            self.overtaken.append(trial.number)
            raise
        trial.set_user_attr(TRACKS, run.metrics["validation"]["clips"])
        accuracy = statistics.fmean(repeat["validation_accuracy"] for repeat in run.metrics["repeats"])
        return accuracy, costs(run.network, frames_per_second=1 / run.clock.hop_seconds).multiplies

    def _train(self, trial: Any) -> Run:
        wanted = self.space.suggested(trial)
        experiment = Experiment(
            model=wanted.model,
            protocol=wanted.protocol,
            seed=self.asked.seed,
            fold=self.asked.fold,
            split_by=self.asked.split_by,
            repeats=self.asked.repeats,
            units=wanted.units,
        )
        return train(
            experiment,
            self.dataset,
            workplace=self.workplace,
            form=self.asked.form,
            resume=self._begun(experiment) if TAKES_UP in trial.user_attrs else None,
            skip_broken=self.skip_broken,
            progress=self.progress,
        )

    def _begun(self, experiment: Experiment) -> Path | None:
        """The unfinished run of this very experiment under the runs folder, if there is one."""
        wanted = {
            "model": experiment.model,
            "protocol": json.loads(json.dumps(experiment.protocol.to_dict())),
            "seed": experiment.seed,
            "fold": None if experiment.fold is None else list(experiment.fold),
            "repeats": len(experiment.seeds),
            "units": None if experiment.units is None else list(experiment.units),
        }
        for config in sorted(self.workplace.runs_folder.glob(f"*/{CONFIG}")):
            with contextlib.suppress(TrainingError):
                held = read_record(config)
                here = isinstance(held.get("dataset"), dict) and held["dataset"].get("root") == str(self.dataset.root)
                unfinished = not (config.parent / COMPLETED).exists()
                if here and unfinished and all(held.get(name) == value for name, value in wanted.items()):
                    return config.parent
        return None


def _described(asked: Sweep, dataset: Dataset, space: RecipeSpace | PaperSpace) -> dict[str, Any]:
    """What two sweeps must have in common to share a study, as JSON values; the same on every machine."""
    tracks = [[track.identifier, track.label, track.group, track.part] for track in dataset.tracks]
    return {
        "models": space.models,
        "recipes": _digest(space.described()),
        "data set": {"name": dataset.name, "labels": list(dataset.labels), "tracks": _digest(tracks)},
        "seed": asked.seed,
        "fold": None if asked.fold is None else list(asked.fold),
        "split": asked.split_by,
        "repeats": asked.repeats,
        "form": asked.form,
    }


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _done(study: Any) -> int:
    """Trials that need no other try."""
    from optuna.trial import TrialState

    return sum(
        trial.state == TrialState.COMPLETE or DIVERGED in trial.user_attrs for trial in study.get_trials(deepcopy=False)
    )
