"""Anybody's music: one directory a genre."""

import dataclasses
from pathlib import Path

from edgegenre.datasets.groups import artist_name
from edgegenre.datasets.names import portable
from edgegenre.datasets.track import Dataset, Track, existing_folder, make_dataset, some
from edgegenre.datasets.walk import left_out, walk
from edgegenre.errors import DatasetError
from edgegenre.untrusted import read_json

# Written beside the class folders of a data set that this package rendered.
DESCRIPTION = "dataset.json"


def open_folder(root: Path) -> Dataset:
    """The data set of `root`: each directory in it is a class, the sound files in and below that its tracks, and so are
    the directories of songs in stems (`audio.stems`).

    A directory inside a class is an artist: his tracks stay together in a split, whatever classes they are in; a
    compilation ('Various Artists') stays together within its class. What is left out (see `walk`) is said in the
    problems; `dataset.json` with `"synthetic": true` marks the whole as synthetic.
    Raises DatasetError when `root` is not such a folder.
    """
    root = existing_folder(root)
    found = walk(root)
    if root in found.sounds:
        raise DatasetError(f"{root}: is a song in stems. Name the folder that holds one folder a genre.")
    stray = [path.name for path in found.sounds if path.parent == root]
    classes = {path.name for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")}
    if not classes:
        raise DatasetError(_no_classes(root, stray))
    tracks = [_track(path, root) for path in found.sounds if path.parent != root]
    if not tracks:
        raise DatasetError(
            f"{root}: none of its {len(classes)} folders ({some(map(portable, sorted(classes)))}) holds a readable "
            "sound file. Put WAV, FLAC, OGG or MP3 files into one folder a genre."
        )
    problems = left_out(root, dataclasses.replace(found, foreign=_undescribed(root, found.foreign)))
    if stray:
        problems.append(f"{root}: left out: {len(stray)} sound files outside any class ({some(stray)}).")
    empty = {portable(name) for name in classes} - {track.label for track in tracks}
    problems += [f"{root / name}: holds no sound file and is not a class." for name in sorted(empty)]
    synthetic = _says_synthetic(root)
    name = "synthetic" if synthetic else portable(root.name)
    return make_dataset(name=name, root=root, tracks=tracks, synthetic=synthetic, problems=problems)


def _no_classes(root: Path, stray: list[str]) -> str:
    if stray:
        return f"{root}: has sound files in it ({some(stray)}) but no folders. Put them into one folder a genre."
    return f"{root}: is empty. It should hold one folder a genre, each with that genre's sound files."


def _track(path: Path, root: Path) -> Track:
    parts = [portable(part) for part in path.relative_to(root).parts]
    return Track(
        path=path,
        label=parts[0],
        identifier="/".join(parts),
        group=_group(parts[0], parts[1]) if len(parts) > 2 else None,
    )


def _group(label: str, folder: str) -> str:
    artist = artist_name(folder)
    return f"{label}/{folder}" if artist is None else artist


def _undescribed(root: Path, files: tuple[Path, ...]) -> tuple[Path, ...]:
    return tuple(path for path in files if path != root / DESCRIPTION)


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
