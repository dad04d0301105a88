"""What a study has found: its trials as frozen data, and those that no other beats."""

from dataclasses import dataclass
from typing import Any

from edgegenre.sweep.paper_space import PaperChoice
from edgegenre.sweep.space import Choice, is_of_recipes

RUN, MACHINE, TRACKS, DIVERGED = "run", "machine", "validation_tracks", "diverged"
"""User attributes of a trial."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One training. accuracy: share of the validation tracks that are answered rightly, the mean over repeats.

    multiplies: of one window. tracks: how many validation tracks there are. run: its folder on `machine`.
    front: whether no other trial is as accurate with fewer multiplies, or more accurate with as many.
    """

    number: int
    choice: Choice | PaperChoice
    accuracy: float
    multiplies: int
    tracks: int
    run: str
    machine: str
    front: bool


@dataclass(frozen=True, kw_only=True)
class Results:
    """trials: those that were completed, by their multiplies, the most accurate first. diverged: how many others ended
    because their loss was no number any more.
    """

    trials: tuple[Trial, ...]
    diverged: int

    @property
    def front(self) -> tuple[Trial, ...]:
        """The Pareto front, the fewest multiplies first."""
        return tuple(trial for trial in self.trials if trial.front)


def results_of(study: Any) -> Results:
    """All that `study` holds, from whichever machine."""
    from optuna.trial import TrialState

    every = study.get_trials(deepcopy=False)
    front = {trial.number for trial in study.best_trials}
    found = [_trial(trial, trial.number in front) for trial in every if trial.state == TrialState.COMPLETE]
    return Results(
        trials=tuple(sorted(found, key=lambda trial: (trial.multiplies, -trial.accuracy, trial.number))),
        diverged=sum(DIVERGED in trial.user_attrs for trial in every),
    )


def _trial(trial: Any, front: bool) -> Trial:
    accuracy, multiplies = trial.values
    return Trial(
        number=trial.number,
        choice=_choice(trial.params),
        accuracy=accuracy,
        multiplies=int(multiplies),
        tracks=int(trial.user_attrs[TRACKS]),
        run=str(trial.user_attrs[RUN]),
        machine=str(trial.user_attrs[MACHINE]),
        front=front,
    )


def _choice(parameters: dict[str, Any]) -> Choice | PaperChoice:
    kind = Choice if is_of_recipes(parameters) else PaperChoice
    return kind.from_parameters(parameters)
