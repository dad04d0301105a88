"""`profile` says where one clip's time or instructions go: its figures against the network's costs and the emulator."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from edgegenre.network.costs import costs
from edgegenre.records.files import read_records
from edgegenre.records.record import LayerCost
from edgegenre.runtime.model import Model, open_model
from edgegenre.targets.profile import counted_profile, timed_profile
from tests.bundles import tiny_bundle, tiny_network, tiny_recurrent_network
from tests.commands import edgegenre, refusal
from tests.support import program


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("profile"))


@pytest.fixture(scope="module", params=["plain", "recurrent"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    network = tiny_network() if request.param == "plain" else tiny_recurrent_network()
    return open_model(tiny_bundle(tmp_path_factory.mktemp(request.param), network))


@pytest.mark.parametrize("engine", ["native", "onnxruntime"])
def test_every_layer_is_timed_with_the_multiplies_of_its_formula(model: Model, engine: str) -> None:
    if engine == "native":
        program("gcc", "gcc")
    else:
        pytest.importorskip("onnxruntime")
    record = timed_profile(model, engine, runs=5)
    hold_to_the_formulas(model, record.layers)
    assert all(layer.milliseconds is not None and layer.milliseconds > 0 for layer in record.layers)
    assert record.provenance == "measured"


def hold_to_the_formulas(model: Model, layers: tuple[LayerCost, ...]) -> None:
    priced = costs(model.network, frames_per_second=20)
    assert sum(layer.multiplies for layer in layers) == priced.multiplies
    theirs = {layer.name: layer.multiplies for layer in priced.layers}
    assert all(layer.multiplies == theirs[layer.name] for layer in layers if layer.name in theirs)


def test_an_emulated_core_counts_layers_and_front_end_and_no_time(model: Model) -> None:
    program("qemu-aarch64", "qemu-user")
    program("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu")
    record = counted_profile(model, "pi", "cortex-a72")
    hold_to_the_formulas(model, record.layers)
    assert all(layer.instructions and layer.milliseconds is None for layer in record.layers)
    of_the_network = [layer.instructions or 0 for layer in record.layers if layer.kind != "front end"]
    assert record.instructions == sum(of_the_network)
    assert len(of_the_network) == len(record.layers) - 1


def test_the_command_shows_every_layer_and_draws_it(bundle: Path, tmp_path: Path) -> None:
    program("gcc", "gcc")
    picture, out = tmp_path / "profile.svg", tmp_path / "profile.json"
    shown = edgegenre("profile", bundle, "--picture", picture, "--out", out).stdout
    (record,) = read_records(out)
    for layer in record.layers:
        assert layer.name in shown
    assert "measured" in shown
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")
    told = json.loads(edgegenre("profile", bundle, "--json").stdout)
    assert [layer["name"] for layer in told["layers"]] == [layer.name for layer in record.layers]


def test_what_cannot_be_profiled_is_told_before_any_work(bundle: Path, tmp_path: Path) -> None:
    assert "--processor is for" in refusal("profile", bundle, "--processor", "cortex-a72")
    assert ".png or .svg" in refusal("profile", bundle, "--picture", tmp_path / "profile.gif")
    assert "belongs to --target pi" in refusal("profile", bundle, "--target", "mcu", "--processor", "cortex-a72")
