"""What was asked for and what it met: the content of a run's config.json, as frozen data."""

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from edgegenre.datasets import split_record
from edgegenre.datasets.groups import SPLITS, SplitBy
from edgegenre.datasets.split import Split
from edgegenre.datasets.track import existing_folder
from edgegenre.errors import TrainingError
from edgegenre.frontend.inputs import FeatureInput, clock, frontends_of, inputs_from_dict, inputs_to_dict
from edgegenre.frontend.protocol import Frontend
from edgegenre.identifiers import distinct_labels, identifier
from edgegenre.network.description import network_from_dict, network_to_dict
from edgegenre.network.network import Network
from edgegenre.runs.fields import optional, whole
from edgegenre.runs.protocol import Protocol
from edgegenre.runs.protocols import QUICK
from edgegenre.voting import Vote, named_vote

SCHEMA = 2

LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """What decides a run beside the music.

    model: of the zoo. seed: decides the split; repeat i (from 0) uses seed + i for initialization, order and
    augmentation. fold: (2, 5) tests on the second of five folds and validates on the third; None divides by the
    protocol's shares. split_by: what the split goes by; None for `default_split` of the data set. repeats: None for as
    many as the protocol asks for; the run's model is the repeat best on validation (the first of equals).
    teacher: whose opinion of the training tracks the network learns beside their labels: "musicnn" or the folder of a
    run; None for nobody's. unlabeled: a folder of music for which there is the teacher's opinion alone. units: of the
    hidden layers, in place of the model's own, where it has a search space.
    Raises TrainingError when a number is out of range, a published split has folds, unlabeled music has no teacher, or
    a split by piece has one.
    """

    model: str
    protocol: Protocol = QUICK
    seed: int = 0
    fold: tuple[int, int] | None = None
    split_by: SplitBy | None = None
    repeats: int | None = None
    teacher: str | None = None
    unlabeled: Path | None = None
    units: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.split_by not in (None, *SPLITS):
            raise TrainingError(f"split '{self.split_by}' is not known. There are: {', '.join(SPLITS)}.")
        if self.split_by == "published" and self.fold is not None:
            raise TrainingError("a published split has no folds. Leave out the fold, or split by artist or track.")
        seed, repeats = whole(0, LARGEST_SEED), optional(whole(1, 1000))
        if not seed.right(self.seed):
            raise TrainingError(f"seed {self.seed}: it must be {seed.words}.")
        if not repeats.right(self.repeats):
            raise TrainingError(f"{self.repeats} repeats: at least 1 is needed, and at most 1000.")
        if self.fold is not None and not 1 <= self.fold[0] <= self.fold[1]:
            raise TrainingError(f"fold {self.fold[0]} of {self.fold[1]}: folds are counted from 1 to {self.fold[1]}.")
        if self.unlabeled is not None and self.teacher is None:
            raise TrainingError(f"{self.unlabeled}: unlabeled music needs a teacher. Name one with --teacher.")
        if self.teacher is not None and self.split_by == "piece":
            raise TrainingError("a teacher speaks of whole tracks. Leave it out, or split by artist or track.")

    @property
    def seeds(self) -> range:
        """The seed of every repeat."""
        repeats = self.protocol.repeats if self.repeats is None else self.repeats
        return range(self.seed, self.seed + repeats)


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """Which data set a run used.

    synthetic: rendered, not recorded; figures from it must say so. other: the label that is no genre.
    """

    name: str
    root: Path
    synthetic: bool
    other: str | None = None


@dataclass(frozen=True, kw_only=True)
class RunDescription(Experiment):
    """An experiment on a data set: also what followed from its tracks.

    split_by: never None. inputs: what each input of the network is fed, by its name. vote: how a track's windows decide
    together. recorded_split: as `split_record` writes it.
    """

    network: Network
    labels: tuple[str, ...]
    inputs: Mapping[str, FeatureInput]
    vote: Vote
    dataset: DatasetInfo
    recorded_split: dict[str, Any]

    @property
    def clock(self) -> Frontend:
        """The front end whose rows time is counted in."""
        return clock(frontends_of(self.inputs))

    @property
    def split_words(self) -> str:
        """How the data set was divided, as it stands beside every figure.

        "by artist, fold 2 of 5, seed 0"; "by piece, leaking, 16/4/5, seed 0"; "published split".
        """
        if self.split_by == "published":
            return "published split"
        shares = "/".join(map(str, self.protocol.split))
        parts = shares if self.fold is None else f"fold {self.fold[0]} of {self.fold[1]}"
        leaking = ", leaking" if self.split_by == "piece" else ""
        return f"by {self.split_by}{leaking}, {parts}, seed {self.seed}"

    @functools.cached_property
    def split(self) -> Split:
        """The tracks in each part.

        Raises DatasetError when files are no longer where they were, TrainingError when the parts are pieces.
        """
        if self.split_by == "piece":
            raise TrainingError(
                f"this run of {self.model} was divided by piece: its parts are windows of the same tracks, of which "
                "nothing but its own metrics.json can tell. Train with --split track or artist for a model to export, "
                "evaluate or learn from."
            )
        return split_record.from_json(self.recorded_split, self.dataset.root)

    def with_data_at(self, root: Path) -> Self:
        """The same, its data set looked for under `root`. Raises DatasetError when that is not a folder."""
        return dataclasses.replace(self, dataset=dataclasses.replace(self.dataset, root=existing_folder(root)))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` takes them back."""
        return {
            "schema": SCHEMA,
            "model": self.model,
            "network": network_to_dict(self.network),
            "labels": list(self.labels),
            "inputs": inputs_to_dict(self.inputs),
            "vote": self.vote,
            "protocol": self.protocol.to_dict(),
            "seed": self.seed,
            "fold": None if self.fold is None else list(self.fold),
            "split_by": self.split_by,
            "repeats": len(self.seeds),
            "units": None if self.units is None else list(self.units),
            "teacher": self.teacher,
            "unlabeled": None if self.unlabeled is None else str(self.unlabeled),
            "dataset": {
                "name": self.dataset.name,
                "root": str(self.dataset.root),
                "synthetic": self.dataset.synthetic,
                "other": self.dataset.other,
            },
            "split": self.recorded_split,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], **others: Any) -> Self:
        """The description in a config.json; `others` are fields of a subclass.

        Raises EdgegenreError, KeyError, TypeError or ValueError when it is not well formed.
        """
        if values["schema"] != SCHEMA:
            raise ValueError(f"schema {values['schema']!r}, this version reads {SCHEMA}")
        if not isinstance(values["split"], dict):
            raise TypeError("the split is no table")
        fold = values["fold"]
        if fold is not None:
            number, folds = fold
        return cls(
            model=identifier(values["model"]),
            network=network_from_dict(values["network"]),
            labels=distinct_labels(values["labels"]),
            inputs=inputs_from_dict(values["inputs"]),
            vote=named_vote(values["vote"]),
            protocol=Protocol.from_dict(values["protocol"]),
            seed=int(values["seed"]),
            fold=None if fold is None else (int(number), int(folds)),
            split_by=values.get("split_by") or _split_by(values["split"]),
            repeats=int(values["repeats"]),
            units=None if values.get("units") is None else tuple(map(int, values["units"])),
            teacher=_text(values.get("teacher")),
            unlabeled=None if values.get("unlabeled") is None else Path(values["unlabeled"]),
            dataset=DatasetInfo(
                name=str(values["dataset"]["name"]),
                root=Path(values["dataset"]["root"]),
                synthetic=bool(values["dataset"]["synthetic"]),
                other=_text(values["dataset"].get("other")),
            ),
            recorded_split=values["split"],
            **others,
        )


def _split_by(split: dict[str, Any]) -> SplitBy:
    """What the split of a run goes by that was recorded before runs said so: groups were kept where there were any."""
    return "artist" if any(track["group"] is not None for part in split.values() for track in part) else "track"


def _text(value: Any) -> str | None:
    """Raises TypeError when it is neither a text nor nothing."""
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
