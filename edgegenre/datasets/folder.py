"""Anybody's music: one directory a genre."""

import os
from collections.abc import Iterator
from pathlib import Path

from edgegenre.datasets.track import Dataset, Track, existing_folder, make_dataset, some
from edgegenre.errors import DatasetError
from edgegenre.untrusted import read_json

# What libsndfile opens by itself (headerless and numeric formats need parameters that a folder does not give).
AUDIO_SUFFIXES = frozenset(
    {".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf", ".w64", ".rf64"}
)
UNREADABLE_SUFFIXES = frozenset({".m4a", ".mp4", ".aac", ".wma", ".ape", ".wv", ".mpc", ".amr"})

# Written beside the class folders of a data set that this package rendered.
DESCRIPTION = "dataset.json"


def open_folder(root: Path) -> Dataset:
    """The data set of `root`: each directory in it is a class, the sound files in and below that its tracks.

    A directory inside a class (an artist, an album) is a group: its tracks stay together in a split. Hidden files and
    directories are ignored; `dataset.json` with `"synthetic": true` marks the whole as synthetic.
    Raises DatasetError when `root` is not such a folder.
    """
    root = existing_folder(root)
    classes = sorted(entry for entry in root.iterdir() if entry.is_dir() and not _hidden(entry))
    stray = sorted(entry.name for entry in root.iterdir() if _is_audio(entry))
    if not classes:
        raise DatasetError(_no_classes(root, stray))
    problems = [f"{root}: sound files outside any class are ignored ({some(stray)})."] if stray else []
    tracks = []
    for folder in classes:
        files = list(_files_below(folder))
        sounds = [path for path in files if _is_audio(path)]
        tracks += [_track(path, folder, root) for path in sounds]
        foreign = [path.name for path in files if path.suffix.lower() in UNREADABLE_SUFFIXES]
        if foreign:
            problems.append(f"{folder}: {len(foreign)} files cannot be read, convert them to FLAC: {some(foreign)}.")
        elif not sounds:
            problems.append(f"{folder}: holds no sound file and is not a class.")
    if not tracks:
        raise DatasetError(
            f"{root}: none of its {len(classes)} folders ({some(folder.name for folder in classes)}) holds a readable "
            "sound file. Put WAV, FLAC, OGG or MP3 files into one folder a genre."
        )
    synthetic = _says_synthetic(root)
    name = "synthetic" if synthetic else root.name
    return make_dataset(name=name, root=root, tracks=tracks, synthetic=synthetic, problems=problems)


def _no_classes(root: Path, stray: list[str]) -> str:
    if stray:
        return f"{root}: has sound files in it ({some(stray)}) but no folders. Put them into one folder a genre."
    return f"{root}: is empty. It should hold one folder a genre, each with that genre's sound files."


def _track(path: Path, folder: Path, root: Path) -> Track:
    inner = path.relative_to(folder).parts
    return Track(
        path=path,
        label=folder.name,
        identifier=path.relative_to(root).as_posix(),
        group=f"{folder.name}/{inner[0]}" if len(inner) > 1 else None,
    )


def _files_below(folder: Path) -> Iterator[Path]:
    for place, directories, names in os.walk(folder):
        directories[:] = sorted(name for name in directories if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("."))


def _hidden(path: Path) -> bool:
    return path.name.startswith(".")


def _is_audio(path: Path) -> bool:
    return path.suffix.lower() in AUDIO_SUFFIXES and not _hidden(path) and not path.is_dir()


def _says_synthetic(root: Path) -> bool:
    path = root / DESCRIPTION
    if not path.is_file():
        return False
    try:
        description = read_json(path)
    except (OSError, ValueError) as error:
        raise DatasetError(
            f"{path}: cannot be read as JSON ({error}). Render the data set again, or remove it."
        ) from error
    return isinstance(description, dict) and description.get("synthetic") is True
