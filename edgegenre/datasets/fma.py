"""FMA (Defferrard et al., 2017): dumps of the Free Music Archive, in clips of 30 s or whole, with their metadata."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from edgegenre.datasets.track import Dataset, Track, existing_folder, make_dataset, some
from edgegenre.datasets.walk import AUDIO_SUFFIXES
from edgegenre.errors import DatasetError
from edgegenre.untrusted import read_bytes

METADATA = "tracks.csv"
LARGEST_METADATA = 1 << 30
"""Bytes; the published file has 260 million."""

# Clips of fma_small that are shorter than 30 s or hold nothing (the data set's own list).
BROKEN = frozenset({"098565", "098567", "098569", "099134", "108925", "133297"})

_PART = {"training": "train", "validation": "validation", "test": "test"}
_COLUMNS = {"part": ("set", "split"), "artist": ("artist", "id"), "genre": ("track", "genre_top")}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A row of tracks.csv. number: six digits. part, artist, genre: empty where it gives none."""

    number: str
    part: str
    artist: str
    genre: str


def open_fma(root: Path) -> Dataset:
    """FMA in its published layout, `fma_small/000/000002.mp3` beside `fma_metadata/tracks.csv`; any part of it will do.

    root: the folder that holds both, or `fma_small` itself with the metadata beside or in it. A track's class is its
    top genre, its group the number of its artist, its part that of the published split. Known broken clips, files
    without an entry or a top genre are reported and left out.
    Raises DatasetError when the metadata is missing or is not what it should be.
    """
    root = existing_folder(root)
    metadata = _metadata(root)
    entries = {entry.number: entry for entry in read_metadata(metadata)}
    tracks, broken, unknown = [], [], []
    for path in _sound_files(root):
        entry = entries.get(path.stem)
        if path.stem in BROKEN:
            broken.append(path.name)
        elif entry is None or not entry.genre:
            unknown.append(path.name)
        else:
            tracks.append(
                Track(
                    path=path,
                    label=entry.genre,
                    identifier=entry.number,
                    group=f"artist {entry.artist}" if entry.artist else None,
                    recording=entry.number,
                    part=_PART.get(entry.part),
                )
            )
    problems = []
    if broken:
        problems.append(f"{root}: left out: {len(broken)} clips that are known to be broken ({', '.join(broken)}).")
    if unknown:
        problems.append(
            f"{root}: left out: {len(unknown)} sound files without a top genre in {METADATA} ({some(unknown)})."
        )
    return make_dataset(name="fma", root=root, tracks=tracks, problems=problems)


def read_metadata(path: Path) -> list[Entry]:
    """The rows of tracks.csv: two header rows that name each column together, a third for the index, then the tracks.

    Raises DatasetError when the file is not like that.
    """
    limit = csv.field_size_limit(LARGEST_METADATA)  # of one field: artists write long stories about themselves
    try:
        text = io.StringIO(read_bytes(path, largest=LARGEST_METADATA).decode("utf-8"), newline="")
        rows = csv.reader(text)
        columns = list(zip(next(rows), next(rows), strict=True))
        places = {name: columns.index(column) for name, column in _COLUMNS.items()}
        if next(rows)[0] != "track_id":
            raise ValueError("the third row is not that of the index")
        return [_entry(row, places) for row in rows]
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror}).") from error
    except (csv.Error, ValueError, IndexError, StopIteration) as error:  # ValueError: bytes that are no UTF-8 too
        raise DatasetError(f"{path}: is not FMA's {METADATA} ({error}). Download fma_metadata.zip again.") from error
    finally:
        csv.field_size_limit(limit)


def _entry(row: list[str], places: dict[str, int]) -> Entry:
    if not re.fullmatch(r"[0-9]{1,6}", row[0]):
        raise ValueError(f"'{row[0]}' is no track number")
    return Entry(number=row[0].zfill(6), **{name: row[place].strip() for name, place in places.items()})


def _metadata(root: Path) -> Path:
    places = (root / "fma_metadata", root.parent / "fma_metadata", root)
    found = next((place / METADATA for place in places if (place / METADATA).is_file()), None)
    if found is None:
        raise DatasetError(
            f"{root}: has no fma_metadata/{METADATA} in it or beside it. Unpack fma_metadata.zip there; folders of "
            "genres alone can be opened as the data set 'folder'."
        )
    return found


def _sound_files(root: Path) -> list[Path]:
    """The clips of every `fma_<size>` in `root`, or of `root` itself: three digits, then six."""
    folders = [folder for folder in sorted(root.glob("fma_*")) if folder.is_dir() and folder.name != "fma_metadata"]
    return sorted(
        path
        for folder in folders or [root]
        for path in folder.glob("[0-9][0-9][0-9]/[0-9][0-9][0-9][0-9][0-9][0-9].*")
        if path.suffix.lower() in AUDIO_SUFFIXES and path.is_file()
    )
