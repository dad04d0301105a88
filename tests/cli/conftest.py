"""A small run, its bundles and its sound files, made once for the commands' tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edgegenre.deploy.assemble import export_bundle
from tests.bundles import finish, tiny_run


@pytest.fixture(autouse=True, scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The commands keep features and renderings in a cache: not in the person's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGEGENRE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `music/` (3 genres, 10 tracks each), `runs/run-1`, and `bundle/` (int8) and `float/` made of it."""
    folder = tmp_path_factory.mktemp("tiny")
    run = tiny_run(folder)
    finish(run)
    export_bundle(run, out_folder=folder / "bundle")
    export_bundle(run, quantized=False, out_folder=folder / "float")
    return folder
