"""The worker and the process that listens to it: jobs, progress, and how a process may end."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from edgegenre.errors import BenchError
from edgegenre.progress import SILENT, Task
from edgegenre.records.record import Machine
from edgegenre.targets.conditions import Watch
from edgegenre.targets.job import Job
from edgegenre.targets.machine import this_machine
from edgegenre.targets.messages import records_of
from tests.commands import edgegenre
from tests.records.records import record

JOB = Job(target="cpu", kind="cpu", bundles=("a", "b"), settings={"boards": ["nrf52840"]})


class Heard:
    """Progress that is taken down."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @contextmanager
    def task(self, description: str, total: int) -> Iterator[Task]:
        self.lines.append(f"begin {description} {total}")
        yield self
        self.lines.append(f"end {description}")

    def advance(self, steps: int = 1, note: str = "") -> None:
        self.lines.append(f"advance {steps} {note}")

    def warn(self, message: str) -> None:
        self.lines.append(f"warn {message}")


def program(text: str) -> list[str]:
    """A stand-in for a worker: what it prints is what is tested."""
    return [sys.executable, "-c", f"import sys, json, os, signal\njob = sys.stdin.read()\n{text}"]


def test_a_job_comes_back_from_json() -> None:
    assert Job.from_json(JOB.to_json()) == JOB


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"target": "cpu"}', '{"surprise": 1}'])
def test_what_is_no_job_is_refused(text: str) -> None:
    with pytest.raises(BenchError, match="no job of edgegenre's"):
        Job.from_json(text)


def test_the_worker_s_progress_and_records_arrive() -> None:
    heard = Heard()
    messages = [
        {"begin": 1, "description": "Timing", "total": 2},
        {"advance": 1, "steps": 1, "note": "litert"},
        {"warn": "slow"},
        {"end": 1},
        {"records": [record().to_dict()]},
    ]
    text = "\n".join(f"print({json.dumps(json.dumps(message))})" for message in messages)
    found = records_of(program(text), JOB, heard, where="here")
    assert found == [record()]
    assert heard.lines == ["begin Timing 2", "advance 1 litert", "warn slow", "end Timing"]


def test_the_worker_is_given_the_job() -> None:
    text = "print(json.dumps({'error': json.loads(job)['settings']['boards'][0]}))"
    with pytest.raises(BenchError, match="nrf52840"):
        records_of(program(text), JOB, SILENT, where="here")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sys.exit(3)", r"here: .*ended before it was done \(status 3\)"),
        ("os.kill(os.getpid(), signal.SIGKILL)", r"killed by signal 9"),
        ("print('x', file=sys.stderr); print('no memory', file=sys.stderr); sys.exit(1)", r"status 1: no memory"),
        ("print('hello')", "here: its answer cannot be read"),
        ("print('[]')", "here: its answer cannot be read"),
        ('print(\'{"advance": 9, "steps": 1, "note": ""}\')', "here: its answer cannot be read"),
        ("print('{\"records\": [{}]}')", "here: a result has schema version None"),
        ("print(json.dumps({'error': 'no such bundle.'}))", r"^no such bundle\.$"),
        ("print(json.dumps({'error': 'red \\x1b[31m'}))", r"red \\x1b\[31m"),
    ],
)
def test_however_a_worker_ends_it_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(BenchError, match=sentence) as caught:
        records_of(program(text), JOB, SILENT, where="here")
    assert "\n" not in str(caught.value)


def test_what_libraries_print_does_not_disturb_the_records() -> None:
    """The real worker, whose target writes to standard output as C libraries do."""
    text = """
import dataclasses, io
from edgegenre.targets import registry, worker
def measure(job, progress):
    os.write(1, b"noise")
    return []
registry.TARGETS["cpu"] = dataclasses.replace(registry.TARGETS["cpu"], measure=measure)
sys.stdin = io.StringIO(job)
worker.main()
"""
    assert records_of(program(text), JOB, SILENT, where="here") == []


def test_a_machine_says_what_it_is() -> None:
    machine = this_machine()
    assert isinstance(machine, Machine)
    assert machine.name
    assert machine.cores >= 1


def test_conditions_are_told_or_none() -> None:
    conditions = Watch().conditions()
    assert conditions.busy is None or 0 <= conditions.busy <= 1
    assert conditions.temperature_c is None or -50 < conditions.temperature_c < 150


def test_work_of_other_programs_is_seen_and_our_own_is_not() -> None:
    """By the kernel's own count of all cores' work, at most one core of which another program takes here."""
    end = time.monotonic() + 1.0
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as other:
        watch = Watch()
        while time.monotonic() < end:
            pass
        busy = watch.conditions().busy
        other.kill()
    assert busy is not None
    assert busy > 0.2 / (os.cpu_count() or 1)


def test_the_targets_can_be_listed() -> None:
    done = edgegenre("bench", "--list-targets")
    assert done.status == 0
    for name in ("cpu", "gpu", "pi", "mcu", "ssh://user@host[:port]"):
        assert any(line.startswith(name) for line in done.stdout.splitlines())
