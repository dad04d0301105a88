"""For every test: a missing C compiler is a skip, and the last lines say which system packages are missing."""

import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NoReturn

import pytest

from edgegenre.runtime import compile_c
from tests.support import SYSTEM_PACKAGES, missing_packages, unavailable

_PACKAGES = re.compile(r"apt-get install ([a-z0-9.+-]+(?: [a-z0-9.+-]+)*)")


@pytest.fixture(autouse=True, scope="session")
def _compiler_is_asked_for() -> Iterator[None]:
    """Where there is no C compiler, a test is skipped as soon as anything in it, however deep inside, wants one.

    For the session: what a file makes for all its tests may want one, too.
    """
    with pytest.MonkeyPatch.context() as patch:
        if not any(shutil.which(name) for name in ("cc", "gcc", "clang")):
            patch.setattr(compile_c, "find_compiler", _no_compiler)
        yield


def _no_compiler(names: Sequence[str], package: str, what: str = "C compiler") -> NoReturn:
    unavailable(f"'{names[0]}' ({what}) is not installed; apt-get install {package}")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Behind pytest's own last line, where a test was skipped for want of a package: all that are missing.

    A skip names the first that its test asked for; the one command is to install those behind it, too.
    """
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None:
        return
    skipped = Counter(
        package
        for report in terminal.stats.get("skipped", [])
        for packages in _PACKAGES.findall(str(report.longrepr))
        for package in packages.split()
    )
    if not skipped:
        return
    missing = sorted({*skipped, *missing_packages()})
    terminal.section("system packages that are not installed")
    for package in missing:
        _, what = SYSTEM_PACKAGES.get(package, ("", ""))
        count = skipped[package]
        terminal.line(f"{package}: {what}" + (f" ({count} test{'s' if count > 1 else ''} skipped)" if count else ""))
    terminal.line(f"To install them all: apt-get install {' '.join(missing)}")
