"""`edgegenre models` says what the zoo's costs say, for people and for programs."""

import json

import pytest

from edgegenre.zoo.registry import MODELS
from tests.commands import edgegenre, refusal

PROMISED = {
    "name",
    "family",
    "paper",
    "parameters",
    "paper_parameters",
    "paper_accuracy",
    "separable",
    "multiplies",
    "convolution_multiplies",
    "multiplies_per_second",
    "ram_window_bytes",
    "ram_stream_bytes",
    "latency_seconds",
    "receptive_field_frames",
    "receptive_field_seconds",
}


def test_json_lists_every_model_with_every_promised_figure() -> None:
    outcome = edgegenre("models", "--json")
    models = json.loads(outcome.stdout)
    assert outcome.stderr == ""
    assert [model["name"] for model in models] == list(MODELS)
    for model in models:
        assert set(model) >= PROMISED
        assert sum(layer["parameters"] for layer in model["layers"]) == model["parameters"]
        assert sum(layer["multiplies"] for layer in model["layers"]) == model["multiplies"]
        # The first input's frame, and a hop for every further one: 0.1 s and 0.05 s in Liang et al.
        first = MODELS[model["name"]].clock
        samples = first.frame_length + first.hop_length * (model["receptive_field_frames"] - 1)
        seconds = samples / first.sample_rate
        assert model["receptive_field_seconds"] == pytest.approx(seconds)


def test_the_table_has_a_line_a_model_and_the_paper_s_own_count() -> None:
    table = edgegenre("models").stdout
    for name in MODELS:
        assert any(line.startswith(f"{name} ") for line in table.splitlines())
    assert "361,289  360,223" in table  # CRNN1: ours, and what Table II of Liang et al. prints


def test_one_model_is_shown_layer_by_layer() -> None:
    """Table I, formula (4): the first convolution is 10 x 4 x 1 x 32 weights at 150 x 6 places."""
    text = edgegenre("models", "ds-crnn1").stdout
    (line,) = [line for line in text.splitlines() if line.startswith("conv1 ")]
    assert f"{10 * 4 * 32 * 150 * 6:,}" in line
    assert len(json.loads(edgegenre("models", "ds-crnn1", "--json").stdout)) == 1


def test_a_wrong_name_suggests_the_near_one() -> None:
    assert "Did you mean 'ds-cnn1'" in refusal("models", "ds-cn1")
