"""Two processes that torchrun starts train what one process trains, and end together."""

import csv
import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from edgegenre.runs.augmentation import Mixup, ZeroedStretch
from edgegenre.runs.phase import Phase
from edgegenre.runs.protocol import FinalWeights, Penalty
from edgegenre.runs.run_folder import FLOAT_NETWORK
from tests.training.tiny import TINY, tiny_dataset

TORCHRUN = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone", "-m", "edgegenre"]

# Differences of the last bit grow with every step of Adam, the faster the higher the rate: these are low.
PROTOCOLS = {
    "tiny": dataclasses.replace(
        TINY,
        phases=(
            Phase(iterations=12, learning_rate=1e-4, batch=7, crop_frames=33),
            Phase(iterations=8, learning_rate=3e-5, batch=5, crop_frames=33),
        ),
    ),
    # 23 training windows: the last batch of an epoch has one clip, and the second process none of it.
    "epochs": dataclasses.replace(
        TINY,
        phases=(Phase(epochs=3, learning_rate=1e-4, batch=11, crop_frames=33),),
        validate_every=2,
        final_weights=FinalWeights(by="loss", patience=6),
        augmentation=(ZeroedStretch(seconds=0.1), Mixup()),
        penalties=(Penalty(norm="l1", factor=1e-4, of="kernels"),),
        class_weights="balanced",
    ),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `music/`, and `tiny.json` and `epochs.json`, recipes."""
    folder = tmp_path_factory.mktemp("place")
    tiny_dataset(folder / "music")
    (folder / "music" / "hum" / "09.wav").unlink()
    for name, protocol in PROTOCOLS.items():
        (folder / f"{name}.json").write_text(json.dumps(protocol.to_dict()), encoding="utf-8")
    return folder


def environment(place: Path, **more: object) -> dict[str, str]:
    alone = {name: value for name, value in os.environ.items() if name not in ("RANK", "WORLD_SIZE", "LOCAL_RANK")}
    fixed = {"EDGEGENRE_CACHE": place / "cache", "OMP_NUM_THREADS": 1}
    return alone | {name: str(value) for name, value in (fixed | more).items()}


def arguments(place: Path, recipe: str, *more: str) -> list[str]:
    return ["train", "ds-crnn1", "--data", str(place / "music"), "--recipe", str(place / f"{recipe}.json"), *more]


def train(place: Path, runs: Path, recipe: str, *, program: list[str], more: tuple[str, ...] = ()) -> tuple[Path, str]:
    """The run and what was said on standard output."""
    runs.mkdir(exist_ok=True)
    command = [sys.executable, *program, *arguments(place, recipe, "--device", "cpu", *more)]
    done = subprocess.run(command, cwd=runs, env=environment(place), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (run,) = (runs / "runs").iterdir()
    return run, done.stdout


def history(run: Path) -> list[dict[str, float]]:
    with (run / "history.csv").open(encoding="utf-8") as stream:
        return [{name: float(value or "nan") for name, value in row.items()} for row in csv.DictReader(stream)]


def names(run: Path) -> list[str]:
    found = (str(path.relative_to(run)) for path in run.rglob("*") if path.is_file())
    return sorted("events" if "tfevents" in name else name for name in found)


@pytest.mark.parametrize("recipe", ["tiny", pytest.param("epochs", marks=pytest.mark.slow)])
def test_two_processes_train_the_run_of_one(place: Path, tmp_path: Path, recipe: str) -> None:
    alone, said = train(place, tmp_path / "alone", recipe, program=["-m", "edgegenre"])
    both, said_by_both = train(place, tmp_path / "both", recipe, program=TORCHRUN)
    one, other = history(alone), history(both)
    assert len(one) == len(other) >= 3
    for row, twin in zip(one, other, strict=True):
        assert twin["loss"] == pytest.approx(row["loss"], abs=1e-5)
        assert twin["accuracy"] == row["accuracy"]
        assert twin["validation_accuracy"] == pytest.approx(row["validation_accuracy"], nan_ok=True)
    weights, twins = load_file(alone / FLOAT_NETWORK), load_file(both / FLOAT_NETWORK)
    for name, array in weights.items():
        np.testing.assert_allclose(twins[name], array, atol=2e-4 * np.abs(array).max(), err_msg=name)
    assert names(both) == names(alone)
    assert len(said_by_both.splitlines()) == len(said.splitlines())
    metrics = json.loads((both / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["processes"] == 2


PROGRAM = """
import dataclasses, sys
from pathlib import Path
from edgegenre.datasets.folder import open_folder
from edgegenre.runs.phase import Phase
from edgegenre.training.ranks import joined_ranks
from tests.training.tiny import TINY, trained

music, runs, resumed = sys.argv[1:]
protocol = dataclasses.replace(TINY, phases=(Phase(iterations=60, learning_rate=1e-3, batch=6, crop_frames=33),))
with joined_ranks() as ranks:
    found = [path.parent for path in Path(runs).glob("*/config.json")] if resumed else [None]
    trained("ds-crnn1", open_folder(Path(music)), protocol, runs_folder=Path(runs), device="cpu", checkpoint_seconds=0,
        resume=found[0], ranks=ranks)
"""
"""What the command does, with a checkpoint after every ten iterations."""


def started(place: Path, runs: Path, *, resumed: bool = False) -> list[subprocess.Popen[str]]:
    """Two processes of one training, by the variables that torchrun sets."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", PROGRAM, str(place / "music"), str(runs), "yes" if resumed else ""]
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    return [
        subprocess.Popen(
            command, env=environment(place, RANK=rank, WORLD_SIZE=2, **address), stderr=subprocess.PIPE, text=True
        )
        for rank in range(2)
    ]


def finished(processes: list[subprocess.Popen[str]]) -> None:
    told = [process.communicate(timeout=200)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], told


@pytest.mark.slow
def test_a_process_that_dies_ends_the_other_and_a_resumed_training_has_the_bytes_of_an_uninterrupted_one(
    place: Path, tmp_path: Path
) -> None:
    leader, other = started(place, tmp_path / "killed")
    deadline = time.monotonic() + 200
    while not list((tmp_path / "killed").rglob("checkpoint*")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    other.send_signal(signal.SIGKILL)
    _, told = leader.communicate(timeout=60)
    other.communicate()
    assert "TrainingError: another process of this training has ended" in told.splitlines()[-1]
    assert not list((tmp_path / "killed").rglob("completed"))
    finished(started(place, tmp_path / "killed", resumed=True))
    finished(started(place, tmp_path / "whole"))
    killed, whole = (next((tmp_path / name).glob(f"*/{FLOAT_NETWORK}")) for name in ("killed", "whole"))
    assert killed.read_bytes() == whole.read_bytes()


def test_what_is_wrong_is_said_once(place: Path, tmp_path: Path) -> None:
    command = [sys.executable, *TORCHRUN, "train", "no-such-model", "--device", "cpu"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(place), capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert sum("edgegenre: model 'no-such-model'" in line for line in done.stderr.splitlines()) == 1, done.stderr
