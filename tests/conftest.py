"""For every test: a missing C compiler is a skip, and the last lines say which system packages are missing."""

import re
import shutil
from collections.abc import Sequence
from typing import NoReturn

import pytest

from edgegenre.runtime import compile_c
from tests.support import SYSTEM_PACKAGES, unavailable

_PACKAGE = re.compile(r"apt-get install ([a-z0-9.+-]+)")


@pytest.fixture(autouse=True)
def _compiler_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no C compiler, a test is skipped as soon as anything in it, however deep inside, wants one."""
    if not any(shutil.which(name) for name in ("cc", "gcc", "clang")):
        monkeypatch.setattr(compile_c, "find_compiler", _no_compiler)


def _no_compiler(names: Sequence[str], package: str, what: str = "C compiler") -> NoReturn:
    unavailable(f"'{names[0]}' ({what}) is not installed; apt-get install {package}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    missing: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        for package in _PACKAGE.findall(str(report.longrepr)):
            missing[package] = missing.get(package, 0) + 1
    if not missing:
        return
    terminalreporter.section("system packages that are not installed")
    for package, tests in sorted(missing.items()):
        what = SYSTEM_PACKAGES.get(package, "")
        terminalreporter.line(f"{package}: {what} ({tests} test{'s' if tests > 1 else ''} skipped)")
    terminalreporter.line(f"To install them all: apt-get install {' '.join(sorted(missing))}")
