"""What the runner of MLPerf Tiny sends and reads, and the programs that answer it."""

import contextlib
import functools
import os
import re
import select
import subprocess
import time
import tty
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgegenre.rooms import room
from edgegenre.runtime.compile_c import compile_c
from edgegenre.targets.build import build
from edgegenre.targets.cores import PROCESSORS
from tests.firmware.builds import SANITIZERS, WARNINGS, project, scratch
from tests.support import program

READY = "m-ready"
BYTES_A_LINE = 31
LONGEST_WAIT = 300
"""Seconds for one answer, in case the machine is busy."""


@dataclass(frozen=True, kw_only=True)
class Runner:
    """The runner's end of a serial port; `read` and `write` are file descriptors."""

    read: int
    write: int

    def greeting(self) -> list[str]:
        """The lines a board prints when it starts."""
        return self._lines()

    def ask(self, command: str) -> list[str]:
        """The lines that answer `command`, without the last one, m-ready."""
        return self.send(command.encode() + b"%")

    def send(self, data: bytes) -> list[str]:
        """The same for bytes that end a command."""
        os.write(self.write, data)
        return self._lines()

    def load(self, data: bytes) -> list[str]:
        """Send an input as the runner does; the answer to its last line."""
        answer = self.ask(f"db load {len(data)}")
        for start in range(0, len(data), BYTES_A_LINE):
            answer = self.ask(f"db {data[start : start + BYTES_A_LINE].hex()}")
        return answer

    def _lines(self) -> list[str]:
        """Until m-ready, as the runner splits them: at \\n, without \\r."""
        lines, line, end = [], b"", time.monotonic() + LONGEST_WAIT
        while True:
            assert select.select([self.read], [], [], max(0.0, end - time.monotonic()))[0], (lines, line)
            character = os.read(self.read, 1)
            assert character, (lines, line)
            if character == b"\n":
                lines.append(line.decode("ascii"))
                line = b""
                if lines[-1] == READY:
                    return lines[:-1]
            elif character != b"\r":
                line += character


def results(lines: Sequence[str]) -> list[float]:
    """The runner's reading of an answer to `infer`."""
    (found,) = [match for line in lines if (match := re.fullmatch(r"m-results-\[([^]]+)\]", line))]
    return [float(value) for value in found.group(1).split(",")]


def laps(lines: Sequence[str]) -> list[int]:
    """The time stamps of an answer, in microseconds."""
    return [int(match.group(1)) for line in lines if (match := re.fullmatch(r"m-lap-us-([0-9]+)", line))]


@contextlib.contextmanager
def emulated_board(name: str, processor: str) -> Iterator[Runner]:
    """The example with the test network `name`, on an emulated board that is connected by a serial port."""
    port, far_end = os.openpty()
    tty.setraw(far_end)
    emulator = list(PROCESSORS[processor].emulator)
    emulator[emulator.index("-serial") + 1] = os.ttyname(far_end)
    command = [part.format(program=board_program(name, processor)) for part in emulator]
    emulation = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        yield Runner(read=port, write=port)
        assert emulation.poll() is None
    finally:
        emulation.kill()
        emulation.wait()
        os.close(port)
        os.close(far_end)


@functools.cache
def board_program(name: str, processor: str) -> Path:
    """That example for that board, with the memory of one clip."""
    target = PROCESSORS[processor]
    made = scratch() / f"mlperf-{name}-{processor}"
    mains = ("examples/mlperf_tiny.c", "ports/serial/mps2.c")
    build(project(name), target, target.arithmetic, made, ("-DEG_CLIP_ONLY",), mains=mains)
    return made


@dataclass(frozen=True, kw_only=True)
class Host:
    """The example as a running program of this machine. errors: the file with what it says of itself."""

    runner: Runner
    errors: Path

    @property
    def pulses(self) -> int:
        """Of the pin, once the program has ended."""
        return self.errors.read_text().count("pulse\n")


@contextlib.contextmanager
def running(made: Path, errors: Path) -> Iterator[Host]:
    """The example `made` for this machine, with what it says of itself in the file `errors`.

    When the runner hangs up the program has to end, and without a complaint.
    """
    pipe = subprocess.PIPE
    with errors.open("wb") as file, subprocess.Popen([made], stdin=pipe, stdout=pipe, stderr=file) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Host(runner=Runner(read=process.stdout.fileno(), write=process.stdin.fileno()), errors=errors)
            process.stdin.close()
            assert process.wait(LONGEST_WAIT) == 0, errors.read_text()
        finally:
            process.kill()


@functools.cache
def sanitized(name: str) -> Path:
    """The example with the test network `name`, for this machine, with its memory and arithmetic watched."""
    return compiled(project(name), scratch() / f"mlperf-{name}-host", *SANITIZERS)


def compiled(firmware: Path, made: Path, *flags: str) -> Path:
    """The example of a firmware folder, for this machine."""
    board = room("firmware_export") / "ports" / "serial" / "linux.c"
    sources = [*sorted((firmware / "src").glob("*.c")), firmware / "examples" / "mlperf_tiny.c", board]
    options = [*WARNINGS, "-DEG_ARITHMETIC_Q31", *flags, "-I", firmware / "include"]
    compile_c(program("gcc", "gcc"), [*options, *sources, "-o", made])
    return made
