"""The systems of Mersy and Kuan against torch's own layers, and by the paper's formulas."""

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from edgegenre.runs.phase import Phase
from edgegenre.training.fold import fold
from edgegenre.training.module import build_module
from edgegenre.zoo.registry import model

STEMMED, PLAIN = ("stem3-cnn", "stem3-ds"), ("spec1-full", "spec1-novox")


@pytest.mark.parametrize(
    ("name", "parameters", "multiplies"),
    [
        ("stem3-cnn", 65_844, 6_001_344),
        ("stem3-ds", 65_754, 2_703_744),
        ("spec1-full", 65_790, 2_835_648),
        ("spec1-novox", 65_790, 2_835_648),
    ],
)
def test_the_counts_are_those_of_the_paper_s_layers(name: str, parameters: int, multiplies: int) -> None:
    """Of 458 x 128 places and 229 x 64: 3 filters of 3 x 3 x 3, batch norm, 114 x 32 x 3 values into 6 classes."""
    costs = model(name).costs()
    assert (costs.parameters, costs.multiplies) == (parameters, multiplies)


def test_a_convolution_has_9k_weights_and_a_separable_one_3k_plus_9() -> None:
    """Below equation (2), k = 9; each has batch norm, 6 parameters, besides."""
    layers = {name: {layer.name: layer for layer in model(name).costs().layers} for name in STEMMED}
    assert layers["stem3-cnn"]["conv2"].parameters == 9 * 9 + 6
    separable = layers["stem3-ds"]
    assert separable["depthwise2"].parameters + separable["pointwise2"].parameters == 3 * 9 + 9 + 6


def test_the_dense_layer_holds_nearly_all_parameters() -> None:
    """So "proportionately reducing computation time" saves 0.14 % of the parameters and 55 % of the multiplies."""
    standard, separable = (model(name).costs() for name in STEMMED)
    assert standard.layers[-1].parameters / standard.parameters > 0.997
    assert round(100 * (1 - separable.parameters / standard.parameters), 2) == 0.14
    assert round(100 * (1 - separable.multiplies / standard.multiplies)) == 55


@pytest.mark.parametrize("name", [*STEMMED, *PLAIN])
@torch.no_grad()
def test_the_network_is_the_paper_s(name: str) -> None:
    torch.manual_seed(0)
    network = model(name).build(6)
    module = build_module(network)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.normal_(part.running_mean, 0, 0.3)
            nn.init.uniform_(part.running_var, 0.5, 2)
            nn.init.normal_(part.bias, 0, 0.2)
    module.eval()
    inputs = {item.name: torch.randn(2, item.shape.time, item.shape.frequency) for item in network.inputs}
    arrays = fold(module).arrays
    maps = torch.stack(list(inputs.values()), dim=1)  # [clips, stems, frames, bands]
    for number in (1, 2):
        maps = functional.max_pool2d(functional.relu(_convolved(name, arrays, number, maps)), 2)
    assert maps.shape[1:] == (3, 114, 32)
    weights, bias = (torch.from_numpy(arrays["logits"][key]) for key in ("weights", "bias"))
    expected = functional.linear(maps.permute(0, 2, 3, 1).flatten(1), weights, bias)
    assert expected.std() > 0.05
    torch.testing.assert_close(module(inputs), expected, rtol=1e-3, atol=1e-4)


def _convolved(name: str, arrays: Mapping[str, Mapping[str, np.ndarray]], number: int, maps: Tensor) -> Tensor:
    if name != "stem3-ds":
        conv = {key: torch.from_numpy(array) for key, array in arrays[f"conv{number}"].items()}
        return functional.conv2d(maps, conv["weights"].permute(0, 3, 1, 2), conv["bias"], padding=1)
    depthwise, pointwise = arrays[f"depthwise{number}"], arrays[f"pointwise{number}"]
    assert not depthwise["bias"].any()
    filters = torch.from_numpy(depthwise["weights"]).permute(2, 0, 1)[:, None]
    each = functional.conv2d(maps, filters, padding=1, groups=3)
    mixed = torch.from_numpy(pointwise["weights"]).permute(0, 3, 1, 2)
    return functional.conv2d(each, mixed, torch.from_numpy(pointwise["bias"]))


@pytest.mark.parametrize("name", [*STEMMED, *PLAIN])
def test_the_protocol_is_section_2(name: str) -> None:
    entry = model(name)
    chosen, last = entry.recipe("paper"), entry.recipe("paper-last")
    assert chosen.phases == last.phases == (Phase(epochs=6, learning_rate=1e-3, batch=32),)
    assert chosen.dropout == {"logits": 0.5}
    assert {(item.norm, item.of) for item in chosen.penalties} == {("l1", "kernels"), ("l2", "kernels")}
    assert (chosen.final_weights.by, last.final_weights.by) == ("loss", "last")
    assert chosen.class_weights == "balanced"


def test_each_input_hears_its_own_stem() -> None:
    assert {name: item.heard for name, item in model("stem3-ds").frontends.items()} == {
        stem: stem for stem in ("bass", "drums", "other")
    }
    assert [model(name).frontends["features"].heard for name in PLAIN] == ["mix", "no-vocals"]
