"""How much memory this process takes, in MB, as Linux keeps it for one program.

getrusage's ru_maxrss will not do: a program inherits it from the process that started it, however large that one is.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def peak_mb() -> int:
    """The largest resident size since this program began, or since `growth` reset it."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    peak = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    assert peak is not None, "no VmHWM in /proc/self/status"
    return int(peak.group(1)) >> 10


@contextmanager
def grows_less_than(megabytes: int) -> Iterator[None]:
    """Asserts that what runs inside takes less than so many MB beyond what is resident before it."""
    with suppress(OSError):  # where it is forbidden, only what goes beyond the largest so far is seen
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak is what is resident now: proc(5)
    before = peak_mb()
    yield
    assert peak_mb() - before < megabytes
