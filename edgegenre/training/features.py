"""The features of a whole data set, from the cache or computed now; in memory, or mapped from the cache's files."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from edgegenre.datasets.track import Dataset, Track
from edgegenre.errors import AudioError
from edgegenre.frontend.cache import FeatureCache, mapped
from edgegenre.frontend.inputs import FeatureInput, errors_of
from edgegenre.frontend.protocol import Frontend
from edgegenre.progress import Progress
from edgegenre.training.windows import TrackFeatures, shown_frames


class Helpers(Protocol):
    """Other machines that compute features for this one."""

    def prepare(
        self, tracks: Sequence[Track], frontends: Mapping[str, Frontend], cache: FeatureCache, progress: Progress
    ) -> None:
        """Fill the caches of this machine for these tracks."""


class FeatureTable(Mapping[str, TrackFeatures]):
    """By track identifier, float32 [frames, ...] by the network's input, not normalized.

    limit: bytes kept in memory; once there are more, all are read from the cache's files each time (`in_memory`).
    """

    def __init__(self, frontends: Mapping[str, Frontend], cache: FeatureCache, limit: int) -> None:
        self.frontends = frontends
        self._cache = cache
        self._limit = limit
        self._bytes = 0
        self._entries: dict[str, dict[str, Path]] = {}
        self._arrays: dict[str, TrackFeatures] = {}

    @property
    def in_memory(self) -> bool:
        """Whether all features fit."""
        return self._bytes <= self._limit

    def prepare(self, dataset: Dataset, helpers: Helpers | None, progress: Progress) -> None:
        """Let other machines, if there are any, compute what the cache lacks."""
        if helpers is not None:
            helpers.prepare(dataset.tracks, self.frontends, self._cache, progress)

    def add(self, track: Track) -> None:
        """Compute the features of a track, or find them in the cache.

        Raises AudioError when it cannot be decoded or is too short for a frame.
        """
        stored = {name: self._cache.stored(track.path, frontend) for name, frontend in self.frontends.items()}
        arrays = {name: item.features for name, item in stored.items()}
        with errors_of(track.path):
            shown_frames(arrays, self.frontends)
        self._entries[track.identifier] = {name: item.entry for name, item in stored.items()}
        self._bytes += sum(array.nbytes for array in arrays.values())
        self._arrays[track.identifier] = arrays
        if not self.in_memory:
            self._arrays.clear()

    def __getitem__(self, identifier: str) -> TrackFeatures:
        if self.in_memory:
            return self._arrays[identifier]
        return {name: mapped(entry) for name, entry in self._entries[identifier].items()}

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def tracks(self, identifiers: Sequence[str]) -> Sequence[TrackFeatures]:
        """The features of some tracks in that order; each is looked up when it is asked for."""
        return Lazy(identifiers, lambda identifier: self[identifier])


def fitted(frontends: Mapping[str, Frontend], features: Sequence[TrackFeatures]) -> dict[str, FeatureInput]:
    """What each input is fed, its normalization fitted to these features."""

    def fit(name: str, frontend: Frontend) -> FeatureInput:
        return FeatureInput.fit(frontend, Lazy(features, lambda each: each[name]))

    return {name: fit(name, frontend) for name, frontend in frontends.items()}


T = TypeVar("T")
S = TypeVar("S")


class Lazy(Sequence[T]):
    """What `look_up` makes of each of `items`, each time it is asked for."""

    def __init__(self, items: Sequence[S], look_up: Callable[[S], T]) -> None:
        self._items, self._look_up = items, look_up

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, number: Any) -> Any:
        return self._look_up(self._items[number])


def load_features(dataset: Dataset, table: FeatureTable, *, skip_broken: bool, progress: Progress) -> Dataset:
    """Add every track to `table`; the data set of the tracks that could be.

    skip_broken: leave out tracks that are too short for this front end, with a sentence on each among the data set's
    problems. Raises AudioError at the first such track otherwise.
    """
    problems = []
    with progress.task("reading audio", len(dataset.tracks)) as task:
        for track in dataset.tracks:
            try:
                table.add(track)
            except AudioError as error:
                if not skip_broken:
                    raise
                problems.append(str(error))
            task.advance(1, track.path.name)
    left = tuple(track for track in dataset.tracks if track.identifier in table)
    return dataclasses.replace(dataset, tracks=left, problems=(*dataset.problems, *problems))
