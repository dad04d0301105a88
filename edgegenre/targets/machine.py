"""What this computer is, read from the system."""

import functools
import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Iterable
from pathlib import Path

from edgegenre import __version__
from edgegenre.records.record import Machine

_EXTENSIONS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimd", "asimddp", "i8mm", "neon", "sve")
"""What int8 speed depends on, as Linux names it."""


def this_machine() -> Machine:
    """The computer that measures: processor name, operating system, the cores this process may use."""
    system = f"{platform.system()} {platform.release()}, {platform.machine()}, Python {platform.python_version()}"
    return Machine(kind="cpu", name=_processor(), system=system, cores=cores(), extensions=_extensions())


def versions(packages: Iterable[str]) -> dict[str, str]:
    """The installed versions of those of `packages` that are installed, and edgegenre's own."""
    found = {"edgegenre": __version__}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def source_commit() -> str:
    """The commit of the checkout that this package lies in, "+" behind it where files were changed; else empty."""
    folder = Path(__file__).resolve().parents[2]
    if not (folder / ".git").exists():
        return ""
    command = ["git", "-C", str(folder), "describe", "--always", "--exclude=*", "--abbrev=12", "--dirty=+"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return ""


@functools.cache
def cores() -> int:
    """Those this process might use when it was first asked: a job of one thread keeps itself on one of them later."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    """The model name, the vendor's words; boards give theirs in the device tree."""
    tree = _text(Path("/proc/device-tree/model")).strip("\0 \n")
    return tree or _cpuinfo("model name") or platform.processor() or platform.machine() or "unknown processor"


def _extensions() -> str:
    flags = set((_cpuinfo("flags") or _cpuinfo("Features")).split())
    return " ".join(name for name in _EXTENSIONS if name in flags)


def _cpuinfo(key: str) -> str:
    for line in _text(Path("/proc/cpuinfo")).splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
