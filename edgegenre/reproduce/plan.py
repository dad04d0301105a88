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
from edgegenre.errors import NetworkError, TrainingError
from edgegenre.reproduce.paper_table import ResultTable
from edgegenre.reproduce.printed.tables import result_tables
from edgegenre.runs.description import Experiment
from edgegenre.runs.protocol import Protocol
from edgegenre.zoo.entry import ZooEntry
from edgegenre.zoo.papers import Paper

PAPER = "paper"
"""The recipe whose figures a paper quotes first."""


def variant_name(model: str, recipe: str) -> str:
    """ "res-2d-segments", or "res-2d-segments, paper-dropout" where it is not the paper's first recipe."""
    return model if recipe == PAPER else f"{model}, {recipe}"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A model trained by one of its recipes. recipe: as the papers' tables name it. protocol: what it is trained by,
    another one where a person asked for it."""

    entry: ZooEntry
    recipe: str
    protocol: Protocol

    @property
    def name(self) -> str:
        """As `variant_name` puts it."""
        return variant_name(self.entry.name, self.recipe)


@dataclass(frozen=True, kw_only=True)
class Job:
    """One training: a variant on one split.

    repeat: from 0; it draws its own split. fold: of a repeat's folds, from 1.
    """

    variant: Variant
    by: SplitBy
    repeat: int
    fold: int | None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """tables: of the paper, that are to be filled. variants: what is trained for them. ways: what the splits go by.

    folds: of each repeat; None divides by the protocol's shares. notes: sentences about what cannot be had.
    """

    paper: Paper
    tables: tuple[ResultTable, ...]
    variants: tuple[Variant, ...]
    dataset: Dataset
    ways: tuple[SplitBy, ...]
    repeats: int
    folds: int | None
    seed: int
    notes: tuple[str, ...]

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All trainings: those of one split stand together, so that an unfinished table compares what is there.

        What stands on a frozen backbone hears whole clips: it has no pieces to divide.
        """
        numbers: Sequence[int | None] = [None] if self.folds is None else range(1, self.folds + 1)
        return tuple(
            Job(variant=variant, by=by, repeat=repeat, fold=fold)
            for repeat in range(self.repeats)
            for fold in numbers
            for by in self.ways
            for variant in self.variants
            if by != "piece" or variant.entry.backbone is None
        )

    def experiment(self, job: Job) -> Experiment:
        """Repeat i is a run of seed + i: another split and another initialization, the same for every model."""
        return Experiment(
            model=job.variant.entry.name,
            protocol=job.variant.protocol,
            seed=self.seed + job.repeat,
            fold=None if job.fold is None or self.folds is None else (job.fold, self.folds),
            split_by=job.by,
            repeats=1,
        )

    def runs_folder(self, out: Path, job: Job) -> Path:
        """Where the run of `job` lies: another name for other data, another protocol or another split."""
        part = "" if job.fold is None else f"-fold-{job.fold}-of-{self.folds}"
        name = f"{job.by}-seed-{self.seed + job.repeat}{part}"
        return out / "runs" / _digest(self.dataset, job.variant.protocol) / name


def plan(
    paper: Paper,
    dataset: Dataset,
    *,
    tables: Sequence[ResultTable] | None = None,
    models: tuple[str, ...] = (),
    recipe: str = PAPER,
    repeats: int | None = None,
    folds: int | None = None,
    split_by: SplitBy | None = None,
    seed: int = 0,
) -> Plan:
    """The plan for those models of `paper` (all where none is named).

    tables: None for all that the paper has. recipe: "paper" for all that the tables need; a variant of it for that
    alone; any other in place of the paper's first one. repeats: None for as many as the paper or the recipe asks for,
    one where there are folds. split_by: None for by track, by artist too where the data set names enough artists, and
    by piece where the paper divides so.
    Raises NetworkError for a model that the paper lacks, TrainingError for a recipe that is not known or an experiment
    that cannot be, DatasetError when the data set cannot be divided so.
    """
    tables = result_tables(paper) if tables is None else tuple(tables)
    variants, left_out = variants_of(paper, tables, models, recipe)
    ways, notes = _ways(dataset, split_by, folds)
    if paper.by_piece and split_by is None and any(variant.entry.backbone is None for variant in variants):
        ways = (*ways, "piece")
    asked = 1 if folds is not None else paper.trials or max(variant.protocol.repeats for variant in variants)
    planned = Plan(
        paper=paper,
        tables=tables,
        variants=variants,
        dataset=dataset,
        ways=ways,
        repeats=asked if repeats is None else repeats,
        folds=folds,
        seed=seed,
        notes=(*left_out, *notes),
    )
    if not planned.jobs:
        names = ", ".join(variant.name for variant in variants)
        raise TrainingError(f"{names}: hears whole clips, which have no pieces. Pass --split track or artist.")
    for job in planned.jobs:
        planned.experiment(job)  # what cannot be is said before anything is trained
    refuse(_faults(dataset, ways[0], folds))
    return planned


def variants_of(
    paper: Paper, tables: Sequence[ResultTable], models: tuple[str, ...], recipe: str
) -> tuple[tuple[Variant, ...], tuple[str, ...]]:
    """What the cells of `tables` need, in the paper's order; and a sentence about the rows that `recipe` leaves empty.

    Raises NetworkError when the paper has no such model, or the tables have none of them; TrainingError for a recipe
    that is not known, or that would leave all of it empty.
    """
    cells = [cell for table in tables for cell in table.all_cells()]
    entries = paper.models(models)
    told = {cell.model for cell in cells}
    if not any(entry.name in told for entry in entries):
        names = ", ".join(table.name for table in tables)
        raise NetworkError(f"{paper.words}: {names} has none of {', '.join(entry.name for entry in entries)}.")
    wanted = [
        (entry, name)
        for entry in entries
        for name in dict.fromkeys(cell.recipe for cell in cells if cell.model == entry.name)
    ]
    own = {name for _, name in wanted}
    if recipe in (PAPER, *own):
        kept = [(entry, name) for entry, name in wanted if recipe in (PAPER, name)]
        left_out = f"Of the paper's recipes {', '.join(sorted(own))} this is {recipe} alone; rows by others are empty."
        variants = tuple(Variant(entry=entry, recipe=name, protocol=entry.recipe(name)) for entry, name in kept)
        return variants, () if len(kept) == len(wanted) else (left_out,)
    others = sorted(own - {PAPER})
    chosen = [
        Variant(entry=entry, recipe=PAPER, protocol=entry.recipe(recipe)) for entry, name in wanted if name == PAPER
    ]
    if not chosen:
        raise TrainingError(
            f"{', '.join(table.name for table in tables)}: is of what the paper trained by {', '.join(others)} alone. "
            "Leave out --recipe, or choose another --table."
        )
    left_out = f"What the paper trained by {', '.join(others)} is left empty: all runs are by the recipe '{recipe}'."
    return tuple(chosen), (left_out,) if others else ()


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
