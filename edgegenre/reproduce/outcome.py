"""What one training came to, and how it is come by: read where it is done, taken up where it was interrupted."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegenre.datasets.groups import SplitBy
from edgegenre.progress import Progress
from edgegenre.reproduce.plan import Job, Plan
from edgegenre.runs.run_folder import Run, begun_run, completed_runs
from edgegenre.training.train import Workplace, train


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Scores of one run on its test tracks, 0 to 1.

    windows_accuracy: of every window for itself, None where a track is one window. baseline: the accuracy of the
    classical yardstick on the same tracks. split: a digest of the tracks in each part. seconds: of training.
    """

    model: str
    by: SplitBy
    repeat: int
    fold: int | None
    accuracy: float
    macro_f1: float
    windows_accuracy: float | None
    baseline: float
    train_tracks: int
    test_tracks: int
    split: str
    seconds: float
    device: str
    run: str

    @property
    def place(self) -> tuple[int, int | None, str]:
        """The split that it is a score on: models are compared where theirs is the same."""
        return self.repeat, self.fold, self.split

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return dataclasses.asdict(self)


def outcome_of(job: Job, run: Run, out: Path) -> Outcome:
    """The scores in the metrics of `run`, whose folder lies in `out`."""
    metrics, tracks = run.metrics, run.metrics["split"]["tracks"]
    windows = metrics["test"].get("windows")
    return Outcome(
        model=run.model,
        by=job.by,
        repeat=job.repeat,
        fold=job.fold,
        accuracy=metrics["test"]["accuracy"],
        macro_f1=metrics["test"]["macro_f1"],
        windows_accuracy=None if windows is None else windows["accuracy"],
        baseline=metrics["baseline"]["test"]["accuracy"],
        train_tracks=tracks["train"],
        test_tracks=tracks["test"],
        split=hashlib.sha256(json.dumps(run.recorded_split, sort_keys=True).encode()).hexdigest()[:16],
        seconds=metrics["seconds"],
        device=metrics["device"],
        run=run.path.relative_to(out).as_posix(),
    )


def finished(plan: Plan, job: Job, out: Path) -> Run | None:
    """The completed run of `job`, None where there is none."""
    return next((run for run in completed_runs(plan.runs_folder(out, job)) if run.model == job.entry.name), None)


def trained(plan: Plan, job: Job, out: Path, *, device: str, skip_broken: bool, progress: Progress) -> Run:
    """Train `job` now, from where it was interrupted. Raises what `train` raises."""
    runs = plan.runs_folder(out, job)
    return train(
        plan.experiment(job),
        plan.dataset,
        workplace=Workplace(runs_folder=runs, device=device),
        form="float",
        resume=begun_run(runs, job.entry.name),
        skip_broken=skip_broken,
        progress=progress,
    )
