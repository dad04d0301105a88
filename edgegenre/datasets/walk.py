"""The sound files and songs in stems below a folder: one rule for `data check`, `train`, `eval` and `classify`."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from edgegenre.audio.stems import holds_stems
from edgegenre.datasets.names import portable
from edgegenre.datasets.track import existing_folder, some
from edgegenre.errors import DatasetError

# What libsndfile opens by itself (headerless and numeric formats need parameters that a folder does not give).
AUDIO_SUFFIXES = frozenset(
    {
        *(".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".mp2", ".mpga"),
        *(".aif", ".aiff", ".aifc", ".au", ".snd", ".caf", ".w64", ".rf64"),
    }
)
UNREADABLE_SUFFIXES = frozenset(
    {
        *(".m4a", ".m4b", ".m4p", ".mp4", ".m4v", ".mov", ".3gp", ".3g2", ".aac", ".adts", ".alac"),
        *(".wma", ".wmv", ".asf", ".webm", ".weba", ".mka", ".mkv", ".avi", ".flv", ".ts", ".mts"),
        *(".ape", ".wv", ".mpc", ".mp+", ".tta", ".tak", ".ofr", ".shn", ".amr", ".awb", ".qcp"),
        *(".ac3", ".eac3", ".dts", ".thd", ".dsf", ".dff", ".ra", ".rm", ".ram", ".spx", ".mid", ".midi"),
        *(".raw", ".pcm", ".voc", ".sph"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Walk:
    """What is below a folder, each in the order of portable names.

    sounds: files with the suffix of a readable format, and folders of songs in stems (`audio.stems`). The others are
    left out: unreadable: sound of other formats. hidden: files and folders whose name begins with a dot, whatever is in
    them. foreign: other files. unusable: folders that cannot be listed, links that lead nowhere or round in a circle,
    pipes and devices.
    """

    sounds: tuple[Path, ...]
    unreadable: tuple[Path, ...]
    hidden: tuple[Path, ...]
    foreign: tuple[Path, ...]
    unusable: tuple[Path, ...]


def walk(folder: Path) -> Walk:
    """Everything below `folder`; links are followed."""
    found: dict[str, list[Path]] = {kind: [] for kind in ("sounds", "unreadable", "hidden", "foreign", "unusable")}
    waiting: list[tuple[Path, frozenset[tuple[int, int]]]] = [(Path(folder), frozenset())]
    while waiting:
        place, above = waiting.pop()
        try:
            status = place.stat()
            entries = list(os.scandir(place))
        except OSError:
            found["unusable"].append(place)
            continue
        identity = (status.st_dev, status.st_ino)
        if identity in above:
            found["unusable"].append(place)
            continue
        if holds_stems({entry.name for entry in entries}):
            found["sounds"].append(place)
            continue
        for entry in entries:
            path = place / entry.name
            if entry.name.startswith("."):
                found["hidden"].append(path)
            elif _is(entry.is_dir):
                waiting.append((path, above | {identity}))
            else:
                found[_kind(path) if _is(entry.is_file) else "unusable"].append(path)
    ordered = {kind: tuple(sorted(paths, key=lambda path: portable(str(path)))) for kind, paths in found.items()}
    return Walk(**ordered)


def walk_non_music(folder: Path) -> Walk:
    """Everything below the folder of sound that is no music.

    Raises DatasetError when it is not there or holds no readable sound file.
    """
    folder = existing_folder(folder)
    found = walk(folder)
    if not found.sounds:
        raise DatasetError(f"{folder}: holds no readable sound file. Name a folder of speech, noise and the like.")
    return found


def left_out(folder: Path, found: Walk) -> list[str]:
    """A sentence for each kind of thing that is left out, with their number and the first names."""
    kinds = (
        (found.unreadable, "{} in formats that cannot be read; convert them to FLAC ({})"),
        (found.hidden, "{} whose names begin with a dot ({})"),
        (found.foreign, "{} that are no sound files by their names ({})"),
        (found.unusable, "{} that cannot be opened, lead nowhere or are no files ({})"),
    )
    return [f"{folder}: left out: {text.format(len(paths), _some(folder, paths))}." for paths, text in kinds if paths]


def _some(folder: Path, paths: Iterable[Path]) -> str:
    return some(portable(str(path.relative_to(folder))) for path in paths)


def _kind(path: Path) -> str:
    suffix = path.suffix.lower()
    return "sounds" if suffix in AUDIO_SUFFIXES else "unreadable" if suffix in UNREADABLE_SUFFIXES else "foreign"


def _is(question: Callable[[], bool]) -> bool:
    """The answer of an entry's `is_dir` or `is_file`; False where even asking fails (a link in a circle)."""
    try:
        return question()
    except OSError:
        return False
