"""The systems of Calvino and Pacheco against torch's own 1-D and 2-D layers, as figures 1 and 2 have them."""

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from edgegenre.runs.phase import Phase
from edgegenre.runs.segments import OverlappingSegments
from edgegenre.training.fold import fold
from edgegenre.training.module import NetworkModule, build_module
from edgegenre.zoo.registry import model

WHOLE = ("res-1d", "res-2d", "res-1d2d")
SEGMENTED = tuple(f"{name}-segments" for name in WHOLE)
Arrays = Mapping[str, np.ndarray]


@pytest.mark.parametrize(
    ("name", "parameters", "whole", "segment"),
    [
        ("res-1d", 1_512_964, 1_276_841_080, 164_039_800),
        ("res-2d", 1_776_132, 1_533_166_712, 196_935_800),
        ("res-1d2d", 1_644_548, 1_405_003_896, 180_487_800),
    ],
)
def test_the_counts_are_those_of_the_paper_s_layers(name: str, parameters: int, whole: int, segment: int) -> None:
    """Summed by hand: batch norm after every layer but the last, 300 and 150 units in between."""
    for entry, multiplies in ((name, whole), (f"{name}-segments", segment)):
        costs = model(entry).costs()
        assert (costs.parameters, costs.multiplies) == (parameters, multiplies)


@pytest.mark.parametrize(("names", "rows"), [(WHOLE, 974), (SEGMENTED, 125)])
def test_the_first_layer_makes_974_rows_and_125_of_a_segment(names: tuple[str, ...], rows: int) -> None:
    for name in names:
        shapes = model(name).build(8).shapes()
        assert (shapes["conv1"], shapes["sum"], shapes["pooled"]) == ((rows, 1, 256), (rows, 1, 256), (1, 1, 512))


def lived_in(module: NetworkModule) -> NetworkModule:
    """Batch norm as training leaves it."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.normal_(part.running_mean, 0, 0.3)
            nn.init.uniform_(part.running_var, 0.5, 2)
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.normal_(part.bias, 0, 0.2)
    return module.eval()


class Paper:
    """Figures 1 and 2 over the weights of `arrays`, whose convolutions have the batch norm behind them folded in."""

    def __init__(self, arrays: Mapping[str, Arrays]) -> None:
        self.arrays = arrays

    def tensors(self, name: str) -> tuple[Tensor, Tensor]:
        return torch.from_numpy(self.arrays[name]["weights"]), torch.from_numpy(self.arrays[name]["bias"])

    def samples(self, name: str, audio: Tensor) -> Tensor:
        """audio: [clips, samples]. {256, (1, 3072), 1024, 0} -> [clips, maps, rows]."""
        weights, bias = self.tensors(name)
        return functional.elu(
            functional.conv1d(audio[:, None], weights.reshape(len(weights), 1, -1), bias, stride=1024)
        )

    def spectrum(self, name: str, image: Tensor) -> Tensor:
        """image: [clips, 1025, frames]. {256, (1025, 4), 1, 0} -> [clips, maps, rows]."""
        weights, bias = self.tensors(name)
        return functional.elu(functional.conv2d(image[:, None], weights.permute(0, 3, 2, 1), bias)).squeeze(2)

    def later(self, name: str, maps: Tensor) -> Tensor:
        weights, bias = self.tensors(name)
        return functional.elu(functional.conv1d(maps, weights[:, :, 0].transpose(1, 2), bias, padding="same"))

    def dense(self, name: str, vector: Tensor) -> Tensor:
        weights, bias = self.tensors(name)
        return functional.linear(vector, weights.reshape(len(weights), -1), bias)

    def logits(self, first: Tensor) -> Tensor:
        """first: the activated output of the first layer."""
        total = first + self.later("conv3", self.later("conv2", first))
        rows = total.shape[2]
        pooled = torch.cat(
            [functional.max_pool1d(total, rows).squeeze(2), functional.avg_pool1d(total, rows).squeeze(2)], dim=1
        )
        hidden = functional.elu(self.dense("dense2", functional.elu(self.dense("dense1", pooled))))
        return self.dense("logits", hidden)


@pytest.mark.parametrize("name", [*SEGMENTED, *WHOLE])
@torch.no_grad()
def test_the_network_is_the_paper_s(name: str) -> None:
    torch.manual_seed(0)
    network = model(name).build(8)
    module = lived_in(build_module(network))
    inputs = {item.name: torch.randn(2, item.shape.time, item.shape.frequency) for item in network.inputs}
    ours = fold(module)
    paper, several = Paper(ours.arrays), len(inputs) > 1
    firsts = []
    if "spectrum" in inputs:
        firsts.append(paper.spectrum("conv1_spectrum" if several else "conv1", inputs["spectrum"].transpose(1, 2)))
    if "samples" in inputs:
        firsts.append(paper.samples("conv1_samples" if several else "conv1", inputs["samples"].flatten(1)))
    expected = paper.logits(torch.cat(firsts, dim=1))
    assert expected.std() > 0.05
    torch.testing.assert_close(module(inputs), expected, rtol=1e-3, atol=1e-4)


def test_folding_keeps_the_values_of_both_inputs() -> None:
    torch.manual_seed(1)
    network = model("res-1d2d-segments").build(8)
    module = lived_in(build_module(network))
    inputs = {item.name: torch.randn(1, item.shape.time, item.shape.frequency) for item in network.inputs}
    with torch.no_grad():
        expected = module(inputs).numpy()
    logits = fold(module).forward({name: array.numpy() for name, array in inputs.items()})
    np.testing.assert_allclose(logits, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", [*WHOLE, *SEGMENTED])
def test_the_protocol_is_section_5(name: str) -> None:
    plain, dropped = (model(name).recipe(recipe) for recipe in ("paper", "paper-dropout"))
    assert plain.phases == dropped.phases == (Phase(epochs=15, learning_rate=5e-4, batch=50),)
    assert (plain.dropout, plain.penalties, plain.augmentation, plain.split) == ({}, (), (), (8, 1, 1))
    assert set(dropped.dropout.values()) == {0.2}
    segments = OverlappingSegments(advance_frames=64, most=14) if name in SEGMENTED else None
    assert plain.segments == dropped.segments == segments


def test_fourteen_segments_of_128_frames_fit_into_the_first_million_samples() -> None:
    assert (977 - 128) // 64 + 1 == 14
    spectrum = model("res-2d-segments").frontends["spectrum"]
    assert (spectrum.window_frames, spectrum.frequency) == (128, 1025)
