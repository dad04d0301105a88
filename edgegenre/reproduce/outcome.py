"""What one training came to, and how it is come by: read where it is done, taken up where it was interrupted."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegenre.datasets.groups import SplitBy
from edgegenre.progress import Progress
from edgegenre.reproduce.plan import Job, Plan, variant_name
from edgegenre.runs.run_folder import Run, begun_run, completed_runs
from edgegenre.training.train import Workplace, train


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one run scored on its test tracks.

    recipe: of the paper's tables. scores: 0 to 1, by `paper_table.Metric`; what the run does not have is absent. split:
    a digest of what is in each part. train, test: how many tracks, or pieces where the split is by piece. seconds: of
    training.
    """

    model: str
    recipe: str
    by: SplitBy
    repeat: int
    fold: int | None
    scores: Mapping[str, float]
    train: int
    test: int
    split: str
    seconds: float
    device: str
    run: str

    @property
    def name(self) -> str:
        """Of the variant."""
        return variant_name(self.model, self.recipe)

    @property
    def place(self) -> tuple[int, int | None, str]:
        """The split that it is a score on: models are compared where theirs is the same."""
        return self.repeat, self.fold, self.split

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**dataclasses.asdict(self), "scores": dict(self.scores)}


SCORED = ("accuracy", "macro_f1")
"""Of tracks."""


def outcome_of(job: Job, run: Run, out: Path) -> Outcome:
    """The scores in the metrics of `run`, whose folder lies in `out`."""
    metrics = run.metrics
    counts = metrics["split"].get("pieces") or metrics["split"]["tracks"]
    return Outcome(
        model=run.model,
        recipe=job.variant.recipe,
        by=job.by,
        repeat=job.repeat,
        fold=job.fold,
        scores=_scores(metrics),
        train=counts["train"],
        test=counts["test"],
        split=hashlib.sha256(json.dumps(run.recorded_split, sort_keys=True).encode()).hexdigest()[:16],
        seconds=metrics["seconds"],
        device=metrics["device"],
        run=run.path.relative_to(out).as_posix(),
    )


def _scores(metrics: Mapping[str, Any]) -> dict[str, float]:
    """By `paper_table.Metric`. Where a track is one window, its accuracy is that of the windows."""
    test = metrics["test"]
    found = {name: test[name] for name in SCORED}
    found["baseline"] = metrics["baseline"]["test"]["accuracy"]
    curve = metrics.get("test_curve")
    if curve:
        peeked = min(curve, key=lambda look: look["loss"])
        found |= {
            f"{name}_{epoch}": look[name]
            for epoch, look in (("peeked", peeked), ("last", curve[-1]))
            for name in SCORED
        }
    windows = test.get("windows")
    if windows is None:
        return found | {"windows": test["accuracy"]}
    votes = {vote: windows["track_accuracy"][vote] for vote in ("majority", "maximum", "sum")}
    return found | {"windows": windows["accuracy"]} | votes


def finished(plan: Plan, job: Job, out: Path) -> Run | None:
    """The completed run of `job`, None where there is none."""
    return next(
        (run for run in completed_runs(plan.runs_folder(out, job)) if run.model == job.variant.entry.name), None
    )


def trained(plan: Plan, job: Job, out: Path, *, device: str, skip_broken: bool, progress: Progress) -> Run:
    """Train `job` now, from where it was interrupted. Raises what `train` raises."""
    runs = plan.runs_folder(out, job)
    return train(
        plan.experiment(job),
        plan.dataset,
        workplace=Workplace(runs_folder=runs, device=device),
        form="float",
        resume=begun_run(runs, job.variant.entry.name),
        skip_broken=skip_broken,
        progress=progress,
    )
