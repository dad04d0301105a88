"""Bounds on the memory that a test may take, in MB."""

from collections.abc import Iterator
from contextlib import contextmanager

from edgegenre.targets.peak_memory import peak_memory, restart_peak


def peak_mb() -> int:
    """The largest resident size of this program."""
    peak, counter = peak_memory()
    assert counter == "VmHWM"  # another counter says how large the program's parent was
    return peak >> 20


@contextmanager
def grows_less_than(megabytes: int) -> Iterator[None]:
    """Asserts that what runs inside takes less than so many MB beyond what is resident before it."""
    restart_peak()
    before = peak_mb()
    yield
    assert peak_mb() - before < megabytes
