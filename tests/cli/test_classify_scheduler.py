"""`classify --scheduler`: the workers of a Dask scheduler answer as one machine does."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.commands import edgegenre, refusal


@pytest.fixture(scope="module")
def scheduler():
    """The address of a scheduler with two workers, each a process."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def library(tiny: Path, tmp_path: Path) -> Path:
    """A folder with `music/` and `bundle/` of its own."""
    for name in ("music", "bundle"):
        shutil.copytree(tiny / name, tmp_path / name)
    return tmp_path


def test_two_workers_print_the_same_bytes_as_one_machine(scheduler: str, library: Path) -> None:
    """Also of a file that is none, and of the sentences about it."""
    (library / "music" / "low" / "broken.wav").write_bytes(b"RIFF not a sound")
    for options in (["--json", "--logits"], ["--engine", "reference"], ["--json", "--arithmetic", "q31"]):
        arguments = ["classify", "music", "--bundle", "bundle", "--skip-broken", *options]
        alone = edgegenre(*arguments, folder=library)
        assert alone.status == 0, alone.stderr
        assert "skipped music/low/broken.wav" in alone.stderr
        assert edgegenre(*arguments, "--scheduler", scheduler, folder=library) == alone
    arguments = ["classify", "music", "--bundle", "bundle", "--json"]
    alone = edgegenre(*arguments, folder=library)
    assert alone.status == 2
    assert edgegenre(*arguments, "--scheduler", scheduler, folder=library) == alone


def test_a_worker_with_another_bundle_under_the_name_is_refused(scheduler: str, library: Path) -> None:
    from edgegenre.cluster.classify import Listener, answers_of_workers
    from edgegenre.errors import ClusterError
    from edgegenre.runtime.classifier import Classifier

    listener = Listener.like(Classifier(library / "bundle", "reference"), "float32")
    shutil.copy(library / "bundle" / "manifest.json", library / "bundle" / "copy.json")
    with pytest.raises(ClusterError, match="a worker has another bundle there"):
        list(answers_of_workers([library / "music" / "low" / "03.wav"], listener, scheduler))


def test_a_scheduler_that_is_not_there_is_one_sentence(library: Path) -> None:
    arguments = ["classify", "music/low/03.wav", "--bundle", "bundle", "--json", "--scheduler"]
    assert "nosuch://x: cannot be used as a Dask scheduler" in refusal(*arguments, "nosuch://x", folder=library)


def test_without_dask_one_sentence_tells_what_to_install(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    arguments = ["classify", "music/low/03.wav", "--bundle", "bundle", "--json", "--scheduler", "tcp://x:1"]
    assert "pip install 'edgegenre[dask]'" in refusal(*arguments, folder=library)
