"""The other side of the worker: starts the process, shows its progress, takes its records."""

import contextlib
import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any, BinaryIO

from edgegenre.errors import BenchError
from edgegenre.printable import printable
from edgegenre.progress import Progress, Task
from edgegenre.records.files import parse_records
from edgegenre.records.record import Record
from edgegenre.targets.job import Job

LONGEST_LINE = 64 << 20
"""Bytes of one message: all records of a job are one."""


def records_of(
    command: Sequence[str], job: Job, progress: Progress, *, where: str, environment: Mapping[str, str] | None = None
) -> list[Record]:
    """Run `command`, a worker here or elsewhere, give it `job` and return its records.

    where: for messages. environment: of the process; None for this one's. Raises BenchError with the worker's own
    sentence, or one that says how its process ended.
    """
    with tempfile.TemporaryFile() as errors, ExitStack() as tasks:
        process = subprocess.Popen(  # noqa: S603  an interpreter or ssh, no shell
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment
        )
        given, answer = process.stdin, process.stdout
        assert given is not None
        assert answer is not None
        try:
            with contextlib.suppress(BrokenPipeError), given:  # how it ended says more
                given.write(job.to_json().encode())
            records = _listen(answer, _Shown(tasks, progress), where)
            process.wait()
        finally:
            process.kill()
            process.wait()
            answer.close()
        if records is None:
            raise BenchError(f"{where}: {_ending(process.returncode, errors)}")
        return records


def last_line(errors: BinaryIO) -> str:
    """The last line that was written to a file of standard error; empty when none was."""
    errors.seek(0)
    lines = errors.read().decode(errors="replace").strip().splitlines()
    return printable(lines[-1].strip()).rstrip(".") if lines else ""


class _Shown:
    """The tasks of a worker as tasks of our own."""

    def __init__(self, stack: ExitStack, progress: Progress) -> None:
        self._stack, self._progress = stack, progress
        self._open: dict[int, tuple[ExitStack, Task]] = {}

    def show(self, message: Mapping[str, Any]) -> None:
        if "begin" in message:
            own = self._stack.enter_context(ExitStack())
            task = own.enter_context(self._progress.task(str(message["description"]), int(message["total"])))
            self._open[message["begin"]] = (own, task)
        elif "advance" in message:
            self._open[message["advance"]][1].advance(int(message["steps"]), str(message["note"]))
        elif "end" in message:
            self._open[message["end"]][0].close()
        elif "warn" in message:
            self._progress.warn(str(message["warn"]))


def _listen(stream: Any, shown: _Shown, where: str) -> list[Record] | None:
    """The records; None when the stream ended without any."""
    while line := stream.readline(LONGEST_LINE):
        try:
            message = json.loads(line)
            shown.show(message)
            finished = message.keys() & {"error", "records"}
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BenchError(f"{where}: its answer cannot be read ({printable(repr(line[:80]))}).") from error
        if "error" in finished:
            raise BenchError(printable(str(message["error"])))
        if finished:
            return parse_records(json.dumps(message["records"]), where)
    return None


def _ending(status: int, errors: BinaryIO) -> str:
    reason = last_line(errors)
    how = f"killed by signal {-status}" if status < 0 else f"status {status}"
    return f"the measuring process ended before it was done ({how}{': ' + reason if reason else ''})."
