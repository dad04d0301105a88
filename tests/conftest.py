"""The last lines of a test run: which system packages are missing, what they would test, how to install them."""

import re

import pytest

from tests.support import SYSTEM_PACKAGES

_PACKAGE = re.compile(r"apt-get install ([a-z0-9.+-]+)")


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
