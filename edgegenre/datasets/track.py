"""A labeled sound file, and a data set as a sorted collection of them."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from edgegenre.audio.stems import is_sound
from edgegenre.errors import DatasetError, did_you_mean

PARTS = ("train", "validation", "test")
"""Of a split."""


@dataclass(frozen=True, kw_only=True)
class Track:
    """One sound file, or the folder of a song in stems (`audio.stems`), and what is known about it.

    label: the class. identifier: unique in its data set and the same on every machine. group: the artist or album, None
    when nothing is known. recording: the sound that the file is a copy or a cut of, None when it is the only one known.
    part: one of PARTS in the data set's published split, None outside of it. md5: the file's
    published MD5, lower case hexadecimal, where the data set states one.
    """

    path: Path
    label: str
    identifier: str
    group: str | None = None
    recording: str | None = None
    part: str | None = None
    md5: str | None = None


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Labelled tracks under one folder.

    labels: sorted, each with at least one track; a label's place is its class number. tracks: sorted by identifier.
    synthetic: rendered, not recorded; figures from it must say so. other: the label that is no genre. problems: one
    sentence for each thing that was expected and is missing or broken; the tracks are what remains.
    """

    name: str
    root: Path
    labels: tuple[str, ...]
    tracks: tuple[Track, ...]
    synthetic: bool = False
    other: str | None = None
    problems: tuple[str, ...] = ()


def make_dataset(
    *, name: str, root: Path, tracks: Iterable[Track], synthetic: bool = False, problems: Iterable[str] = ()
) -> Dataset:
    """A Dataset of those tracks whose file is there; the others become problems.

    Raises DatasetError when none remains or two share an identifier.
    """
    found: list[Track] = []
    broken = list(problems)
    for track in sorted(tracks, key=lambda track: track.identifier):
        if not is_sound(track.path):
            broken.append(f"{track.path}: is missing.")
        elif found and found[-1].identifier == track.identifier:
            raise DatasetError(
                f"{track.path}: has the same identifier as {found[-1].path} ('{track.identifier}'). Remove one of them."
            )
        else:
            found.append(track)
    if not found:
        detail = f" First problem: {broken[0]}" if broken else ""
        raise DatasetError(f"{root}: holds no usable track.{detail}")
    return Dataset(
        name=name,
        root=root,
        labels=tuple(sorted({track.label for track in found})),
        tracks=tuple(found),
        synthetic=synthetic,
        problems=tuple(broken),
    )


def without(dataset: Dataset, labels: Iterable[str]) -> Dataset:
    """`dataset` without the tracks of some classes. Raises DatasetError when it has no such class, or none is left."""
    leaving = set(labels)
    for label in sorted(leaving - set(dataset.labels)):
        near = did_you_mean(label, dataset.labels)
        raise DatasetError(f"{dataset.root}: has no class '{label}'.{near} It has: {', '.join(dataset.labels)}.")
    left = tuple(label for label in dataset.labels if label not in leaving)
    if not left:
        raise DatasetError(f"{dataset.root}: no class is left. Leave out fewer.")
    tracks = tuple(track for track in dataset.tracks if track.label in left)
    return dataclasses.replace(dataset, labels=left, tracks=tracks)


def existing_folder(path: Path) -> Path:
    """`path` made absolute. Raises DatasetError when it is not a folder that can be listed."""
    path = absolute(path)
    if not path.exists():
        raise DatasetError(f"{path}: no such folder. Check the path.")
    if not path.is_dir():
        raise DatasetError(f"{path}: is a file, not a folder. Name the folder that holds the data set.")
    try:
        next(path.iterdir(), None)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be listed ({error.strerror}). Check its permissions.") from error
    return path


def absolute(path: Path) -> Path:
    """`path` from the root on, ~ written out. Raises DatasetError for the home folder of nobody."""
    try:
        return Path(path).expanduser().absolute()
    except RuntimeError as error:
        raise DatasetError(f"{path}: there is no such home folder. Write the path out.") from error


def some(names: Iterable[str], limit: int = 3) -> str:
    """The first few of `names` for a message: 'a, b, c, …'."""
    names = list(names)
    return ", ".join(names[:limit]) + (", …" if len(names) > limit else "")
