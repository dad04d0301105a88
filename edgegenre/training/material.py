"""What a training is made of: features, split, normalization, and from them the windows of every part."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from edgegenre.datasets.check import usable_dataset
from edgegenre.datasets.split import Split, k_folds, stratified_split
from edgegenre.datasets.split_record import to_json
from edgegenre.datasets.track import Dataset, Track
from edgegenre.frontend.cache import FeatureCache
from edgegenre.frontend.extractors import Form, check_deployable
from edgegenre.progress import Progress
from edgegenre.runs.description import DatasetInfo, Experiment, RunDescription
from edgegenre.training.allocation import keep_freed_memory
from edgegenre.training.batches import check_croppable
from edgegenre.training.device import Placement
from edgegenre.training.features import FeatureTable, load_features
from edgegenre.training.memory import in_memory_limit
from edgegenre.training.preparation import check_dropout
from edgegenre.training.repeat import TrainingData
from edgegenre.training.source import Source, source_of
from edgegenre.training.transforms import Audio, transforms_of
from edgegenre.zoo.registry import model

_TOLD = 20
"""Problems of a data set that are told one by one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Material:
    """dataset: of the tracks that have features. in_memory: bytes of features, and of audio, to keep in memory."""

    dataset: Dataset
    table: FeatureTable
    split: Split
    description: RunDescription
    placement: Placement
    in_memory: int

    def data(self, progress: Progress) -> TrainingData:
        """The windows of every part, and the protocol's transforms for the training windows."""
        training = self._part(self.split.train)
        protocol = self.description.protocol
        if any(phase.crop_frames is not None for phase in protocol.phases):
            check_croppable(training.windows)
        audio = Audio(
            windows=training.windows,
            tracks=[track.path for track in self.split.train],
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
        )

    def _part(self, tracks: Sequence[Track]) -> Source:
        return source_of(
            self.table.tracks([track.identifier for track in tracks]),
            [self.dataset.labels.index(track.label) for track in tracks],
            self.description.inputs,
            device=self.placement.device,
            in_memory=self.in_memory if self.table.in_memory else 0,
            vote=self.description.vote,
            segments=self.description.protocol.segments,
            seed=self.description.seed,
        )


def load(
    experiment: Experiment,
    dataset: Dataset,
    placement: Placement,
    *,
    cache: FeatureCache,
    in_memory: int | None,
    form: Form,
    skip_broken: bool,
    progress: Progress,
) -> Material:
    """Read the data set, divide it, and fit the normalization to the training tracks.

    Raises FeatureError before anything is read when an input could not be deployed as `form`.
    """
    keep_freed_memory()
    entry = model(experiment.model)
    check_deployable(entry.frontends, form)
    check_dropout(entry.build(len(dataset.labels)), experiment.protocol.dropout)
    cache.remove_leftovers()
    told = len(dataset.problems)
    dataset = usable_dataset(dataset, progress, skip_broken=skip_broken)
    limit = in_memory_limit(placement.device) if in_memory is None else in_memory
    table = FeatureTable(entry.frontends, cache, limit)
    dataset = load_features(dataset, table, skip_broken=skip_broken, progress=progress)
    _tell(dataset.problems[told:], progress)
    split = _split(dataset, experiment)
    description = RunDescription(
        **{field.name: getattr(experiment, field.name) for field in dataclasses.fields(experiment)},
        network=entry.build(len(dataset.labels)),
        labels=dataset.labels,
        inputs=table.fit([track.identifier for track in split.train]),
        vote=entry.vote,
        dataset=DatasetInfo(name=dataset.name, root=dataset.root, synthetic=dataset.synthetic),
        recorded_split=to_json(split, dataset.root),
    )
    return Material(
        dataset=dataset,
        table=table,
        split=split,
        description=description,
        placement=placement,
        in_memory=limit,
    )


def _tell(problems: Sequence[str], progress: Progress) -> None:
    for problem in problems[:_TOLD]:
        progress.warn(problem)
    if len(problems) > _TOLD:
        progress.warn(f"{len(problems) - _TOLD} more such sentences will be in metrics.json.")


def _split(dataset: Dataset, experiment: Experiment) -> Split:
    if experiment.fold is None:
        shares = experiment.protocol.split
        return stratified_split(dataset, experiment.seed, [part / sum(shares) for part in shares])
    number, folds = experiment.fold
    return k_folds(dataset, folds, experiment.seed)[number - 1]
