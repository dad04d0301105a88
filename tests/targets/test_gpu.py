"""The GPU's measurements as far as a processor can do them; and what is said where there is no GPU."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from edgegenre.cli.main import run
from edgegenre.errors import BenchError
from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.normalization import Normalization
from edgegenre.network.network import Network
from edgegenre.progress import SILENT
from edgegenre.records.files import read_records
from edgegenre.records.record import Record
from edgegenre.rooms import room
from edgegenre.targets import gpu, torch_timing
from edgegenre.targets.gpu import measure
from edgegenre.targets.job import Job
from edgegenre.targets.subject import Subject
from edgegenre.training.source import InMemory
from tests.bundles import SPEC, tiny_network, tiny_recurrent_network

TRIAL = {"device": "cpu", "tracks": 30, "iterations": 10, "compiled": False}


@pytest.fixture
def without_gpu() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")


def subject(network: Network) -> Subject:
    normalization = Normalization(mean=(0.0,) * SPEC.statistics, deviation=(10.0,) * SPEC.statistics)
    inputs = {"features": FeatureInput(frontend=SPEC, normalization=normalization)}
    return Subject(model=network.name, network=network, inputs=inputs)


def measured(monkeypatch: pytest.MonkeyPatch, **settings: object) -> list[Record]:
    """A trial on two tiny networks instead of the zoo's, whose training would take minutes."""
    networks = [subject(tiny_network()), subject(tiny_recurrent_network())]
    monkeypatch.setattr(gpu, "subjects", lambda job: networks)
    job = Job(target="gpu", kind="gpu", rounds=3, settings=TRIAL | settings)
    return measure(job, SILENT)


def test_inference_and_training_are_measured_in_both_precisions(monkeypatch: pytest.MonkeyPatch) -> None:
    records = measured(monkeypatch)
    clips = [item for item in records if item.workload == "clip"]
    trained = [item for item in records if item.training]
    assert {item.arithmetic for item in clips} == {item.arithmetic for item in trained} == {"float", "bfloat16"}
    assert all(item.latency and item.mode == "eager" for item in clips)
    for item in trained:
        assert item.training is not None
        assert (item.batch, item.training.iterations, item.training.measured_iterations) == (100, 4000, 10)
        assert item.training.seconds == pytest.approx(4000 * 100 / item.training.clips_per_second)


def test_a_larger_batch_is_measured_beside_a_batch_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch that saturates; a tiny network's is larger than one on any processor."""
    monkeypatch.setattr(torch_timing, "GAIN", 0.0)
    clips = [item for item in measured(monkeypatch) if item.workload == "clip"]
    assert {item.batch for item in clips} == {1, torch_timing.LARGEST_BATCH["cpu"]}
    for item in clips:
        assert item.latency is not None
        assert item.clips_per_second == pytest.approx(1000 * item.batch / item.latency.p50_ms)
        alone = next(other for other in clips if (other.batch, other.model) == (1, item.model))
        assert item.multiplies == item.batch * alone.multiplies  # type: ignore[operator]


def test_training_is_timed_on_features_that_the_device_holds() -> None:
    """As the training of a data set that fits is: nothing is read and normalized anew in every iteration."""
    source = torch_timing.training_source(subject(tiny_network()), 5, torch.device("cpu"))
    assert isinstance(source, InMemory)


def test_what_there_is_no_time_for_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    records = measured(monkeypatch, seconds=-1.0)
    assert len(records) == 4
    assert all(item.note.endswith("left out: the time was over") and item.latency is None for item in records)


@pytest.mark.slow
def test_a_compiled_network_is_compared_with_the_eager_one(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = [item for item in measured(monkeypatch, compiled=True) if item.mode == "compiled"]
    clips = [item for item in compiled if item.workload == "clip"]
    assert clips
    assert all(
        item.ratio and item.ratio.against == "PyTorch float32, eager, batch 1" for item in clips if item.batch == 1
    )
    assert any(item.training for item in compiled)


@pytest.mark.usefixtures("without_gpu")
def test_without_a_gpu_that_is_said_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suite = tmp_path / "one.toml"
    suite.write_text('bundles = false\nmodels = ["ds-crnn1"]\n')
    assert run(["bench", "--target", "gpu", "--suite", str(suite), "--json", str(tmp_path / "r.json")]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("edgegenre:")]
    assert line.startswith("edgegenre: no CUDA device: torch ")
    assert not (tmp_path / "r.json").exists()


def test_a_device_that_is_none_is_refused() -> None:
    with pytest.raises(BenchError, match="device 'tpu' is not known"):
        torch_timing.gpu_device("tpu")


@pytest.mark.slow
def test_the_script_for_a_lent_machine_leaves_records(tmp_path: Path) -> None:
    command = [sys.executable, str(room("bench") / "gpu.py"), "--out", str(tmp_path), "--device", "cpu"]
    options = ["--models", "ds-crnn1", "--rounds", "3", "--tracks", "100", "--iterations", "10", "--no-compile"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("gpu-*.json")
    inference, training = (
        [item for item in read_records(path) if item.workload == workload] for workload in ("clip", "training")
    )
    assert all(item.latency for item in inference)
    assert [item.training is not None for item in training] == [True, True]
    assert json.loads(path.read_text())[0]["target"] == "gpu"


@pytest.mark.usefixtures("without_gpu")
def test_the_script_says_that_there_is_no_gpu(tmp_path: Path) -> None:
    command = [sys.executable, str(room("bench") / "gpu.py"), "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "no CUDA device" in done.stderr
