"""Features by the workers of a Dask scheduler: the bytes that one machine computes, whatever happens to a worker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from distributed import Client, LocalCluster

from edgegenre.cluster.features import Workers, rows_of, rows_of_workers
from edgegenre.cluster.workers import from_workers
from edgegenre.datasets.inspection_cache import inspect_all
from edgegenre.datasets.track import Track
from edgegenre.errors import ClusterError
from edgegenre.frontend.cache import FeatureCache
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.progress import SILENT
from edgegenre.runs.run_folder import FLOAT_NETWORK
from tests.commands import edgegenre, refusal
from tests.training.tiny import tiny_dataset, trained


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working folder of the workers."""
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(scope="module")
def scheduler(elsewhere: Path) -> Iterator[str]:
    """The address of a scheduler with two workers, each a process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(elsewhere)
        cluster = LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None)
    with cluster:
        yield cluster.scheduler_address


@pytest.fixture
def music(tmp_path: Path) -> Path:
    tiny_dataset(tmp_path / "music", tracks=4, seconds=2)
    (tmp_path / "music" / "hum" / "broken.wav").write_bytes(b"RIFF not a sound")
    return tmp_path / "music"


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_features_of_a_library_are_the_bytes_that_one_machine_writes(scheduler: str, music: Path) -> None:
    arguments = ["features", "music", "--skip-broken", "--out", "features"]
    alone = edgegenre(*arguments, folder=music.parent)
    written = files_below(music.parent / "features")
    (music.parent / "features").rename(music.parent / "before")
    assert alone.status == 0, alone.stderr
    assert edgegenre(*arguments, "--scheduler", scheduler, folder=music.parent) == alone
    assert files_below(music.parent / "features") == written
    assert len(written) == 12
    one = edgegenre("features", "music/hum/00.wav", "--out", "one.npy", folder=music.parent)
    assert one.status == 0
    assert (music.parent / "one.npy").read_bytes() == written["hum/00.wav.npy"]
    arguments.remove("--skip-broken")
    assert refusal(*arguments, "--scheduler", scheduler, folder=music.parent).startswith("music/hum/broken.wav: ")


def test_workers_fill_this_machines_caches_with_the_bytes_that_it_would_write(
    scheduler: str, music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracks = [Track(path=path, label="a", identifier=path.name) for path in sorted(music.rglob("*.wav"))]
    monkeypatch.setenv("EDGEGENRE_CACHE", str(tmp_path / "theirs"))
    Workers(scheduler=scheduler).prepare(tracks, {"features": LIANG_MFCC}, FeatureCache(), SILENT)
    monkeypatch.setenv("EDGEGENRE_CACHE", str(tmp_path / "own"))
    inspect_all(tiny_dataset(music, tracks=4, seconds=2))
    for path in sorted(music.rglob("[0-9]*.wav")):
        FeatureCache().features(path, LIANG_MFCC)
    own = files_below(tmp_path / "own")
    assert len(own) == 24
    assert files_below(tmp_path / "theirs") == own


def test_a_training_whose_features_came_from_workers_gives_the_same_network(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = tiny_dataset(tmp_path / "music")
    networks = []
    for name, helpers in (("alone", None), ("helped", Workers(scheduler=scheduler))):
        monkeypatch.setenv("EDGEGENRE_CACHE", str(tmp_path / name))
        run = trained("ds-crnn1", dataset, runs_folder=tmp_path / f"runs-{name}", helpers=helpers)
        networks.append((run.path / FLOAT_NETWORK).read_bytes())
    assert networks[0] == networks[1]
    assert files_below(tmp_path / "alone") == files_below(tmp_path / "helped")


def test_train_asks_the_scheduler_that_is_named(music: Path) -> None:
    arguments = ["train", "ds-cnn1", "--data", "music", "--skip-broken", "--scheduler", "nosuch://x"]
    assert "nosuch://x: cannot be used as a Dask scheduler" in refusal(*arguments, folder=music.parent)


def test_what_a_lost_worker_had_done_is_done_by_another(music: Path) -> None:
    files = sorted(music.rglob("[0-9]*.wav"))
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        found = rows_of_workers(files, LIANG_MFCC, cluster.scheduler_address)
        rows = [next(found)]
        with Client(cluster.scheduler_address, set_as_default=False) as client:
            deadline = time.monotonic() + 60
            while len(client.has_what()) < 2 or sum(map(len, client.has_what().values())) < len(files) - 1:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            victim = max(client.has_what(), key=lambda worker: len(client.has_what()[worker]))
            process = client.run(os.getpid, workers=[victim])[victim]
        os.kill(process, signal.SIGKILL)
        rows += found
    for file, row in zip(files, rows, strict=True):
        assert row.features is not None
        expected = rows_of(LIANG_MFCC, file).features
        assert expected is not None
        assert row.features.tobytes() == expected.tobytes()


def test_a_file_that_ends_every_worker_is_one_sentence(tmp_path: Path) -> None:
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        found = from_workers(_ends_its_process, [tmp_path], cluster.scheduler_address)
        with pytest.raises(ClusterError, match="one file after another ends its workers"):
            list(found)


def _ends_its_process(path: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_has_other_sound_or_none_under_a_name_is_refused(
    scheduler: str, elsewhere: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under this name each process finds a file of its own working folder."""
    monkeypatch.chdir(music)
    monkeypatch.setenv("EDGEGENRE_CACHE", str(music.parent / "cache"))
    track = Track(path=Path("/proc/self/cwd/hum/00.wav"), label="hum", identifier="00")

    def prepare() -> None:
        Workers(scheduler=scheduler).prepare([track], {"features": LIANG_MFCC}, FeatureCache(), SILENT)

    with pytest.raises(ClusterError, match="a worker cannot read it"):
        prepare()
    (elsewhere / "hum").mkdir()
    soundfile.write(elsewhere / "hum" / "00.wav", np.random.default_rng(1).normal(0, 0.1, 16_000), 16_000)
    with pytest.raises(ClusterError, match="a worker has another file there"):
        prepare()
    assert not (music.parent / "cache").exists()


def test_a_worker_with_another_version_is_refused(tmp_path: Path) -> None:
    """A Python finds the package that stands first in its path."""
    metadata = tmp_path / "edgegenre-0.0.7.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: edgegenre\nVersion: 0.0.7\n", encoding="utf-8")
    found = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    with LocalCluster(n_workers=0, processes=True, dashboard_address=None) as cluster:
        with pytest.raises(ClusterError, match="has no workers"):
            list(rows_of_workers([tmp_path / "a.wav"], LIANG_MFCC, cluster.scheduler_address))
        command = [sys.executable, "-m", "distributed.cli.dask_worker", cluster.scheduler_address]
        worker = subprocess.Popen([*command, "--no-nanny", "--no-dashboard"], env=found, cwd=tmp_path)
        try:
            cluster.wait_for_workers(1, timeout=60)
            with pytest.raises(ClusterError, match=r"this worker has edgegenre 0\.0\.7\. Install edgegenre"):
                list(rows_of_workers([tmp_path / "a.wav"], LIANG_MFCC, cluster.scheduler_address))
        finally:
            worker.terminate()
            worker.wait(timeout=60)
