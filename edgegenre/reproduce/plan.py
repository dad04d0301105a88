"""What a reproduction trains: every model of a paper on the same splits, by track and by artist, over and over."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edgegenre.datasets.degenerate import class_faults, faults, refuse
from edgegenre.datasets.groups import SplitBy
from edgegenre.datasets.split import default_split
from edgegenre.datasets.track import Dataset, Track
from edgegenre.runs.description import Experiment
from edgegenre.runs.protocol import Protocol
from edgegenre.zoo.entry import ZooEntry
from edgegenre.zoo.papers import Paper


@dataclass(frozen=True, kw_only=True)
class Job:
    """One training: a model on one split. repeat: from 0; it draws its own split. fold: of a repeat's folds, from 1."""

    entry: ZooEntry
    protocol: Protocol
    by: SplitBy
    repeat: int
    fold: int | None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """models: each with the protocol that it is trained by. ways: what the splits go by, one table column each.

    folds: of each repeat; None divides by the protocol's shares. notes: sentences about what cannot be had.
    """

    paper: Paper
    models: tuple[tuple[ZooEntry, Protocol], ...]
    dataset: Dataset
    ways: tuple[SplitBy, ...]
    repeats: int
    folds: int | None
    seed: int
    notes: tuple[str, ...]

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All trainings: those of one split stand together, so that an unfinished table compares what is there."""
        numbers: Sequence[int | None] = [None] if self.folds is None else range(1, self.folds + 1)
        return tuple(
            Job(entry=entry, protocol=protocol, by=by, repeat=repeat, fold=fold)
            for repeat in range(self.repeats)
            for fold in numbers
            for by in self.ways
            for entry, protocol in self.models
        )

    def experiment(self, job: Job) -> Experiment:
        """Repeat i is a run of seed + i: another split and another initialization, the same for every model."""
        return Experiment(
            model=job.entry.name,
            protocol=job.protocol,
            seed=self.seed + job.repeat,
            fold=None if job.fold is None or self.folds is None else (job.fold, self.folds),
            split_by=job.by,
            repeats=1,
        )

    def runs_folder(self, out: Path, job: Job) -> Path:
        """Where the run of `job` lies: another name for other data, another protocol or another split."""
        part = "" if job.fold is None else f"-fold-{job.fold}-of-{self.folds}"
        name = f"{job.by}-seed-{self.seed + job.repeat}{part}"
        return out / "runs" / _digest(self.dataset, job.protocol) / name


def plan(
    paper: Paper,
    dataset: Dataset,
    *,
    models: tuple[str, ...] = (),
    recipe: str = "paper",
    repeats: int | None = None,
    folds: int | None = None,
    split_by: SplitBy | None = None,
    seed: int = 0,
) -> Plan:
    """The plan for those models of `paper` (all where none is named).

    repeats: None for as many as the recipe asks for, one where there are folds. split_by: None for by track, and by
    artist too where the data set names enough artists.
    Raises NetworkError for a model that the paper lacks, TrainingError for a recipe that is not known or an experiment
    that cannot be, DatasetError when the data set cannot be divided so.
    """
    chosen = tuple((entry, entry.recipe(recipe)) for entry in paper.models(models))
    ways, notes = _ways(dataset, split_by, folds)
    asked = 1 if folds is not None else max(protocol.repeats for _, protocol in chosen)
    planned = Plan(
        paper=paper,
        models=chosen,
        dataset=dataset,
        ways=ways,
        repeats=asked if repeats is None else repeats,
        folds=folds,
        seed=seed,
        notes=notes,
    )
    for job in planned.jobs:
        planned.experiment(job)  # what cannot be is said before anything is trained
    refuse(_faults(dataset, ways[0], folds))
    return planned


def _ways(dataset: Dataset, split_by: SplitBy | None, folds: int | None) -> tuple[tuple[SplitBy, ...], tuple[str, ...]]:
    if split_by is not None:
        return (split_by,), ()
    problems = _faults(dataset, "artist", folds)
    if not problems and default_split(dataset) != "artist":
        problems = [f"{dataset.root}: fewer than half of the tracks name an artist."]
    if problems:
        return ("track",), (f"By artist there are no figures: {problems[0]}",)
    return ("track", "artist"), ()


def _faults(dataset: Dataset, by: SplitBy, folds: int | None) -> list[str]:
    """Why `dataset` cannot be divided by `by` into three parts, or into so many folds."""
    return [*faults(dataset, by), *([] if folds is None else class_faults(dataset, folds, by))]


def _digest(dataset: Dataset, protocol: Protocol) -> str:
    """A short name for the tracks, what is known about them, and how they are trained on."""
    tracks = [(t.identifier, t.label, t.group, t.recording, t.part, _size(t)) for t in dataset.tracks]
    values = [str(dataset.root), dataset.labels, tracks, protocol.to_dict()]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]


def _size(track: Track) -> int:
    return track.path.stat().st_size
