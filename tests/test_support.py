"""A test run on a bare machine passes, and ends with what is missing and how to install it."""

import os
import re
import subprocess
import sys
from pathlib import Path

from edgegenre.targets.cores import PROCESSORS
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
    program("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu libc6-dev-arm64-cross")
def test_five():
    from edgegenre.evaluation.verify.needs import CCompiler
    CCompiler().present()
"""


def run_alone(test: Path) -> subprocess.CompletedProcess[str]:
    """pytest on a machine that has no program at all."""
    environment = {name: value for name, value in os.environ.items() if name != "EDGEGENRE_REQUIRE_ALL"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "tests.conftest", test],
        cwd=test.parent,
        env=environment | {"PATH": str(test.parent), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_run_without_system_packages_passes_and_ends_with_a_line_for_each_and_one_command(tmp_path: Path) -> None:
    (tmp_path / "test_needy.py").write_text(NEEDY)
    result = run_alone(tmp_path / "test_needy.py")
    assert result.returncode == 0, result.stdout
    _, said = result.stdout.split("system packages that are not installed")
    _, *lines, command = said.splitlines()
    assert [line for line in lines if "skipped" in line] == [
        "gcc: the C runtime, and the engine 'native' (3 tests skipped)",
        "gcc-aarch64-linux-gnu: the C runtime for 64-bit Raspberry Pis (1 test skipped)",
        "gcc-arm-none-eabi: firmware for Cortex-M (1 test skipped)",
        "libc6-dev-arm64-cross: the C runtime for 64-bit Raspberry Pis (1 test skipped)",
    ]
    # What the same tests would have asked for next.
    assert "qemu-system-arm: firmware on emulated Cortex-M boards" in lines
    packages = [line.partition(":")[0] for line in lines]
    assert command == f"To install them all: apt-get install {' '.join(packages)}"
    assert {name for name, (proof, _) in SYSTEM_PACKAGES.items() if "/" not in proof} <= set(packages)


def test_a_run_that_wants_nothing_says_nothing_about_packages(tmp_path: Path) -> None:
    (tmp_path / "test_content.py").write_text("def test_one():\n    pass\n")
    assert "apt-get" not in run_alone(tmp_path / "test_content.py").stdout


def asked_for() -> set[str]:
    """The packages that tests name, and those that the emulated cores need."""
    named = re.compile(r"apt-get install ([a-z0-9.+-]+)|program\(\"[^\"]+\", \"([^\"]+)\"\)")
    texts = [path.read_text() for path in (ROOT / "tests").rglob("*.py")]
    asked = {package for text in texts for found in named.findall(text) for package in " ".join(found).split()}
    for core in PROCESSORS.values():
        asked |= {*core.compiler_package.split(), core.emulator_package}
    return asked


def test_every_package_that_a_test_asks_for_is_described() -> None:
    assert asked_for() <= set(SYSTEM_PACKAGES)


def test_every_package_that_a_test_asks_for_is_installed_where_no_skip_is_allowed() -> None:
    listed = re.search(r"packages=\((.*?)\n\)", (ROOT / ".ci" / "run").read_text(), re.DOTALL)
    assert listed is not None
    installed = set(re.sub(r"#.*", "", listed[1]).split())
    # The compilers of Debian's build-essential, and what every Debian has.
    assert "build-essential" in installed
    assert set(SYSTEM_PACKAGES) <= installed | {"gcc", "g++", "binutils", "coreutils"}
