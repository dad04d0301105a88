"""A test run on a bare machine passes, and ends with what is missing and how to install it."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support import SYSTEM_PACKAGES

ROOT = Path(__file__).resolve().parents[1]


def test_a_run_without_system_packages_ends_with_a_line_for_each_and_one_command() -> None:
    """Two tests that need programs, on a machine that has no program at all."""
    tests = ["tests/firmware/test_native.py", "tests/firmware/test_command.py"]
    environment = {name: value for name, value in os.environ.items() if name != "EDGEGENRE_REQUIRE_ALL"}
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *tests],
        cwd=ROOT,
        env=environment | {"PATH": str(Path(sys.executable).parent / "nothing"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert result.returncode == 0, result.stdout
    *_, said = result.stdout.split("system packages that are not installed")
    lines = [line for line in said.splitlines()[1:] if line and not line.startswith("=")]
    assert any(re.match(r"gcc: the C runtime, and the engine 'native' \(\d+ tests? skipped\)", line) for line in lines)
    assert any(line.startswith("gcc-arm-none-eabi: firmware for Cortex-M (") for line in lines)
    (command,) = [line for line in lines if line.startswith("To install them all: apt-get install ")]
    assert {"gcc", "gcc-arm-none-eabi"} <= set(command.split()[6:]) <= set(SYSTEM_PACKAGES)


def test_every_package_that_a_test_asks_for_is_described() -> None:
    asked = {
        package
        for path in (ROOT / "tests").rglob("*.py")
        for package in re.findall(
            r"apt-get install ([a-z0-9.+-]+)|program\(\"[^\"]+\", \"([^\"]+)\"\)", path.read_text()
        )
        for package in package
        if package
    }
    assert asked <= set(SYSTEM_PACKAGES)
