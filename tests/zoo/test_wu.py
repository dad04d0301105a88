"""The systems of Wu that hear MFCC, against torch's own layers."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from edgegenre.runs.phase import Phase
from edgegenre.training.fold import fold
from edgegenre.training.module import build_module
from edgegenre.zoo.registry import model

STEP = 4 * 416 * (13 + 416) + 4 * 32 * (416 + 32) + 4 * 48 * (32 + 48)


@pytest.mark.parametrize(
    ("name", "parameters", "multiplies"), [("mlp", 341_962, 340_800), ("lstm", 789_034, 126 * STEP + 480)]
)
def test_the_counts_are_those_of_the_paper_s_layers(name: str, parameters: int, multiplies: int) -> None:
    """448, 672, 32 over 40 statistics; LSTM of 416, 32, 48 with one bias a gate, a step for each of 126 frames."""
    costs = model(name).costs()
    assert (costs.parameters, costs.multiplies) == (parameters, multiplies)


def test_130_centered_frames_would_multiply_102_million_times() -> None:
    assert 130 * STEP + 480 == 102_253_280


@torch.no_grad()
def test_the_perceptron_is_four_linear_layers() -> None:
    torch.manual_seed(0)
    module = build_module(model("mlp").build(10)).eval()
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            nn.init.normal_(part.bias, 0, 0.1)
    arrays = fold(module).arrays
    features = torch.randn(3, 1, 40)
    vector = features[:, 0]
    for name in ("dense1", "dense2", "dense3", "logits"):
        weights, bias = (torch.from_numpy(arrays[name][key]) for key in ("weights", "bias"))
        vector = functional.linear(vector, weights.reshape(len(weights), -1), bias)
        vector = vector if name == "logits" else functional.relu(vector)
    assert vector.std() > 0.05
    torch.testing.assert_close(module(features), vector, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_the_recurrent_model_is_three_lstm_and_a_linear_layer() -> None:
    torch.manual_seed(0)
    module = build_module(model("lstm").build(10)).eval()
    arrays = fold(module).arrays
    features = torch.randn(2, 126, 13)
    rows = features
    for name, inputs, units in (("lstm1", 13, 416), ("lstm2", 416, 32), ("lstm3", 32, 48)):
        cell = nn.LSTM(inputs, units, batch_first=True)
        own = {key: torch.from_numpy(array) for key, array in arrays[name].items()}
        cell.load_state_dict(
            {
                "weight_ih_l0": own["weights_input"],
                "weight_hh_l0": own["weights_hidden"],
                "bias_ih_l0": own["bias"],
                "bias_hh_l0": torch.zeros_like(own["bias"]),
            }
        )
        rows = cell(rows)[0]
    logits = functional.linear(
        rows[:, -1], torch.from_numpy(arrays["logits"]["weights"]), torch.from_numpy(arrays["logits"]["bias"])
    )
    torch.testing.assert_close(module(features), logits, rtol=1e-4, atol=1e-5)


def test_the_protocol_is_section_4() -> None:
    perceptron, recurrent = (model(name).recipe("paper") for name in ("mlp", "lstm"))
    assert perceptron.phases == (Phase(epochs=11, learning_rate=1e-3, batch=12),)
    assert recurrent.phases == (Phase(epochs=16, learning_rate=1e-3, batch=12),)
    assert (perceptron.dropout, recurrent.dropout) == ({}, {"lstm3": 0.2})
    for protocol in (perceptron, recurrent):
        training, validation, test = protocol.split
        assert (training + validation) / test == training / validation == 4
        assert protocol.repeats == 2


def test_a_track_of_30_seconds_has_ten_pieces_for_both() -> None:
    for name in ("mlp", "lstm"):
        frontend = model(name).frontends["features"]
        piece, advance = frontend.samples_for(frontend.window_frames), frontend.window_frames * frontend.hop_length
        assert (piece, advance) == (66_048, 64_512)
        assert (30 * 22_050 - piece) // advance + 1 == 10
