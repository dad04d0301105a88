"""Writing that never leaves a half-written file: write beside the target, then rename."""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edgegenre.errors import EdgegenreError


def cache_folder() -> Path:
    """Where things that can be made again are kept: $EDGEGENRE_CACHE, or edgegenre in $XDG_CACHE_HOME or ~/.cache.

    Raises RuntimeError when none of them is set and the user has no home folder.
    """
    named, shared = os.environ.get("EDGEGENRE_CACHE"), os.environ.get("XDG_CACHE_HOME")
    if named:
        return Path(named).expanduser()
    return (Path(shared) if shared else Path.home() / ".cache") / "edgegenre"


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextlib.contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it takes `path`'s place, on failure it is removed.

    Raises EdgegenreError when the folder cannot be written to.
    """
    path = Path(path)
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
        os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; on success it takes `path`'s place (an older folder is removed last).

    Raises EdgegenreError when the parent folder cannot be written to.
    """
    path = Path(path)
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        _take_place(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Replace `path` by `text` (UTF-8) in one step."""
    with replacing_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Replace `path` by `value` as indented JSON in one step."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _take_place(folder: Path, path: Path) -> None:
    """Rename `folder` to `path`; an older folder there is removed when that is done, and comes back when it fails."""
    if not path.exists():
        folder.rename(path)
        return
    retired = folder.with_name(folder.name + ".old")
    path.rename(retired)
    try:
        folder.rename(path)
    except BaseException:
        retired.rename(path)
        raise
    # The new folder stands: what cannot be removed of the old one is hidden, and no reason to fail.
    shutil.rmtree(retired, ignore_errors=True)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise EdgegenreError(f"{path}: cannot be written ({reason}). Choose a folder that you may write to.") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
