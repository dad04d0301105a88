"""The sound files that a command is given, by name or by the folder above them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from edgegenre.cli.console import say


def sound_files(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """The files that can be read, and those below folders that are of formats that cannot be read."""
    from edgegenre.datasets.walk import left_out, walk
    from edgegenre.errors import AudioError

    files: list[Path] = []
    unread: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        found = walk(path)
        for sentence in left_out(path, found):
            say(sentence)
        if not found.sounds:
            raise AudioError(f"{path}: holds no readable sound file. Name a folder with WAV, FLAC, OGG or MP3 files.")
        files += found.sounds
        unread += found.unreadable
    return files, unread


def refuse_unread(unread: Sequence[Path]) -> None:
    """Raise AudioError when there are files of formats that cannot be read."""
    from edgegenre.errors import AudioError

    if unread:
        raise AudioError(
            f"{len(unread)} sound files were left out, their formats cannot be read (first: {unread[0]}). Convert them "
            "to FLAC, or pass --skip-broken."
        )
