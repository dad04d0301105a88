"""The process that does a job: here in a fresh interpreter, on another computer, or at the far end of ssh.

    python -m edgegenre.targets.worker < job.json

Standard input holds the job. Standard output is a line of JSON for each step of progress, and one with the records,
or with the sentence that says why there are none; `messages.py` reads them. What libraries print goes to standard
error.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from edgegenre.errors import EdgegenreError
from edgegenre.progress import Task
from edgegenre.targets.job import ALL_CORES, Job
from edgegenre.targets.machine import cores


class _Writer:
    """Progress as lines of JSON."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._tasks = stream, 0

    def send(self, **message: Any) -> None:
        self._stream.write(json.dumps(message) + "\n")
        self._stream.flush()

    @contextmanager
    def task(self, description: str, total: int) -> Iterator[Task]:
        self._tasks += 1
        number = self._tasks
        self.send(begin=number, description=description, total=total)
        yield _WrittenTask(self, number)
        self.send(end=number)

    def warn(self, message: str) -> None:
        self.send(warn=message)


class _WrittenTask:
    def __init__(self, writer: _Writer, number: int) -> None:
        self._writer, self._number = writer, number

    def advance(self, steps: int = 1, note: str = "") -> None:
        self._writer.send(advance=self._number, steps=steps, note=note)


def work(job: Job, writer: _Writer) -> None:
    """Do `job` and send its records, or the sentence why not."""
    from edgegenre.targets.registry import local_target

    try:
        if job.threads != ALL_CORES:
            pin(job.threads)
        records = local_target(job.kind).measure(job, writer)
    except EdgegenreError as error:
        writer.send(error=str(error))
        return
    writer.send(records=[record.to_dict() for record in records])


def pin(threads: int) -> None:
    """Keep this process on the last `threads` of its cores, where the system can: it then never moves between them.

    The first core is where most systems handle interrupts.
    """
    cores()  # as they are now, for the records
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])


def main() -> None:
    """Read the job, do it."""
    stream = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    writer = _Writer(stream)
    try:
        job = Job.from_json(sys.stdin.read())
    except EdgegenreError as error:
        writer.send(error=str(error))
        return
    work(job, writer)


if __name__ == "__main__":
    main()
