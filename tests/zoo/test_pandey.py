"""The systems of Pandey et al. against torch's own layers in the paper's orientation: frequency first, time behind."""

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from edgegenre.runs.phase import Phase
from edgegenre.runs.protocol import Penalty
from edgegenre.runs.segments import RandomSegments
from edgegenre.training.fold import fold
from edgegenre.training.module import build_module
from edgegenre.zoo import pandey
from edgegenre.zoo.registry import model

NAMES = ("shallow-cnn", "deep-cnn", "lstm-crnn")
Arrays = Mapping[str, np.ndarray]


@pytest.mark.parametrize(
    ("name", "parameters", "multiplies"),
    [
        ("shallow-cnn", 2_060_642, 68_610_000),
        ("deep-cnn", 1_283_362, 191_285_200),
        ("lstm-crnn", 829_562, 195_957_200),
    ],
)
def test_the_counts_are_those_of_the_paper_s_layers(name: str, parameters: int, multiplies: int) -> None:
    """Summed by hand from section IV and IX: convolutions with bias, dense layers, an LSTM with one bias a gate."""
    costs = model(name).costs()
    assert (costs.parameters, costs.multiplies) == (parameters, multiplies)


def test_the_maps_are_those_that_the_paper_states() -> None:
    """80 x 4 and 4 x 80 maps of 16 channels, flattened to 5120 each, joined to 10240, then 200."""
    shapes = model("shallow-cnn").build(10).shapes()
    assert (shapes["left_pool1"], shapes["right_pool1"]) == ((4, 80, 16), (80, 4, 16))
    assert [shapes[name].channels for name in ("left_flat", "right_flat", "joined", "hidden")] == [
        *(5120, 5120, 10240, 200)
    ]


# Section IV and IX: kernels and pools as printed, frequency x time; and the channels of the convolutions.
SHALLOW = {"left": [((10, 23), (1, 20))], "right": [((21, 20), (20, 1))]}
DEEP = {
    "left": [((10, 23), (2, 2)), ((5, 11), (2, 2)), ((3, 5), (2, 2)), ((2, 4), (1, 5))],
    "right": [((21, 20), (2, 2)), ((10, 5), (2, 2)), ((5, 3), (2, 2)), ((4, 2), (5, 1))],
}


def branch(side: str, stages: list, arrays: Mapping[str, Arrays], image: Tensor) -> Tensor:
    """[clips, channels, frequency, time]: convolution, LeakyReLU, max pool, in the paper's order."""
    channels = 1
    for number, (kernel, pool) in enumerate(stages, start=1):
        given = arrays[f"{side}_conv{number}"]
        layer = nn.Conv2d(channels, channels := 8 << number, kernel, padding="same")
        layer.weight.data = torch.from_numpy(given["weights"]).permute(0, 3, 2, 1)
        layer.bias.data = torch.from_numpy(given["bias"])
        image = nn.MaxPool2d(pool)(nn.LeakyReLU(0.3)(layer(image)))
    return image


def time_first(maps: Tensor) -> Tensor:
    """[clips, time, frequency, channels]: the order in which our flattened vectors count."""
    return maps.permute(0, 3, 2, 1)


@torch.no_grad()
def paper_logits(name: str, arrays: Mapping[str, Arrays], image: Tensor) -> Tensor:
    stages = SHALLOW if name == "shallow-cnn" else DEEP
    left, right = (branch(side, stages[side], arrays, image) for side in ("left", "right"))
    if name == "lstm-crnn":
        # Ten steps: of time on the right, of frequency on the left, which is the right one turned by 90 degrees.
        steps = torch.cat([time_first(right).flatten(2), time_first(left).transpose(1, 2).flatten(2)], dim=2)
        cell = nn.LSTM(512, 200, batch_first=True)
        cell.weight_ih_l0.data = torch.from_numpy(arrays["lstm"]["weights_input"])
        cell.weight_hh_l0.data = torch.from_numpy(arrays["lstm"]["weights_hidden"])
        cell.bias_ih_l0.data = torch.from_numpy(arrays["lstm"]["bias"])
        cell.bias_hh_l0.data.zero_()
        hidden = cell(steps)[0][:, -1]
    else:
        joined = torch.cat([time_first(left).flatten(1), time_first(right).flatten(1)], dim=1)
        hidden = functional.linear(
            joined, torch.from_numpy(arrays["hidden"]["weights"])[:, 0, 0], torch.from_numpy(arrays["hidden"]["bias"])
        )
        hidden = nn.LeakyReLU(0.3)(hidden)
    return functional.linear(
        hidden, torch.from_numpy(arrays["logits"]["weights"]), torch.from_numpy(arrays["logits"]["bias"])
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_network_is_the_paper_s(name: str) -> None:
    torch.manual_seed(0)
    module = build_module(model(name).build(10)).eval()
    for parameter in module.parameters():
        nn.init.normal_(parameter, 0, 0.06)
    mel = torch.randn(2, 1, 80, 80)
    ours = fold(module)
    expected = paper_logits(name, ours.arrays, mel)
    assert expected.std() > 0.01
    with torch.no_grad():
        logits = module(mel[:, 0].transpose(1, 2))
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ours.forward(mel[:, 0].transpose(1, 2).numpy()), expected.numpy(), rtol=1e-3, atol=1e-4)


def test_the_front_end_hears_0_94_seconds_for_80_frames() -> None:
    """79 hops of 256 and one frame of 512 samples at 22,050 Hz."""
    assert pandey.FRONTEND.samples_for(80) == 20_736


@pytest.mark.parametrize(("name", "dropout"), [("shallow-cnn", 0.1), ("deep-cnn", 0.25), ("lstm-crnn", 0.25)])
def test_the_protocol_is_section_5(name: str, dropout: float) -> None:
    paper, longer = (model(name).recipe(recipe) for recipe in ("paper", "paper-200"))
    assert paper.phases == (Phase(epochs=100, learning_rate=5e-5, batch=64),)
    assert longer.phases == (Phase(epochs=200, learning_rate=5e-5, batch=64),)
    assert (paper.optimizer.beta1, paper.optimizer.beta2, paper.optimizer.epsilon) == (0.9, 0.999, 1e-8)
    assert paper.penalties == (Penalty(norm="l1", factor=1e-4, of="parameters"),)
    assert (paper.initialization, paper.dropout, paper.augmentation) == ("he-normal", {"logits": dropout}, ())
    assert paper.segments == RandomSegments(per_track=15)
    assert (paper.validate_epochs, paper.final_weights.by, paper.repeats) == (2, "last", 5)
    assert paper.split[0] / sum(paper.split) == 0.75
