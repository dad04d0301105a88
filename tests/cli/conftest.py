"""A small run, its bundles and its sound files, made once for the commands' tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edgegenre.export.assemble import export_bundle
from edgegenre.files import write_json
from edgegenre.network.network import network_to_dict
from edgegenre.training.run_folder import METRICS, complete, write_config
from tests.bundles import tiny_run


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
    write_config(
        run.path,
        model=run.model,
        network=network_to_dict(run.network),
        labels=run.labels,
        frontend=run.frontend,
        normalization=run.normalization,
        recipe=run.recipe,
        seed=run.seed,
        repeats=1,
        dataset=run.dataset,
        split=run.split,
    )
    write_json(run.path / METRICS, run.metrics)
    complete(run.path)
    export_bundle(run, out_folder=folder / "bundle")
    export_bundle(run, quantized=False, out_folder=folder / "float")
    return folder
