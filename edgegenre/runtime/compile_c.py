"""Compiling the C runtime with a network's tables: which files, which options, and errors in one sentence."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from edgegenre.errors import ExportError
from edgegenre.integer.requantize import Arithmetic

# How the C computes features: to the bit as numpy does, or in float32 for a processor that has a unit for it.
FrontendVariant = Literal["integer", "float32"]

# Contracted multiply-adds would round once where the definition rounds twice. A number in the tables that its field
# cannot hold is an error.
OPTIONS = ("-std=c99", "-O3", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror=overflow")


def find_compiler(names: Sequence[str], package: str, what: str = "C compiler") -> str:
    """The first of `names` on the PATH. Raises ExportError that names the Debian package otherwise."""
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    raise ExportError(f"no {what}: '{names[0]}' is not installed. Install it: apt-get install {package}")


def host_compiler() -> str:
    """The C compiler of this machine: $CC, else cc, gcc or clang. Raises ExportError without one."""
    chosen = os.environ.get("CC")
    return find_compiler([chosen] if chosen else ["cc", "gcc", "clang"], "gcc")


def arithmetic_flag(arithmetic: Arithmetic) -> str:
    """The define that picks the arithmetic of a build."""
    return f"-DEG_ARITHMETIC_{arithmetic.upper()}"


def frontend_flags(variant: FrontendVariant) -> tuple[str, ...]:
    """The define that picks the front end of a build; none for the integer one."""
    return ("-DEG_FRONTEND_FLOAT32",) if variant == "float32" else ()


def compile_c(compiler: str, arguments: Sequence[str | Path]) -> str:
    """Run the compiler; returns its output. Raises ExportError with its first complaint."""
    command = [compiler, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  a compiler, no shell
    if done.returncode != 0:
        complaint = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr.strip())
        raise ExportError(f"{compiler} cannot build the C runtime: {complaint}. Try another compiler with CC=...")
    return done.stdout
