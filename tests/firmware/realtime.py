"""examples/bare_metal.c on an emulated board whose audio arrives at its own pace, however slow the processor is."""

import functools
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegenre.targets.build import build, run_program
from edgegenre.targets.cores import PROCESSORS
from tests.firmware.builds import frontend, project, scratch

# Nanoseconds of a timer tick, of qemu's boards; with -icount shift=0 an instruction takes one.
TICK = {"cortex_m": 40, "riscv": 100}


@dataclass(frozen=True, kw_only=True)
class Heard:
    """answers: ("whole" or "provisional", label) each. lost: samples."""

    answers: tuple[tuple[str, str], ...]
    lost: int


def listen(name: str, board: str, pcm: np.ndarray, rate: float, *flags: str, half: int = 800) -> Heard:
    """`pcm` in real time through the test network `name`, by a processor of `rate` instructions a second."""
    target = PROCESSORS[board]
    ticks = round(half / frontend().spec.sample_rate * rate / TICK[target.port])
    padding = -len(pcm) % half
    data = struct.pack("<I", ticks) + np.concatenate([pcm, np.zeros(padding, np.int16)]).tobytes()
    command = [target.emulator[0], "-icount", "shift=0,sleep=off", *target.emulator[1:]]
    program = _program(name, board, half, flags)
    output = run_program([part.format(program=program) for part in command], data, target, program.parent)
    *lines, last = [line.split(" ", 1) for line in output.decode().splitlines()]
    assert last[0] == "lost"
    return Heard(answers=tuple((kind, label) for kind, label in lines), lost=int(last[1]))


@functools.cache
def _program(name: str, board: str, half: int, flags: tuple[str, ...]) -> Path:
    target = PROCESSORS[board]
    folder = scratch() / f"{name}-{board}-{half}-{len(flags)}"
    folder.mkdir()
    mains = ("examples/bare_metal.c", "ports/realtime/board.c", f"ports/realtime/{target.port}.c")
    build(project(name), target, target.arithmetic, folder / "program", (f"-DHALF_SAMPLES={half}", *flags), mains=mains)
    return folder / "program"
