"""Writing that never leaves a half-written file: write beside the target, then rename."""

import contextlib
import errno
import functools
import hashlib
import json
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edgegenre.errors import EdgegenreError


def cache_folder() -> Path:
    """Where things that can be made again are kept: $EDGEGENRE_CACHE, or edgegenre in $XDG_CACHE_HOME or ~/.cache.

    Raises EdgegenreError when none of them is set and the user has no home folder.
    """
    named, shared = os.environ.get("EDGEGENRE_CACHE"), os.environ.get("XDG_CACHE_HOME")
    try:
        if named:
            return Path(named).expanduser()
        return (Path(shared) if shared else Path.home() / ".cache") / "edgegenre"
    except RuntimeError as error:
        raise EdgegenreError(
            "no folder for caches: this user has no home folder. Set EDGEGENRE_CACHE to a folder that you may write to."
        ) from error


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an OSError of writing `path` into an EdgegenreError that names it, and says what to do."""
    try:
        yield
    except OSError as error:
        raise EdgegenreError(f"{path}: cannot be written ({_reason(error)}). {_remedy(path, error)}") from error


@contextlib.contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it takes `path`'s place, on failure it is removed.

    Raises EdgegenreError when the folder cannot be written to or is full.
    """
    path = Path(path)
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=_prefix(path), suffix=path.suffix, dir=path.parent)
        os.close(handle)
    temporary = Path(name)
    try:
        with _full_disk_explained(path):
            yield temporary
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; on success it takes `path`'s place (an older folder is removed last).

    Raises EdgegenreError when the parent folder cannot be written to or is full. What killed processes left of their
    temporary files and folders beside `path` is removed first.
    """
    path = Path(path)
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(path.parent)
        temporary = Path(tempfile.mkdtemp(prefix=_prefix(path), dir=path.parent))
    try:
        with _full_disk_explained(path):
            yield temporary
            temporary.chmod(0o777 & ~_umask())
            _take_place(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def remove_leftovers(folder: Path, *, below: bool = False) -> None:
    """Remove the temporary files and folders that processes of this machine left in `folder` when they were killed.

    below: in all folders under it, too. What cannot be listed or removed stays.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in list(entries):
            is_folder = entry.is_dir(follow_symlinks=False)
            if _is_leftover(entry.name):
                if is_folder:
                    shutil.rmtree(entry.path, ignore_errors=True)
                else:
                    with contextlib.suppress(OSError):
                        os.unlink(entry.path)
            elif below and is_folder:
                remove_leftovers(Path(entry.path), below=True)


def this_process() -> str:
    """A name for this process among those of many machines: "0f3a91c2-1234"."""
    return f"{_machine()}-{os.getpid()}"


def is_gone(process: str) -> bool:
    """Whether `process`, as `this_process` names one, ran on this machine and is no more."""
    if re.fullmatch(_PROCESS, process) is None:
        return False
    machine, _, number = process.partition("-")
    return machine == _machine() and not _alive(int(number))


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


def _prefix(path: Path) -> str:
    """How the names of `path`'s temporary files begin: hidden, and with the process that they belong to."""
    return f".{path.name[:100]}.{this_process()}."


def _is_leftover(name: str) -> bool:
    """Whether this is the name of a temporary file or folder of a process of this machine that is no more."""
    match = _TEMPORARY.fullmatch(name)
    return match is not None and is_gone(match["process"])


_PROCESS = r"[0-9a-f]{8}-[0-9]{1,10}"
_TEMPORARY = re.compile(rf"\..+\.(?P<process>{_PROCESS})\.[a-z0-9_]{{8}}(\..*)?", re.DOTALL)


@functools.cache
def _machine() -> str:
    """Eight hexadecimal digits for where process numbers mean what they mean here: host and process namespace."""
    try:
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = ""
    return hashlib.sha256(f"{platform.node()} {namespace}".encode()).hexdigest()[:8]


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


@contextlib.contextmanager
def _full_disk_explained(path: Path) -> Iterator[None]:
    """Other failures are about whatever is being read or written then: they say so themselves."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise EdgegenreError(f"{path}: cannot be written ({_reason(error)}). {_remedy(path, error)}") from error


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _remedy(path: Path, error: OSError) -> str:
    how = "Set EDGEGENRE_CACHE to" if _is_cached(path) else "Choose"
    if error.errno in _FULL:
        return f"Free some space there, or {how[0].lower()}{how[1:]} another folder."
    return f"{how} a folder that you may write to."


def _is_cached(path: Path) -> bool:
    try:
        return path.is_relative_to(cache_folder())
    except EdgegenreError:
        return False
