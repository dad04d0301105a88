"""Groups from a file of one's own: what must stay together in a split, whatever folders and tags say."""

import csv
import dataclasses
import io
from pathlib import Path

from edgegenre.datasets.names import portable
from edgegenre.datasets.track import Dataset, some
from edgegenre.errors import DatasetError
from edgegenre.untrusted import read_bytes

LARGEST_FILE = 64 << 20
"""Bytes."""

_HEADING = ["path", "group"]


def with_groups(dataset: Dataset, path: Path) -> Dataset:
    """`dataset` with the groups of a CSV file (UTF-8) of two columns, path and group; a heading may be there.

    A path is that of the sound file, absolute or below the data set's folder. Tracks that the file does not name have
    no group, and a problem says so, as it does for rows whose file is not a track. Raises DatasetError when the file
    cannot be read, is not like that, gives a path two groups, or names no track at all.
    """
    groups = _read(path)
    names = {track.identifier: portable(track.path.relative_to(dataset.root).as_posix()) for track in dataset.tracks}
    tracks, used = [], set()
    for track in dataset.tracks:
        keys = [key for key in (names[track.identifier], portable(str(track.path))) if key in groups]
        used.update(keys)
        tracks.append(dataclasses.replace(track, group=groups[keys[0]] if keys else None))
    if not used:
        raise DatasetError(
            f"{path}: names none of the {len(tracks)} tracks in {dataset.root} (its first path: {next(iter(groups))}; "
            f"a track's: {names[tracks[0].identifier]}). Write paths as seen from that folder."
        )
    problems = list(dataset.problems)
    absent = [key for key in groups if key not in used]
    if absent:
        problems.append(f"{path}: {len(absent)} of its paths are no tracks ({some(absent)}).")
    unnamed = [names[track.identifier] for track in tracks if track.group is None]
    if unnamed:
        problems.append(f"{path}: {len(unnamed)} tracks are not in it and have no group ({some(unnamed)}).")
    return dataclasses.replace(dataset, tracks=tuple(tracks), problems=tuple(problems))


def _read(path: Path) -> dict[str, str]:
    """Path -> group, in the order of the file."""
    try:
        text = read_bytes(path, largest=LARGEST_FILE).decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror}). Name the file of groups.") from error
    except (csv.Error, ValueError) as error:
        raise DatasetError(f"{path}: is not a CSV file ({error}). Write two columns, path and group.") from error
    if rows and [cell.strip().casefold() for cell in rows[0]] == _HEADING:
        rows = rows[1:]
    groups: dict[str, str] = {}
    for number, row in enumerate(rows, 1):
        name, group = (portable(row[0].strip()), row[1].strip()) if len(row) == 2 else ("", "")
        if not name or not group:
            raise DatasetError(f"{path}: row {number} is {row!r}. Each row needs two cells, a path and its group.")
        if groups.setdefault(name, group) != group:
            raise DatasetError(f"{path}: gives {name} two groups, '{groups[name]}' and '{group}'. Keep one.")
    if not groups:
        raise DatasetError(f"{path}: has no rows. Write a path and its group into each.")
    return groups
