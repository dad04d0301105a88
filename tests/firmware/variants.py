"""This machine as a target, with the kernels of one of its instruction sets."""

from pathlib import Path

import pytest

from edgegenre.targets.cores import Processor
from tests.support import program

# Options, and what /proc/cpuinfo calls the instructions.
VARIANTS = {
    "portable": (("-DEG_PORTABLE",), ()),
    "avx2": (("-mavx2",), ("avx2",)),
    "vnni": (
        ("-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512vnni"),
        ("avx512f", "avx512bw", "avx512vl", "avx512_vnni"),
    ),
}


def native(variant: str) -> Processor:
    """This machine with the kernels of `variant`; skips where it lacks the instructions."""
    options, instructions = VARIANTS[variant]
    cpuinfo = Path("/proc/cpuinfo")
    known = cpuinfo.read_text().split() if cpuinfo.exists() else []
    missing = [name for name in instructions if name not in known]
    if missing:
        pytest.skip(f"this processor has no {', '.join(missing)}")
    program("gcc", "gcc")
    return Processor(
        name=variant,
        core=variant,
        port="linux",
        compiler="gcc",
        compiler_package="gcc",
        options=options,
        emulator=("{program}",),
        emulator_package="",
        arithmetic="float32",
        cycles_per_instruction=1.0,
    )
