"""The largest resident size of this process.

VmHWM where there is one: ru_maxrss is inherited from the process that started this one, however large that one is.
"""

import contextlib
import re
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def restart_peak() -> None:
    """Forget what was needed before, where the system allows it: the peak is what is resident now."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # proc(5)


def peak_memory() -> tuple[int, str]:
    """Bytes since the process began or `restart_peak`, and the counter that says so."""
    if _STATUS.exists():
        match = re.search(r"^VmHWM:\s+(\d+) kB", _STATUS.read_text(encoding="ascii", errors="replace"), re.MULTILINE)
        if match:
            return 1024 * int(match.group(1)), "VmHWM"
    import resource  # not on Windows

    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, "ru_maxrss"
