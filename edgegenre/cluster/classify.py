"""Classifying files on the workers of a Dask scheduler: the answers are those of one machine.

Workers open the bundle and the files by their paths: they need the same folders, under the same names.
"""

import functools
import hashlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegenre.cluster.workers import files_there, from_workers
from edgegenre.errors import AudioError, ClusterError
from edgegenre.files import sha256
from edgegenre.integer.requantize import Arithmetic
from edgegenre.runtime.classifier import Classifier, Decision


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

    Raises what `from_workers` raises, ClusterError when a worker has another bundle, and what opening a bundle raises.
    """
    return from_workers(functools.partial(_on_worker, listener), files_there(files), scheduler)


_own = threading.local()


def _on_worker(listener: Listener, file: tuple[str, Path]) -> Answer:
    """What the worker's classifier, one a thread, says of a file, see `files_there`."""
    name, shown = file
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
