"""Classifying files on the workers of a Dask scheduler: the answers are those of one machine.

Workers open the bundle and the files by their paths: they need the same folders, under the same names.
"""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegenre.errors import AudioError, ClusterError, EdgegenreError, first_line, missing
from edgegenre.files import sha256
from edgegenre.integer.requantize import Arithmetic
from edgegenre.runtime.classifier import Classifier, Decision

_CONNECT_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What there is to say of a file: a decision and what is odd about the file, or the problem with it."""

    decision: Decision | None
    remarks: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, kw_only=True)
class Listener:
    """What every worker classifies with. folder: absolute. digest: of the folder's content, `digest_of`."""

    folder: Path
    digest: str
    engine: str
    arithmetic: Arithmetic

    @classmethod
    def like(cls, classifier: Classifier, arithmetic: Arithmetic) -> "Listener":
        """As `classifier` does."""
        folder = classifier.model.folder.absolute()
        return cls(folder=folder, digest=digest_of(folder), engine=classifier.engine.name, arithmetic=arithmetic)


def digest_of(folder: Path) -> str:
    """Hexadecimal SHA-256 over names and contents of the files directly in `folder`."""
    lines = [f"{path.name} {sha256(path)}\n" for path in sorted(folder.iterdir()) if path.is_file()]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def answer(classifier: Classifier, path: Path) -> Answer:
    """What `classifier` says of the file."""
    try:
        return Answer(decision=classifier.classify_file(path), remarks=classifier.remarks)
    except AudioError as error:
        return Answer(decision=None, problem=str(error))


def answers_of_workers(files: Sequence[Path], listener: Listener, scheduler: str) -> Iterator[Answer]:
    """An answer for each of `files`, in their order, from the workers of the scheduler at that address.

    Raises MissingDependencyError without dask.distributed, ClusterError when the scheduler cannot be reached, has no
    workers or loses them, or a worker has another bundle, and what opening a bundle raises.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise missing("distributed", "dask", "--scheduler") from error
    try:
        with Client(scheduler, timeout=_CONNECT_SECONDS, set_as_default=False) as client:
            if not client.scheduler_info()["workers"]:
                raise ClusterError(f"{scheduler}: has no workers. Start some: dask worker {scheduler}.")
            names = [str(path.absolute()) for path in files]
            pieces = client.map(_on_worker, names, files, listener=listener, pure=False)
            for piece in pieces:
                yield piece.result()
    except (EdgegenreError, GeneratorExit):
        raise
    except Exception as error:  # whatever a network, a scheduler or a worker that is killed says
        raise ClusterError(
            f"{scheduler}: cannot be used as a Dask scheduler ({first_line(error)}). Name one that runs, such as "
            "tcp://host:8786."
        ) from error


_own = threading.local()


def _on_worker(name: str, shown: Path, *, listener: Listener) -> Answer:
    """What the worker's classifier, one a thread, says of the file `name`, which a person knows as `shown`."""
    kept: Any = getattr(_own, "kept", None)
    if kept is None or kept[0] != listener:
        kept = _own.kept = (listener, _opened(listener))
    heard = answer(kept[1], Path(name))
    if heard.problem is None:
        return heard
    return Answer(decision=None, problem=heard.problem.replace(name, str(shown)))


def _opened(listener: Listener) -> Classifier:
    if not listener.folder.is_dir() or digest_of(listener.folder) != listener.digest:
        raise ClusterError(
            f"{listener.folder}: a worker has another bundle there, or none. Share the folder with all workers."
        )
    return Classifier(listener.folder, listener.engine, arithmetic=listener.arithmetic)
