"""A split as JSON, for run folders and bundles: it can be read back and compared without the seed's algorithm."""

import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from edgegenre.audio.stems import is_sound
from edgegenre.datasets.names import located, portable
from edgegenre.datasets.pieces import Piece
from edgegenre.datasets.split import Split
from edgegenre.datasets.track import PARTS, Track
from edgegenre.errors import DatasetError


def to_json(split: Split, root: Path) -> dict[str, Any]:
    """{"train": [{"path", "label", "identifier", "group"}, …], "validation": …, "test": …}, paths relative to `root`.

    A piece also has the "number" of its window. Raises DatasetError when a track is not under `root`.
    """
    return {part: [_track_to_json(track, root) for track in tracks] for part, tracks in _parts(split)}


def from_json(record: Any, root: Path) -> Split:
    """The split that `to_json` recorded, with the files looked for under `root`.

    Raises DatasetError when the record is malformed, leads out of `root`, or names a file that is no longer there.
    """
    try:
        parts = {part: tuple(_track_from_json(entry, Path(root)) for entry in record[part]) for part in PARTS}
    except (TypeError, KeyError, ValueError, OSError) as error:  # OSError: a name too long for a file
        raise DatasetError(f"{root}: the recorded split cannot be read ({error!r}). Make the split again.") from error
    return Split(**parts)


def fingerprint(split: Split) -> str:
    """SHA-256 (hexadecimal) of which track is in which part with which label: equal splits have equal fingerprints."""
    lines = sorted(f"{part}\t{track.identifier}\t{track.label}\n" for part, tracks in _parts(split) for track in tracks)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _parts(split: Split) -> Iterator[tuple[str, tuple[Track, ...]]]:
    return ((part, getattr(split, part)) for part in PARTS)


def _track_to_json(track: Track, root: Path) -> dict[str, Any]:
    try:
        path = portable(track.path.relative_to(Path(root).absolute()).as_posix())
    except ValueError as error:
        raise DatasetError(
            f"{track.path}: is not under {root}. Record a split with its data set's own folder."
        ) from error
    entry = {"path": path, "label": track.label, "identifier": track.identifier, "group": track.group}
    return entry | {"number": track.number} if isinstance(track, Piece) else entry


def _track_from_json(entry: dict[str, Any], root: Path) -> Track:
    relative = PurePosixPath(entry["path"])
    if relative.is_absolute() or ".." in relative.parts:
        raise DatasetError(f"{relative}: a recorded split must stay inside {root}. The record was altered.")
    path = located(root.absolute(), str(relative))
    if path is None or not is_sound(path):
        raise DatasetError(
            f"{root.absolute() / relative}: was part of the recorded split and is missing. Restore it, name the data "
            "set's new place (--data-at), or make the split again."
        )
    group = entry["group"]
    return Track(
        path=path,
        label=str(entry["label"]),
        identifier=str(entry["identifier"]),
        group=None if group is None else str(group),
    )
