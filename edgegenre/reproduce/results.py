"""What a reproduction found so far: a row for each model, ours beside theirs, and every two models compared."""

import dataclasses
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean, stdev
from typing import Any

from edgegenre import __version__
from edgegenre.datasets.groups import SplitBy
from edgegenre.reproduce.outcome import Outcome
from edgegenre.reproduce.plan import Plan
from edgegenre.reproduce.statistics import Difference, corrected_difference, holm
from edgegenre.zoo.entry import ZooEntry

SCHEMA = "edgegenre reproduction 1"


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Scores of several runs, 0 to 1: their mean, and the standard deviation, None of a single run."""

    mean: float
    deviation: float | None
    runs: int


@dataclass(frozen=True, kw_only=True)
class Score:
    """A model on the test tracks of one kind of split. windows: of each window for itself, None where there is none."""

    accuracy: Spread
    macro_f1: Spread
    windows: Spread | None
    baseline: Spread


@dataclass(frozen=True, kw_only=True)
class Row:
    """A model. parameters, multiplies: ours, for the paper's classes and one window. scores: None without a run yet."""

    entry: ZooEntry
    parameters: int
    multiplies: int
    scores: dict[SplitBy, Score | None]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The accuracy of `one` less that of `other` on the same splits; p_holm: p corrected for the number of pairs."""

    one: str
    other: str
    by: SplitBy
    splits: int
    difference: Difference
    p_holm: float | None


@dataclass(frozen=True, kw_only=True)
class Results:
    """plan: what was asked for. outcomes: of the trainings that are done."""

    plan: Plan
    outcomes: tuple[Outcome, ...]
    rows: tuple[Row, ...]
    comparisons: tuple[Comparison, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the content of results.json."""
        plan = self.plan
        return {
            "schema": SCHEMA,
            "edgegenre": __version__,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "paper": plan.paper.name,
            "data": {
                "paper": plan.paper.data,
                "name": plan.dataset.name,
                "root": str(plan.dataset.root),
                "synthetic": plan.dataset.synthetic,
                "tracks": len(plan.dataset.tracks),
                "labels": list(plan.dataset.labels),
            },
            "seed": plan.seed,
            "repeats": plan.repeats,
            "folds": plan.folds,
            "splits": list(plan.ways),
            "notes": list(plan.notes),
            "runs_planned": len(plan.jobs),
            "runs_done": len(self.outcomes),
            "models": [
                {
                    "name": row.entry.name,
                    "paper_parameters": row.entry.paper_parameters,
                    "parameters": row.parameters,
                    "multiplies": row.multiplies,
                    "paper_accuracy": row.entry.paper_accuracy,
                    "paper_scored": row.entry.paper_scored,
                    "protocol": protocol.to_dict(),
                    "scores": {by: None if s is None else dataclasses.asdict(s) for by, s in row.scores.items()},
                }
                for row, (_, protocol) in zip(self.rows, plan.models, strict=True)
            ],
            "comparisons": [dataclasses.asdict(comparison) for comparison in self.comparisons],
            "runs": [outcome.to_dict() for outcome in self.outcomes],
        }


def results(plan: Plan, outcomes: Sequence[Outcome]) -> Results:
    """The rows and comparisons of the outcomes that there are."""
    rows = []
    for entry, _ in plan.models:
        costs = entry.costs()
        scores = {by: _score([o for o in outcomes if (o.model, o.by) == (entry.name, by)]) for by in plan.ways}
        rows.append(Row(entry=entry, parameters=costs.parameters, multiplies=costs.multiplies, scores=scores))
    compared = tuple(comparison for by in plan.ways for comparison in _comparisons(plan, by, outcomes))
    return Results(plan=plan, outcomes=tuple(outcomes), rows=tuple(rows), comparisons=compared)


def _score(found: Sequence[Outcome]) -> Score | None:
    if not found:
        return None
    windows = [outcome.windows_accuracy for outcome in found if outcome.windows_accuracy is not None]
    return Score(
        accuracy=_spread([outcome.accuracy for outcome in found]),
        macro_f1=_spread([outcome.macro_f1 for outcome in found]),
        windows=_spread(windows) if windows else None,
        baseline=_spread([outcome.baseline for outcome in found]),
    )


def _spread(values: Sequence[float]) -> Spread:
    return Spread(mean=fmean(values), deviation=stdev(values) if len(values) > 1 else None, runs=len(values))


def _comparisons(plan: Plan, by: SplitBy, outcomes: Sequence[Outcome]) -> list[Comparison]:
    """Every two models on the splits that both have been tested on; nothing where there is none."""
    of = {
        entry.name: {outcome.place: outcome for outcome in outcomes if (outcome.model, outcome.by) == (entry.name, by)}
        for entry, _ in plan.models
    }
    found = []
    for one, other in itertools.combinations(of, 2):
        shared = [place for place in of[one] if place in of[other]]
        if shared:
            difference = corrected_difference(
                [of[one][place].accuracy for place in shared],
                [of[other][place].accuracy for place in shared],
                math.fsum(of[one][place].test_tracks / of[one][place].train_tracks for place in shared) / len(shared),
            )
            found.append((one, other, len(shared), difference))
    corrected = holm([difference.p for *_, difference in found])
    return [
        Comparison(one=one, other=other, by=by, splits=splits, difference=difference, p_holm=p)
        for (one, other, splits, difference), p in zip(found, corrected, strict=True)
    ]
