"""Music without labels, about which a teacher alone has something to say."""

from collections.abc import Sequence
from pathlib import Path

from edgegenre.datasets.inspection_cache import inspect_all
from edgegenre.datasets.names import portable
from edgegenre.datasets.same_sound import same_sound
from edgegenre.datasets.track import Dataset, Track, existing_folder
from edgegenre.datasets.walk import left_out, walk
from edgegenre.errors import DatasetError
from edgegenre.progress import Progress

NO_LABEL = ""
"""The label of a track whose class nobody knows; no folder has this name."""


def open_unlabeled(root: Path, progress: Progress, *, skip_broken: bool) -> Dataset:
    """Every usable sound file in and below `root`, as tracks without a label.

    An identifier is the whole path, so that it is none of a labelled data set's. skip_broken: leave out files that
    cannot be used, with a sentence on each among the problems. Raises DatasetError at the first of them otherwise, and
    when nothing is left.
    """
    root = existing_folder(root)
    found = walk(root)
    tracks = tuple(Track(path=path, label=NO_LABEL, identifier=portable(str(path))) for path in found.sounds)
    usable, broken = inspect_all(_collection(root, tracks), progress)
    if broken and not skip_broken:
        raise DatasetError(broken[0])
    if not usable:
        raise DatasetError(f"{root}: holds no sound file that can be used. Name a folder of music with --unlabeled.")
    problems = (*left_out(root, found), *broken)
    return _collection(root, tuple(item.track for item in usable), problems)


def refuse_held_out(unlabeled: Dataset, held_out: Sequence[Track], progress: Progress) -> None:
    """Raise DatasetError when a track of `unlabeled` has the sound of one that the network is to be judged by."""
    found = same_sound(unlabeled.tracks, held_out, progress)
    if found is not None:
        raise DatasetError(
            f"{found[0]}: has the sound of {found[1]}, a validation or test track. Remove it from the folder of "
            "--unlabeled."
        )


def _collection(root: Path, tracks: tuple[Track, ...], problems: tuple[str, ...] = ()) -> Dataset:
    return Dataset(name=root.name, root=root, labels=(), tracks=tracks, problems=problems)
