"""Ctrl-C is not lost where Python drops exceptions, and does not arrive where they do harm."""

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

LOST = """
import os, signal
from edgegenre.interrupts import hear_interrupts, raise_heard
hear_interrupts()
raise_heard()
class Removed:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass
item = Removed()
del item
print("goes on", flush=True)
raise_heard()
print("never said")
"""

HELD = """
import os, signal
from edgegenre.interrupts import interrupts_held
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
try:
    with interrupts_held():
        os.kill(os.getpid(), signal.SIGINT)
        print("whole", flush=True)
    print("never said")
except KeyboardInterrupt:
    print("interrupted")
"""


def ran(program: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60)


def test_an_interrupt_that_python_drops_is_raised_at_the_next_step() -> None:
    result = ran(LOST)
    assert "Exception ignored in" in result.stderr
    assert result.stdout == "goes on\n"
    assert result.returncode == -signal.SIGINT


def test_an_interrupt_waits_for_the_end_of_what_must_not_be_interrupted() -> None:
    assert ran(HELD).stdout == "whole\ninterrupted\n"
