"""Ctrl-C, also at moments when Python or other people's code would lose it, or not survive it."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

_heard = False


def hear_interrupts() -> None:
    """From now on remember Ctrl-C, besides raising KeyboardInterrupt: see `raise_heard`. For the main thread."""
    signal.signal(signal.SIGINT, _hear)


def raise_heard() -> None:
    """Raise KeyboardInterrupt if there was Ctrl-C since `hear_interrupts`.

    Long work asks now and then. Python drops an exception that is raised while an object is being removed, and the work
    would go on as if nothing had happened.
    """
    if _heard:
        raise KeyboardInterrupt


def _hear(number: int, frame: FrameType | None) -> None:
    global _heard  # noqa: PLW0603 (a signal has nowhere else to put it)
    _heard = True
    raise KeyboardInterrupt


@contextlib.contextmanager
def interrupts_held() -> Iterator[None]:
    """Ctrl-C waits until the end of the block, and interrupts then.

    For imports of C++ that calls Python while it sets itself up: an exception there ends the process, or hangs it.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
