"""The table [qat]: what is said about a wrong one, and the shortest crop that a network takes."""

from pathlib import Path

import pytest
import torch

from edgegenre.errors import QuantizationError
from edgegenre.network.network import Network
from edgegenre.quantize.recipe import read_recipe
from edgegenre.quantize.schedule import least_crop
from edgegenre.training.fake_quantized import FakeQuantized
from edgegenre.training.unfold import unfold
from edgegenre.zoo.registry import model
from tests.bundles import finish, tiny_recurrent_network, tiny_run
from tests.commands import edgegenre, refusal
from tests.networks import (
    LIANG,
    odd_network,
    plain_network,
    random_float_network,
    random_integers,
    real_features,
    recurrent_network,
)

SCHEDULE = "iterations = 5\nlearning_rate = 0.01\nbatch = 8\n"


def write(path: Path, table: str) -> Path:
    path.write_text(f'summary = "x"\nactivations = "min-max"\nclips = 3\n[qat]\n{table}')
    return path


@pytest.mark.parametrize(
    ("table", "parts"),
    [
        (
            "learning_rate = 5.0\nlr = 3\n",
            ["learning_rate in [qat] is 5.0", "'lr' is no entry of [qat]", "batch is missing"],
        ),
        (
            "iterations = 0\nlearning_rate = 0.1\nbatch = 8\n",
            ["iterations in [qat] is 0, not a whole number from 1 to"],
        ),
        ("iterations = 9\nlearning_rate = nan\nbatch = 8\n", ["learning_rate in [qat] is nan"]),
        ("iterations = 9\nlearning_rate = 0.1\nbatch = true\n", ["batch in [qat] is True"]),
        (f"{SCHEDULE}crop = 9\n", ["'crop' is no entry of [qat] (Did you mean 'crop_frames'?)"]),
        (f"{SCHEDULE}crop_frames = 9.5\n", ["crop_frames in [qat] is 9.5"]),
    ],
)
def test_the_wrong_entries_are_named_and_no_others(tmp_path: Path, table: str, parts: list[str]) -> None:
    with pytest.raises(QuantizationError) as caught:
        read_recipe(write(tmp_path / "mine.toml", table))
    message = str(caught.value)
    assert all(part in message for part in parts)
    right = {"iterations", "learning_rate", "batch", "crop_frames"} - {word for part in parts for word in part.split()}
    assert not any(f"{name} in [qat]" in message for name in right)


@pytest.mark.parametrize("name", ["iterations", "batch", "crop_frames"])
def test_a_number_that_no_machine_could_work_off_is_refused(tmp_path: Path, name: str) -> None:
    table = {"iterations": "5", "learning_rate": "0.01", "batch": "8", name: "1" + 30 * "0"}
    path = write(tmp_path / "mine.toml", "".join(f"{key} = {value}\n" for key, value in table.items()))
    with pytest.raises(QuantizationError, match=rf"{name} in \[qat\] is 1000000.*, not a whole number from 1 to \d+\."):
        read_recipe(path)


def test_a_table_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('summary = "x"\nactivations = "min-max"\nclips = 3\nqat = 5\n')
    with pytest.raises(QuantizationError, match="qat is 5, not a table of iterations, learning_rate"):
        read_recipe(path)


@pytest.mark.parametrize("build", [odd_network, plain_network, recurrent_network, tiny_recurrent_network])
def test_the_least_crop_is_the_shortest_that_torch_computes(build: type) -> None:
    network: Network = build()
    floats = random_float_network(network)
    features = real_features(network, 2)
    modules = [unfold(floats), FakeQuantized(random_integers(floats), floats)]
    least = least_crop(network)
    for module in modules:
        with torch.no_grad():
            assert module(torch.from_numpy(features[:, :least])).isfinite().all()
    if least > 1:
        with pytest.raises(RuntimeError), torch.no_grad():
            modules[0](torch.from_numpy(features[:, : least - 1]))


@pytest.mark.parametrize("name", LIANG)
def test_every_model_s_least_crop_is_computed_and_one_frame_less_is_not(name: str) -> None:
    module = unfold(random_float_network(model(name).build(3)))
    least = least_crop(module.network)
    with torch.no_grad():
        assert module(torch.zeros(1, least, 12)).isfinite().all()
        with pytest.raises(RuntimeError):
            module(torch.zeros(1, least - 1, 12))


def test_a_crop_too_short_is_refused_before_any_track_is_read(tmp_path: Path) -> None:
    network = tiny_recurrent_network()
    run = tiny_run(tmp_path, network)
    finish(run)
    for split in (run.split.train, run.split.validation, run.split.test):
        for track in split:
            track.path.write_bytes(b"not audio")
    least = least_crop(network)
    path = write(tmp_path / "short.toml", f"{SCHEDULE}crop_frames = {least - 1}\n")
    message = refusal("export", run.path, "--recipe", path, "--out", tmp_path / "b")
    assert (
        f"{path}: crop_frames in [qat] is {least - 1}, and {network.name} takes no fewer than {least} frames" in message
    )


def test_the_least_crop_trains(tmp_path: Path) -> None:
    run = tiny_run(tmp_path, tiny_recurrent_network())
    finish(run)
    path = write(tmp_path / "short.toml", f"{SCHEDULE}crop_frames = {least_crop(run.network)}\n")
    assert edgegenre("export", run.path, "--recipe", path, "--to", "onnx", "--out", tmp_path / "b").status == 0
