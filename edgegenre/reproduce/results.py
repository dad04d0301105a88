"""What a reproduction found so far: a row for each model, ours beside theirs, and every two models compared."""

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean, stdev
from typing import Any

from edgegenre import __version__
from edgegenre.datasets.groups import SplitBy
from edgegenre.reproduce.outcome import Outcome
from edgegenre.reproduce.plan import Plan, Variant
from edgegenre.reproduce.statistics import Difference, corrected_difference, holm

SCHEMA = "edgegenre reproduction 2"


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Scores of several runs, 0 to 1: their mean, and the standard deviation, None of a single run."""

    mean: float
    deviation: float | None
    runs: int


Score = Mapping[str, Spread]
"""Of one model on the test tracks of one kind of split, by `paper_table.Metric`; empty without a run yet."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A variant. parameters, multiplies: ours, for the paper's classes and one window. scores: by what splits go by."""

    variant: Variant
    parameters: int
    multiplies: int
    scores: Mapping[SplitBy, Score]


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

    def score(self, name: str, by: SplitBy) -> Score:
        """Of the variant `name`; empty when it is none of the plan's."""
        return next((row.scores[by] for row in self.rows if row.variant.name == name), {})

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
            "tables": [dataclasses.asdict(table) for table in plan.tables],
            "models": [
                {
                    "name": row.variant.entry.name,
                    "recipe": row.variant.recipe,
                    "paper_parameters": row.variant.entry.paper_parameters,
                    "parameters": row.parameters,
                    "multiplies": row.multiplies,
                    "paper_accuracy": row.variant.entry.paper_accuracy,
                    "paper_scored": row.variant.entry.paper_scored,
                    "protocol": row.variant.protocol.to_dict(),
                    "scores": {
                        by: {metric: dataclasses.asdict(spread) for metric, spread in score.items()}
                        for by, score in row.scores.items()
                    },
                }
                for row in self.rows
            ],
            "comparisons": [dataclasses.asdict(comparison) for comparison in self.comparisons],
            "runs": [outcome.to_dict() for outcome in self.outcomes],
        }


def results(plan: Plan, outcomes: Sequence[Outcome]) -> Results:
    """The rows and comparisons of the outcomes that there are."""
    rows = []
    for variant in plan.variants:
        costs = variant.entry.costs()
        scores = {by: _score(_of(outcomes, variant, by)) for by in plan.ways}
        rows.append(Row(variant=variant, parameters=costs.parameters, multiplies=costs.multiplies, scores=scores))
    compared = tuple(comparison for by in plan.ways for comparison in _comparisons(plan, by, outcomes))
    return Results(plan=plan, outcomes=tuple(outcomes), rows=tuple(rows), comparisons=compared)


def _of(outcomes: Sequence[Outcome], variant: Variant, by: SplitBy) -> list[Outcome]:
    return [outcome for outcome in outcomes if (outcome.name, outcome.by) == (variant.name, by)]


def _score(found: Sequence[Outcome]) -> Score:
    """Of the metrics that all of them have."""
    if not found:
        return {}
    metrics = [name for name in found[0].scores if all(name in outcome.scores for outcome in found)]
    return {name: spread([outcome.scores[name] for outcome in found]) for name in metrics}


def spread(values: Sequence[float]) -> Spread:
    """Of at least one value."""
    return Spread(mean=fmean(values), deviation=stdev(values) if len(values) > 1 else None, runs=len(values))


def _comparisons(plan: Plan, by: SplitBy, outcomes: Sequence[Outcome]) -> list[Comparison]:
    """Every two models on the splits that both have been tested on; nothing where there is none."""
    of = {variant.name: {outcome.place: outcome for outcome in _of(outcomes, variant, by)} for variant in plan.variants}
    found = []
    for one, other in itertools.combinations(of, 2):
        shared = [place for place in of[one] if place in of[other]]
        if shared:
            difference = corrected_difference(
                [of[one][place].scores["accuracy"] for place in shared],
                [of[other][place].scores["accuracy"] for place in shared],
                math.fsum(of[one][place].test / of[one][place].train for place in shared) / len(shared),
            )
            found.append((one, other, len(shared), difference))
    corrected = holm([difference.p for *_, difference in found])
    return [
        Comparison(one=one, other=other, by=by, splits=splits, difference=difference, p_holm=p)
        for (one, other, splits, difference), p in zip(found, corrected, strict=True)
    ]
