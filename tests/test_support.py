"""A test run on a bare machine passes, and ends with what is missing and how to install it."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support import SYSTEM_PACKAGES

ROOT = Path(__file__).resolve().parents[1]


NEEDY = """
from tests.support import program
def test_one():
    program("cc", "gcc")
def test_two():
    program("gcc", "gcc")
def test_three():
    program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
def test_four():
    pass
def test_five():
    from edgegenre.evaluation.verify.needs import CCompiler
    CCompiler().present()
"""


def test_a_run_without_system_packages_passes_and_ends_with_a_line_for_each_and_one_command(tmp_path: Path) -> None:
    """On a machine that has no program at all."""
    (tmp_path / "test_needy.py").write_text(NEEDY)
    environment = {name: value for name, value in os.environ.items() if name != "EDGEGENRE_REQUIRE_ALL"}
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "tests.conftest", tmp_path / "test_needy.py"],
        cwd=tmp_path,
        env=environment | {"PATH": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout
    *_, said = result.stdout.split("system packages that are not installed")
    assert [line for line in said.splitlines() if line and "==" not in line] == [
        "gcc: the C runtime, and the engine 'native' (3 tests skipped)",
        "gcc-arm-none-eabi: firmware for Cortex-M (1 test skipped)",
        "To install them all: apt-get install gcc gcc-arm-none-eabi",
    ]


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
