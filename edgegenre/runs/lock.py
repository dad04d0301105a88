"""One process trains a run at a time: a lock that the system takes back when its process ends, however it ends."""

import contextlib
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

from edgegenre.errors import TrainingError

LOCK = "lock"


@contextlib.contextmanager
def locked(run: Path) -> Iterator[None]:
    """Hold the lock of the run folder `run`; its file names this process, and is gone afterwards.

    What a killed process left of its lock is taken over. Raises TrainingError when another process holds it.
    Where the system has no such locks (Windows), nothing is held.
    """
    if importlib.util.find_spec("fcntl") is None:
        yield
        return
    path = run / LOCK
    handle = _hold(path)
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        os.close(handle)


def _hold(path: Path) -> int:
    """A file descriptor that has the lock for as long as it is open."""
    import fcntl

    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 20).decode("ascii", "replace").strip()
            os.close(handle)
            process = f"process {holder}" if holder.isdecimal() else "another process"
            raise TrainingError(
                f"{path.parent}: {process} is training this run. Wait for it, or name another with --resume RUN."
            ) from None
        except BaseException:
            os.close(handle)
            raise
        if _is(handle, path):
            os.ftruncate(handle, 0)
            os.write(handle, f"{os.getpid()}\n".encode())
            return handle
        # Its holder removed the file between our opening and our locking it: the next one is ours to make.
        os.close(handle)


def _is(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
