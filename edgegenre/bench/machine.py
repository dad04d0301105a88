"""What this computer is, read from the system."""

import importlib.metadata
import os
import platform
from collections.abc import Iterable
from pathlib import Path

from edgegenre import __version__
from edgegenre.records.record import Machine


def this_machine() -> Machine:
    """The computer that measures: processor name, operating system, and the cores this process may use."""
    system = f"{platform.system()} {platform.release()}, {platform.machine()}, Python {platform.python_version()}"
    return Machine(kind="cpu", name=_processor(), system=system, cores=_cores())


def versions(packages: Iterable[str]) -> dict[str, str]:
    """The installed versions of those of `packages` that are installed, and edgegenre's own."""
    found = {"edgegenre": __version__}
    for package in packages:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    """The model name, the vendor's words; boards give theirs in the device tree."""
    for path, key in ((Path("/proc/device-tree/model"), None), (Path("/proc/cpuinfo"), "model name")):
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if key is None:
            return text.strip("\0 \n")
        for line in text.splitlines():
            name, _, value = line.partition(":")
            if name.strip() == key:
                return value.strip()
    return platform.processor() or platform.machine() or "unknown processor"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
