"""Files against the MD5 sums that a data set publishes."""

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path

from edgegenre.datasets.track import Dataset, Track, make_dataset
from edgegenre.errors import DatasetError
from edgegenre.progress import SILENT, Progress
from edgegenre.untrusted import read_json


def read_index(path: Path) -> dict[str, tuple[str, str]]:
    """Identifier -> (path as published, MD5) of each sound file in a mirdata index.

    Format: {"tracks": {identifier: {"audio": [path, md5], …}, …}, …}. Raises DatasetError on any other content.
    """
    path = Path(path)
    try:
        index = read_json(path)
        files = {name: parts["audio"] for name, parts in index["tracks"].items()}
        return {name: (str(where), str(md5).lower()) for name, (where, md5) in files.items() if where is not None}
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror}). Name the MD5 index file.") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DatasetError(f"{path}: is not an MD5 index. A mirdata index (JSON with 'tracks') is needed.") from error


def with_md5(dataset: Dataset, index: Mapping[str, tuple[str, str]], source: Path) -> Dataset:
    """`dataset` with the index's sums; tracks that the index lists and the folder lacks become one problem.

    A sum is of one file format: tracks whose suffix differs from the index's get none and are reported.
    source: the index file, named in messages.
    """
    tracks = [_with_md5(track, index) for track in dataset.tracks]
    problems = list(dataset.problems)
    here = {track.identifier for track in tracks}
    absent = sorted(set(index) - here)
    if absent:
        problems.append(f"{dataset.root}: {len(absent)} files of {source.name} are missing (first: {absent[0]}).")
    unlisted = [track for track in tracks if track.md5 is None]
    if unlisted:
        problems.append(
            f"{dataset.root}: {len(unlisted)} files could not be checked, {source.name} has no sum for them "
            f"(first: {unlisted[0].path.name})."
        )
    return dataclasses.replace(dataset, tracks=tuple(tracks), problems=tuple(problems))


def verified(dataset: Dataset, progress: Progress = SILENT) -> Dataset:
    """`dataset` without the tracks whose bytes differ from their published MD5; each of those becomes a problem."""
    kept, problems = [], list(dataset.problems)
    with progress.task("checking MD5", len(dataset.tracks)) as task:
        for track in dataset.tracks:
            if track.md5 is None or md5_of(track.path) == track.md5:
                kept.append(track)
            else:
                problems.append(f"{track.path}: its MD5 is not the published one ({track.md5}); it is left out.")
            task.advance()
    return make_dataset(
        name=dataset.name, root=dataset.root, tracks=kept, synthetic=dataset.synthetic, problems=problems
    )


def md5_of(path: Path) -> str:
    """Hexadecimal MD5 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _with_md5(track: Track, index: Mapping[str, tuple[str, str]]) -> Track:
    where, md5 = index.get(track.identifier, ("", ""))
    matches = Path(where).suffix.lower() == track.path.suffix.lower()
    return dataclasses.replace(track, md5=md5) if matches else track
