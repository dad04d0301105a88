"""Features of a large library by the workers of a Dask scheduler: the bytes that one machine computes.

Workers open the files by their paths: they need the same folders, under the same names.
"""

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegenre.audio.stems import content_digest, load_sound
from edgegenre.cluster.workers import files_there, from_workers
from edgegenre.datasets.inspection import Inspection, inspect
from edgegenre.datasets.inspection_cache import is_remembered, remember
from edgegenre.datasets.track import Track
from edgegenre.errors import AudioError, ClusterError, DatasetError
from edgegenre.frontend.cache import FeatureCache
from edgegenre.frontend.protocol import Frontend
from edgegenre.progress import Progress


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """What there is to say of a file: its features, float32 [frames, ...], or the problem with it."""

    features: np.ndarray | None
    problem: str | None = None


def rows_of(frontend: Frontend, path: Path) -> Rows:
    """The features of a sound file, not normalized."""
    try:
        features = frontend.float32(load_sound(path, frontend.sample_rate, frontend.heard))
    except AudioError as error:
        return Rows(features=None, problem=str(error))
    if not len(features):
        return Rows(features=None, problem=f"{path}: is too short: one frame needs {frontend.frame_seconds:g} s.")
    return Rows(features=features)


def rows_of_workers(files: Sequence[Path], frontend: Frontend, scheduler: str) -> Iterator[Rows]:
    """`rows_of` each of `files`, in their order. Raises what `from_workers` raises."""
    return from_workers(functools.partial(_rows_there, frontend), files_there(files), scheduler)


def _rows_there(frontend: Frontend, file: tuple[str, Path]) -> Rows:
    name, shown = file
    found = rows_of(frontend, Path(name))
    return found if found.problem is None else Rows(features=None, problem=found.problem.replace(name, str(shown)))


@dataclass(frozen=True, kw_only=True)
class Workers:
    """Those of the scheduler at that address, as helpers of a training."""

    scheduler: str

    def prepare(
        self, tracks: Sequence[Track], frontends: Mapping[str, Frontend], cache: FeatureCache, progress: Progress
    ) -> None:
        """Let workers inspect `tracks` and compute their features, as far as this machine's caches lack them.

        What cannot be decoded is left out: who reads it next will say so. Raises what `from_workers` raises, and
        ClusterError when a worker has other bytes under a file's name.
        """
        with progress.task("asking the cache", len(tracks)) as task:
            errands = []
            for track in tracks:
                errands += _errands(track, frontends, cache)
                task.advance(1, track.path.name)
        with progress.task(f"features from {self.scheduler}", len(errands)) as task:
            for errand, found in zip(errands, from_workers(_run, errands, self.scheduler), strict=True):
                if found is not None:
                    _keep(errand, found, cache)
                task.advance(1, errand.track.path.name)


@dataclass(frozen=True, kw_only=True)
class _Errand:
    """What is to be found out about a track. name: the path that a worker opens it by. content: of the file."""

    track: Track
    name: str
    content: str
    frontends: Mapping[str, Frontend]
    inspected: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class _Found:
    content: str
    inspection: Inspection | None
    features: Mapping[str, np.ndarray]


def _errands(track: Track, frontends: Mapping[str, Frontend], cache: FeatureCache) -> list[_Errand]:
    """What is to be done for a track: nothing where everything is known, or the file cannot be read."""
    try:
        content = content_digest(track.path)
    except OSError:
        return []
    lacking = {name: item for name, item in frontends.items() if not cache.holds(content, item)}
    inspected = not is_remembered(track, content)
    if not lacking and not inspected:
        return []
    name = str(track.path.absolute())
    return [_Errand(track=track, name=name, content=content, frontends=lacking, inspected=inspected)]


def _run(errand: _Errand) -> _Found | None:
    """On a worker. None of a file that cannot be used."""
    path = Path(errand.name)
    try:
        content = content_digest(path)
        inspection = inspect(dataclasses.replace(errand.track, path=path)) if errand.inspected else None
        features = {
            name: frontend.float32(load_sound(path, frontend.sample_rate, frontend.heard))
            for name, frontend in errand.frontends.items()
        }
    except OSError as error:
        raise ClusterError(
            f"{path}: a worker cannot read it ({error.strerror or error}). Share the folder with all workers."
        ) from error
    except (AudioError, DatasetError):
        return None
    return _Found(content=content, inspection=inspection, features=features)


def _keep(errand: _Errand, found: _Found, cache: FeatureCache) -> None:
    track = errand.track
    if found.content != errand.content:
        raise ClusterError(f"{errand.name}: a worker has another file there. Share the folder with all workers.")
    for name, features in found.features.items():
        cache.keep(found.content, errand.frontends[name], features)
    if found.inspection is not None:
        remarks = tuple(item.replace(errand.name, str(track.path)) for item in found.inspection.remarks)
        remember(dataclasses.replace(found.inspection, track=track, remarks=remarks))
