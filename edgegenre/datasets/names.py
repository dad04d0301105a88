"""File names that are the same on every machine: macOS writes 'é' as two characters, and some names are no text."""

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePosixPath


def portable(name: str) -> str:
    """A file name in Unicode's composed form (NFC); bytes that are no UTF-8 become '\\xe9'."""
    return unicodedata.normalize("NFC", os.fsencode(name).decode("utf-8", "backslashreplace"))


def located(root: Path, relative: str) -> Path | None:
    """The file or folder that `relative` names under `root`, whichever form its name has there; None without one."""
    path = root / relative
    return path if path.exists() else next(_entries(root, PurePosixPath(relative).parts), None)


def _entries(folder: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    if not parts:
        yield folder
        return
    first, *others = parts
    wanted = portable(first)
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if portable(entry.name) == wanted)
    except OSError:
        return
    for name in names:
        yield from _entries(folder / name, tuple(others))
