"""Compiling the C runtime with a network's tables: which files, which options, and errors in one sentence."""

import errno
import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from edgegenre.errors import ExportError
from edgegenre.integer.requantize import Arithmetic

# How the C computes features: to the bit as numpy does, or in float32 for a processor that has a unit for it.
FrontendVariant = Literal["integer", "float32"]

_FULL_DISK = os.strerror(errno.ENOSPC)

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


def host_compiler() -> tuple[str, ...]:
    """The command of this machine's C compiler: $CC ("ccache gcc -m32", too), else cc, gcc or clang.

    Raises ExportError without one.
    """
    try:
        chosen = shlex.split(os.environ.get("CC", ""))
    except ValueError as error:
        raise ExportError(f"CC={os.environ['CC']}: no command ({error}). Name a C compiler.") from error
    return (find_compiler(chosen[:1] or ["cc", "gcc", "clang"], "gcc"), *chosen[1:])


def arithmetic_flag(arithmetic: Arithmetic) -> str:
    """The define that picks the arithmetic of a build."""
    return f"-DEG_ARITHMETIC_{arithmetic.upper()}"


def frontend_flags(variant: FrontendVariant) -> tuple[str, ...]:
    """The define that picks the front end of a build; none for the integer one."""
    return ("-DEG_FRONTEND_FLOAT32",) if variant == "float32" else ()


def compile_c(compiler: str | Sequence[str], arguments: Sequence[str | Path]) -> str:
    """Run the compiler, a program or a command; returns its output. Raises ExportError with its first complaint."""
    words = [compiler] if isinstance(compiler, str) else list(compiler)
    try:
        done = subprocess.run(  # noqa: S603  a compiler, no shell
            [*words, *map(str, arguments)],
            capture_output=True,
            text=True,
            errors="replace",
            env=os.environ | {"LC_ALL": "C"},
            check=False,
        )
    except OSError as error:
        raise ExportError(f"{words[0]}: cannot be run ({error.strerror}). Try another compiler with CC=...") from error
    if done.returncode != 0:
        full = next((line for line in done.stderr.splitlines() if _FULL_DISK in line), None)
        if full is not None:
            raise ExportError(f"the disk is full ({full.strip()}). Free some space, or set TMPDIR to another folder.")
        complaint = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr.strip())
        what = complaint or f"it ended with status {done.returncode}"
        raise ExportError(f"{' '.join(words)} cannot build the C runtime: {what}. Try another compiler with CC=...")
    return done.stdout
