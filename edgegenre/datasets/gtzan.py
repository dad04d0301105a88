"""GTZAN (Tzanetakis and Cook, 2002): ten genres of a hundred 30 s excerpts."""

import re
from pathlib import Path

import soundfile

from edgegenre.datasets.gtzan_lists import artists, fault_filtered
from edgegenre.datasets.md5 import read_index, verified, with_md5
from edgegenre.datasets.track import Dataset, Track, existing_folder, make_dataset, some
from edgegenre.datasets.walk import AUDIO_SUFFIXES
from edgegenre.errors import DatasetError
from edgegenre.progress import SILENT, Progress

GENRES = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock")

# The tree of the original archive, and of the copy that is passed around on Kaggle.
_PLACES = ("genres", "genres_original", "Data/genres_original", ".")

# "blues.00012.wav"; "blues.00012-cut-3.flac" and "blues.00012.3.wav" are cuts or copies of that track.
_NAME = re.compile(r"(?P<track>(?P<genre>[a-z]+)\.\d{5})(?P<cut>[._-].+)?")

# In the widespread WAV copy this file is not audio; in the original archive it is.
_KNOWN_BROKEN = frozenset({"jazz.00054"})


def open_gtzan(root: Path, *, md5_index: Path | None = None, progress: Progress = SILENT) -> Dataset:
    """GTZAN in its official layout, `genres/<genre>/<genre>.NNNNN.{wav,au}`; any part of it will do.

    Converted copies (.flac, other rates) and cuts of its tracks (`blues.00012-3.wav`) are known by their names. Artists
    are those of `gtzan_lists.artists`, published parts those of the fault-filtered split.
    md5_index: a mirdata index to check every file against; files that differ are reported and left out.
    Raises DatasetError when `root` has no such layout or the index cannot be read.
    """
    root = existing_folder(root)
    genres = _genres_folder(root)
    tracks, problems = [], []
    for genre in GENRES:
        files = sorted(path for path in (genres / genre).glob("*") if not path.name.startswith("."))
        named = {path: name for path in files if (name := _track_name(path, genre)) is not None}
        if not named:
            problems.append(f"{genres / genre}: no {genre} tracks found.")
        if len(named) < len(files):
            odd = [path.name for path in files if path not in named]
            problems.append(
                f"{genres / genre}: files with other names than {genre}.NNNNN.wav are ignored ({some(odd)})."
            )
        for path, name in named.items():
            if path.stem in _KNOWN_BROKEN and not _opens(path):
                problems.append(f"{path}: cannot be decoded (a known fault of this copy of GTZAN); it is left out.")
            else:
                tracks.append(_track(path, genre, name))
    if md5_index is None:
        return make_dataset(name="gtzan", root=root, tracks=tracks, problems=problems)
    index = read_index(md5_index)
    dataset = make_dataset(name="gtzan", root=root, tracks=tracks, problems=problems)
    return verified(with_md5(dataset, index, Path(md5_index)), progress)


def named_like_gtzan(dataset: Dataset) -> bool:
    """Whether every track of a data set is named as GTZAN names its own, and lies in the folder of its genre."""
    return all(_track_name(track.path, track.label) is not None for track in dataset.tracks)


def _genres_folder(root: Path) -> Path:
    for place in _PLACES:
        if any((root / place / genre).is_dir() for genre in GENRES):
            return root / place
    raise DatasetError(
        f"{root}: is not GTZAN: no genres/<genre>/ folders ({some(GENRES)}) in it. "
        "Name the folder that holds 'genres'; for music of your own use the data set 'folder'."
    )


def _track_name(path: Path, genre: str) -> str | None:
    """ "blues.00012", the track of GTZAN that a file is, or is a cut of; None for other files."""
    match = _NAME.fullmatch(path.stem)
    named = match is not None and match["genre"] == genre and path.suffix.lower() in AUDIO_SUFFIXES
    return match["track"] if match is not None and named and path.is_file() else None


def _track(path: Path, genre: str, name: str) -> Track:
    return Track(
        path=path,
        label=genre,
        identifier=path.stem,
        group=artists().get(name),
        recording=name,
        part=fault_filtered().get(name),
    )


def _opens(path: Path) -> bool:
    try:
        return soundfile.info(path).frames > 0
    except soundfile.LibsndfileError:
        return False
