"""What tests in several rooms share: where real music is, and skips that CI turns into failures."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def unavailable(reason: str) -> NoReturn:
    """Skip the running test because something is not installed; with EDGEGENRE_REQUIRE_ALL=1 that is a failure."""
    if os.environ.get("EDGEGENRE_REQUIRE_ALL") == "1":
        pytest.fail(f"{reason} (EDGEGENRE_REQUIRE_ALL=1 allows no skip)")
    pytest.skip(reason)


def real_data(*parts: str) -> Path:
    """A folder of the real test music: EDGEGENRE_TEST_DATA, or shared/data beside the checkout."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    path = Path(os.environ.get("EDGEGENRE_TEST_DATA", default)).joinpath(*parts)
    if not path.exists():
        unavailable(f"real music not found at {path}; set EDGEGENRE_TEST_DATA to the folder that holds it")
    return path


def program(name: str, package: str) -> str:
    """The path of a system program, or a skip that names the Debian package which has it."""
    found = shutil.which(name)
    if found is None:
        unavailable(f"'{name}' is not installed; apt-get install {package}")
    return found
