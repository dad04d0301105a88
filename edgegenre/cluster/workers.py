"""Work on many items by the workers of a Dask scheduler: the results in order, and every failure as one sentence."""

import importlib.metadata
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from edgegenre import __version__
from edgegenre.errors import ClusterError, EdgegenreError, first_line, missing

_CONNECT_SECONDS = 10
_AHEAD = 256
"""Items that workers may be at or have done before their turn; more results would fill their memory."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def from_workers(work: Callable[[Item], Result], items: Sequence[Item], scheduler: str) -> Iterator[Result]:
    """`work` of each of `items`, in their order, by the workers of the scheduler at that address.

    work: of this package, so that workers have it; its arguments and results travel by pickle. What a worker was at
    when it died is done by another.
    Raises MissingDependencyError without dask.distributed, ClusterError when the scheduler cannot be reached, has no
    workers or loses them, or a worker has another version of this package, and what `work` raises.
    """
    try:
        from distributed import Client, KilledWorker
    except ImportError as error:
        raise missing("distributed", "dask", "--scheduler") from error
    try:
        with Client(scheduler, timeout=_CONNECT_SECONDS, set_as_default=False) as client:
            _check_workers(client, scheduler)
            waiting: deque[Any] = deque()
            for item in items:
                waiting.append(client.submit(work, item, pure=False))
                if len(waiting) == _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
    except (EdgegenreError, GeneratorExit):
        raise
    except KilledWorker as error:
        raise ClusterError(
            f"{scheduler}: one file after another ends its workers ({first_line(error)}). See their logs: they may "
            "need more memory."
        ) from error
    except Exception as error:  # whatever a network, a scheduler or a worker says
        raise ClusterError(
            f"{scheduler}: cannot be used as a Dask scheduler ({first_line(error)}). Name one that runs, such as "
            "tcp://host:8786."
        ) from error


def files_there(files: Sequence[Path]) -> list[tuple[str, Path]]:
    """Each file by the path that a worker opens it by, and the one that a person knows."""
    return [(str(path.absolute()), path) for path in files]


def _check_workers(client: Any, scheduler: str) -> None:
    # A function that every worker has, whatever it has of this package.
    told = client.run(importlib.metadata.version, "edgegenre", on_error="return")
    if not told:
        raise ClusterError(f"{scheduler}: has no workers. Start some: dask worker {scheduler}.")
    for worker, version in told.items():
        if version != __version__:
            has = f"edgegenre {version}" if isinstance(version, str) else "no edgegenre"
            raise ClusterError(f"{worker}: this worker has {has}. Install edgegenre {__version__} there.")
