"""The firmware tests compile into one folder, removed when the session ends."""

from collections.abc import Iterator

import pytest

from tests.firmware.builds import remove_builds


@pytest.fixture(scope="session", autouse=True)
def _builds() -> Iterator[None]:
    yield
    remove_builds()
