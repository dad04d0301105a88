"""What a target is: a place where bundles are measured."""

from collections.abc import Callable
from dataclasses import dataclass

from edgegenre.progress import Progress
from edgegenre.records.record import Record
from edgegenre.targets.job import Job


@dataclass(frozen=True, kw_only=True)
class Target:
    """One place. Each is described in a file of its own; `registry.py` lists them.

    summary: a line for people. kind: the target in whose words a job is written; its own name but for computers that
    are reached by name. thread_counts: a job is made for each, in a process of its own. settings: the entries that a
    suite may have in this target's table, each with its default. measure: does a job in the process it is called in.
    carry: brings a job to where it is measured and the records back.

    measure raises BenchError, and carry, too, when the place cannot be reached or has not what it takes: a sentence
    that names what is missing.
    """

    name: str
    summary: str
    kind: str
    measure: Callable[[Job, Progress], list[Record]]
    carry: Callable[[Job, Progress], list[Record]]
    thread_counts: tuple[int, ...]
    settings: tuple[str, ...] = ()
