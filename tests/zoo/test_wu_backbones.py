"""The networks on frozen backbones have the paper's sizes; one is trained and shipped on weights from a file."""

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from edgegenre.backbones.weights import answering
from edgegenre.network.costs import costs
from edgegenre.zoo.registry import model
from edgegenre.zoo.wu_backbones import recurrent
from tests.backbones import files
from tests.commands import edgegenre, refusal


@pytest.mark.parametrize(
    ("name", "parameters", "multiplies", "backbone"),
    [
        ("yamnet", 2_689_930, 2_688_256, (3_195_456, 61 * 68_631_552)),
        ("yamnet-lstm", 3_269_098, 199_198_496, (3_195_456, 61 * 68_631_552)),
        ("vgg16-gap", 21_456_298 - 14_714_688, 38_060_116_800 - 38_053_380_096, (14_714_688, 38_053_380_096)),
        ("musicnn-mlp", 413_642, 412_480, (777_109, 927_477_968)),
    ],
)
def test_the_counts_are_those_of_the_paper_s_layers(
    name: str, parameters: int, multiplies: int, backbone: tuple[int, int]
) -> None:
    entry = model(name)
    found, frozen = entry.costs(), entry.backbone
    assert frozen is not None
    assert (found.parameters, found.multiplies) == (parameters, multiplies)
    assert (frozen.backbone_parameters, frozen.backbone_multiplies) == backbone


def test_with_the_paper_s_62_patches_the_lstm_multiplies_as_often_as_the_paper_s() -> None:
    """4 gates x units x (inputs + units) for 62 steps: 1024 to 480 to 128 to 80, then ten classes."""
    steps = 62 * 4 * (480 * (1024 + 480) + 128 * (480 + 128) + 80 * (128 + 80))
    assert costs(recurrent(10, 62), frames_per_second=1).multiplies == steps + 800 == 202_464_032


def test_a_track_of_gtzan_fills_a_window_of_each() -> None:
    """The shortest has 660,000 samples at 22,050 Hz; 62 patches of YAMNet would need 30.26 s."""
    for name in ("yamnet", "yamnet-lstm", "vgg16-gap"):
        assert 29.7 < model(name).clock.window_seconds < 660_000 / 22_050


def music(folder: Path, seconds: float) -> None:
    """Low tones, high ones and hiss, five tracks each."""
    dice, time = np.random.default_rng(0), np.arange(int(seconds * 16_000)) / 16_000
    for number in range(5):
        sounds = {
            "hiss": dice.normal(0, 0.1, len(time)),
            "high": 0.3 * np.sin(2 * np.pi * (3000 + 100 * number) * time),
            "low": 0.3 * np.sin(2 * np.pi * (150 + 10 * number) * time),
        }
        for label, sound in sounds.items():
            path = folder / label / f"{number}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            with wave.open(str(path), "wb") as file:
                file.setparams((1, 2, 16_000, 0, "NONE", ""))
                file.writeframes(np.rint(sound * 32767).astype("<i2").tobytes())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["yamnet", "yamnet-lstm"])
def test_from_a_file_of_weights_to_a_verified_bundle_that_refuses_others(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEGENRE_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("EDGEGENRE_CACHE", str(tmp_path / "cache"))
    answering.cache_clear()
    music(tmp_path / "music", 30)
    recipe = {"name": "once", "phases": [{"epochs": 4, "learning_rate": 1e-3, "batch": 4}]}
    (tmp_path / "once.json").write_text(json.dumps(recipe))
    train = ("train", name, "--data", "music", "--recipe", "once.json")
    said = refusal(*train, folder=tmp_path)
    assert "get yamnet.h5 of tensorflow/models" in said
    assert f"put it into {tmp_path / 'weights'}" in said
    files.keras_yamnet(tmp_path / "yamnet.h5", files.yamnet_arrays())
    for command in ((*train, "--weights", "yamnet.h5"), ("export", "--int8"), ("verify",), ("eval",)):
        outcome = edgegenre(*command, folder=tmp_path)
        assert outcome.status == 0, outcome
    song = "music/low/0.wav"
    answer = json.loads(edgegenre("classify", song, "--json", folder=tmp_path).stdout)
    assert answer["label"] == "low"
    (card,) = tmp_path.glob("bundles/*/MODEL_CARD.md")
    assert "The frozen backbone yamnet (3,195,456 parameters, 4,186,524,672 multiplies" in card.read_text()
    (kept,) = (tmp_path / "weights").iterdir()
    kept.unlink()
    answering.cache_clear()
    said = refusal("classify", song, folder=tmp_path)
    assert "needs the weights of 'yamnet' that it was trained with" in said
    assert "the C runtime cannot compute" in refusal("export", "--int8", "--to", "c", folder=tmp_path)
