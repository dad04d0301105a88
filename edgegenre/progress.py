"""How long work reports that it is alive, without knowing who listens."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Task(Protocol):
    """One piece of long work with a known number of steps."""

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Count `steps` as done; `note` is a short text to show beside the bar (a loss, a file name)."""


class Progress(Protocol):
    """Something that shows progress; the command line's draws bars with rich."""

    def task(self, description: str, total: int) -> AbstractContextManager[Task]:
        """Begin a piece of work of `total` steps."""

    def warn(self, message: str) -> None:
        """Tell the person a sentence about what is not as it should be; the work goes on."""


class _SilentTask:
    def advance(self, steps: int = 1, note: str = "") -> None:
        pass


class _Silent:
    @contextmanager
    def task(self, description: str, total: int) -> Iterator[Task]:
        yield _SilentTask()

    def warn(self, message: str) -> None:
        pass


SILENT: Progress = _Silent()
"""The listener that shows nothing: the default everywhere below the command line."""
