"""What a training is made of: features, split, normalization, and from them the windows of every part."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.datasets.check import usable_dataset
from edgegenre.datasets.groups import SplitBy
from edgegenre.datasets.pieces import Piece
from edgegenre.datasets.split import Split, default_split, k_folds, published_split, stratified_split
from edgegenre.datasets.split_record import to_json
from edgegenre.datasets.track import Dataset, Track
from edgegenre.datasets.unlabeled import NO_LABEL, open_unlabeled, refuse_held_out
from edgegenre.errors import DatasetError
from edgegenre.frontend.cache import FeatureCache
from edgegenre.frontend.extractors import Form, check_deployable
from edgegenre.frontend.kinds.embedding import with_weights
from edgegenre.progress import Progress
from edgegenre.runs.augmentation import Heard
from edgegenre.runs.description import DatasetInfo, Experiment, RunDescription
from edgegenre.training.allocation import keep_freed_memory
from edgegenre.training.baseline import baseline
from edgegenre.training.batches import check_croppable
from edgegenre.training.cuts import Cuts, cuts_of
from edgegenre.training.device import Placement
from edgegenre.training.distillation import UNLABELED, SoftTargets
from edgegenre.training.features import FeatureTable, Helpers, Lazy, fitted, load_features
from edgegenre.training.leak import leak
from edgegenre.training.memory import in_memory_limit
from edgegenre.training.preparation import check_crops, check_dropout
from edgegenre.training.repeat import TrainingData
from edgegenre.training.source import Source, source_of
from edgegenre.training.teachers.teacher import teacher_named
from edgegenre.training.transforms import Audio, check_augmentation, transforms_of
from edgegenre.training.windows import TrackFeatures
from edgegenre.zoo.registry import model

_TOLD = 20
"""Problems of a data set that are told one by one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Material:
    """dataset: of the tracks that have features. in_memory: bytes of features, and of audio, to keep in memory.

    split: of tracks, or of pieces. cuts: how these were cut, None where tracks are divided.
    unlabeled: tracks that the teacher alone speaks of. opinions: its logits, float64 [training and unlabeled tracks,
    classes]; None without a teacher.
    """

    dataset: Dataset
    table: FeatureTable
    split: Split
    cuts: Cuts | None
    description: RunDescription
    placement: Placement
    in_memory: int
    unlabeled: tuple[Track, ...]
    opinions: np.ndarray | None

    def data(self, progress: Progress) -> TrainingData:
        """The windows of every part, and the protocol's transforms for the training windows."""
        learnt = (*self.split.train, *self.unlabeled)
        training = self._part(learnt)
        protocol = self.description.protocol
        if any(phase.crop_frames is not None for phase in protocol.phases):
            check_croppable(training.windows)
        audio = Audio(
            windows=training.windows,
            tracks=[track.path for track in learnt],
            inputs=self.description.inputs,
            device=self.placement.device,
            in_memory=self.in_memory,
            progress=progress,
        )
        return TrainingData(
            training=training,
            validation=self._part(self.split.validation),
            test=self._part(self.split.test),
            labels=self.dataset.labels,
            transforms=transforms_of(protocol.augmentation, audio),
            heard=transforms_of([item for item in protocol.augmentation if isinstance(item, Heard)], audio),
            soft_targets=(
                None if self.opinions is None else SoftTargets.of(self.opinions, training, protocol.distillation)
            ),
        )

    def baseline(self, progress: Progress) -> dict[str, Any]:
        """What the classical yardstick makes of the same features."""
        return baseline(
            self.split, self.dataset.labels, lambda track: _features(track, self.table, self.cuts), progress
        )

    def leak(self, progress: Progress) -> dict[str, Any] | None:
        """What knowing the artists is worth to the yardstick; None, with a warning, where artists are too few."""
        if self.description.split_by in ("track", "piece") and default_split(self.dataset) == "track":
            return None
        try:
            return leak(
                self.dataset,
                lambda track: self.table[track.identifier],
                seed=self.description.seed,
                progress=progress,
            )
        except DatasetError as error:
            progress.warn(f"The leak meter cannot measure by track against by artist: {error}")
            return None

    def _part(self, tracks: Sequence[Track]) -> Source:
        return source_of(
            self.table.tracks([track.of if isinstance(track, Piece) else track.identifier for track in tracks]),
            [self._number(track) for track in tracks],
            self.description.inputs,
            device=self.placement.device,
            in_memory=self.in_memory if self.table.in_memory else 0,
            vote=self.description.vote,
            segments=self.description.protocol.segments,
            seed=self.description.seed,
            shown=None
            if self.cuts is None
            else [self.cuts.frames(track) for track in tracks if isinstance(track, Piece)],
        )

    def _number(self, track: Track) -> int:
        return UNLABELED if track.label == NO_LABEL else self.dataset.labels.index(track.label)


def load(
    experiment: Experiment,
    dataset: Dataset,
    placement: Placement,
    *,
    cache: FeatureCache,
    helpers: Helpers | None,
    in_memory: int | None,
    form: Form,
    skip_broken: bool,
    weights: Path | None,
    progress: Progress,
) -> Material:
    """Read the data set, divide it, and fit the normalization to the training tracks.

    helpers: who computes beforehand what the caches lack. weights: a file for the frozen backbone that an input has.
    Raises FeatureError before anything is read when an input could not be deployed as `form`.
    """
    keep_freed_memory()
    entry = model(experiment.model)
    check_deployable(entry.frontends, form)
    network = entry.network(len(dataset.labels), experiment.units)
    check_dropout(network, experiment.protocol.dropout)
    check_crops(network, experiment.protocol)
    check_augmentation(experiment.protocol.augmentation, entry.frontends)
    teacher = None if experiment.teacher is None else teacher_named(experiment.teacher)
    if teacher is not None:
        teacher.check(dataset.labels)
    frontends = with_weights(entry.frontends, weights)
    cache.remove_leftovers()
    told = len(dataset.problems)
    by = experiment.split_by or default_split(dataset)
    limit = in_memory_limit(placement.device) if in_memory is None else in_memory
    table = FeatureTable(frontends, cache, limit)
    if not dataset.synthetic:  # rendered by this machine, for which it needs no help
        table.prepare(dataset, helpers, progress)
    dataset = usable_dataset(dataset, progress, by=by, skip_broken=skip_broken)
    dataset = load_features(dataset, table, skip_broken=skip_broken, progress=progress)
    _tell(dataset.problems[told:], progress)
    cuts = None
    if by == "piece":
        cuts = cuts_of(dataset.tracks, table, experiment.protocol.segments, experiment.seed)
    split = _split(dataset if cuts is None else cuts.pieces(dataset), experiment, by)
    unlabeled = _unlabeled(experiment, split, table, helpers, skip_broken=skip_broken, progress=progress)
    opinions = None
    if teacher is not None:
        opinions = teacher.logits(split, unlabeled, dataset.labels, cache=cache, progress=progress)
    asked = {field.name: getattr(experiment, field.name) for field in dataclasses.fields(experiment)}
    description = RunDescription(
        **(asked | {"split_by": by}),
        network=network,
        labels=dataset.labels,
        inputs=fitted(frontends, Lazy(split.train, lambda track: _features(track, table, cuts))),
        vote=entry.vote,
        dataset=DatasetInfo(name=dataset.name, root=dataset.root, synthetic=dataset.synthetic, other=dataset.other),
        recorded_split=to_json(split, dataset.root),
    )
    return Material(
        dataset=dataset,
        table=table,
        split=split,
        cuts=cuts,
        description=description,
        placement=placement,
        in_memory=limit,
        unlabeled=unlabeled,
        opinions=opinions,
    )


def _features(track: Track, table: FeatureTable, cuts: Cuts | None) -> TrackFeatures:
    """Of a track, or of a piece alone."""
    return cuts.features(track) if cuts is not None and isinstance(track, Piece) else table[track.identifier]


def _unlabeled(
    experiment: Experiment,
    split: Split,
    table: FeatureTable,
    helpers: Helpers | None,
    *,
    skip_broken: bool,
    progress: Progress,
) -> tuple[Track, ...]:
    """The tracks of the folder without labels, their features in `table`; none of them may be held out."""
    if experiment.unlabeled is None:
        return ()
    music = open_unlabeled(experiment.unlabeled, progress, skip_broken=skip_broken)
    refuse_held_out(music, (*split.validation, *split.test), progress)
    told = len(music.problems)
    _tell(music.problems, progress)
    table.prepare(music, helpers, progress)
    music = load_features(music, table, skip_broken=skip_broken, progress=progress)
    _tell(music.problems[told:], progress)
    return music.tracks


def _tell(problems: Sequence[str], progress: Progress) -> None:
    for problem in problems[:_TOLD]:
        progress.warn(problem)
    if len(problems) > _TOLD:
        progress.warn(f"{len(problems) - _TOLD} more such sentences will be in metrics.json.")


def _split(dataset: Dataset, experiment: Experiment, by: SplitBy) -> Split:
    if by == "published":
        return published_split(dataset)
    if experiment.fold is None:
        shares = experiment.protocol.split
        return stratified_split(dataset, experiment.seed, [part / sum(shares) for part in shares], by=by)
    number, folds = experiment.fold
    return k_folds(dataset, folds, experiment.seed, by=by)[number - 1]
