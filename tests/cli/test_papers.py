"""The road of the other papers' models: with and without a step, with and without C; and pictures of wrong answers."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edgegenre.deploy.assemble import export_bundle
from edgegenre.network.layers import Convolution, Dense, Flatten, LeakyRelu, MaxPool
from edgegenre.network.network import chain
from edgegenre.network.shape import Shape
from tests.bundles import LABELS, SPEC, finish, tiny_run, write_sounds
from tests.commands import edgegenre, refusal
from tests.support import program


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `music/`, `runs/run-1` and `bundle/` of a network that ends on a flattened map."""
    folder = tmp_path_factory.mktemp("flat")
    network = chain(
        "flat",
        input_shape=Shape(*SPEC.window_shape),
        layers=[
            ("conv", Convolution(channels=6, kernel=(5, 4), batch_norm=False, activation="none")),
            ("pool", MaxPool(window=(3, 2))),
            ("relu", LeakyRelu(slope=0.3)),
            ("flat", Flatten()),
            ("logits", Dense(units=len(LABELS))),
        ],
    )
    run = tiny_run(folder, network)
    finish(run)
    export_bundle(run, out_folder=folder / "bundle")
    return folder


def test_a_model_without_a_streaming_step_is_exported_verified_and_asked(flat: Path) -> None:
    assert {path.name for path in (flat / "bundle").iterdir()} == {
        *("MODEL_CARD.md", "integers.npz", "manifest.json", "model.onnx", "model.tflite", "samples.npz")
    }
    verified = edgegenre("verify", "bundle", "--json", folder=flat)
    assert verified.status == 0, verified
    engines = {item["engine"] for item in json.loads(verified.stdout)["engines"]}
    assert {"numpy-stream", "onnxruntime", "litert", "litert-reference"} <= engines
    song = "music/low/00.wav"
    (answer,) = edgegenre("classify", song, "--bundle", "bundle", "--json", folder=flat).stdout.splitlines()
    assert json.loads(answer)["engine"] == "onnxruntime"
    for engine in ("litert", "onnxruntime", "reference"):
        heard = edgegenre(
            "listen", song, "--bundle", "bundle", "--fast", "--json", "--engine", engine, folder=flat
        ).stdout.splitlines()
        assert json.loads(heard[-1]).items() <= (json.loads(answer) | {"engine": engine}).items()


def test_what_it_cannot_do_is_refused_in_one_sentence(flat: Path) -> None:
    assert "'relu' is a lookup in a place where it has no kernel" in refusal(
        "export", "runs/run-1", "--to", "c", "--out", "c", folder=flat
    )
    assert "has no continuous mode: 'logits' needs one whole window" in refusal(
        "listen", "music/low/00.wav", "--bundle", "bundle", "--mode", "continuous", "--fast", folder=flat
    )
    assert "engine 'native' cannot be built" in refusal(
        "classify", "music/low/00.wav", "--bundle", "bundle", "--engine", "native", folder=flat
    )


def test_wrong_answers_are_drawn_the_surest_first(flat: Path) -> None:
    """Every track of `music` is one window, so the wrong windows are the wrong tracks of the confusion matrix."""
    outcome = edgegenre("eval", "bundle", "--data", "music", "--misclassified", "wrong", "--json", folder=flat)
    confusion = json.loads(outcome.stdout)["confusion"]
    wrong = sum(count for row, counts in enumerate(confusion) for column, count in enumerate(counts) if row != column)
    assert wrong > 0
    pictures = sorted((flat / "wrong").iterdir())
    assert [path.name for path in pictures] == [f"{number:02}.png" for number in range(1, min(wrong, 24) + 1)]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in pictures)
    assert f"{len(pictures)} pictures of {wrong} wrong among 30 windows" in outcome.stderr
    assert "is not an empty folder" in refusal(
        "eval", "bundle", "--data", "music", "--misclassified", "wrong", folder=flat
    )


def test_models_says_where_a_system_runs_and_what_the_c_runtime_would_need() -> None:
    shallow, residual, chained = (edgegenre("models", name).stdout for name in ("shallow-cnn", "res-1d2d", "ds-crnn1"))
    assert "computes MFCC, their summary and mel bands in dB, not 80 log-mel bands ('log-mel')" in shallow
    assert "'left_relu1' is a lookup in a place where it has no kernel" in shallow
    assert "takes one input, and this model has 2: spectrum, samples" in residual
    assert "paper, paper-dropout" in residual
    assert "reference, onnxruntime, litert, native" in chained
    listed = {model["name"]: model for model in json.loads(edgegenre("models", "--json").stdout)}
    assert listed["res-2d"]["streaming_refusal"] is None
    assert "needs a whole window" in listed["deep-cnn"]["streaming_refusal"]
    assert listed["ds-crnn1"]["firmware_refusal"] is None
    assert "nrf52840" in listed["ds-crnn1"]["boards"]
    assert listed["shallow-cnn"]["boards"] == []
    for name in ("mlp", "spec1-full", "spec1-novox"):
        assert listed[name]["firmware_refusal"] is None
        assert "native" in listed[name]["engines"]
        assert "nrf52840" in listed[name]["boards"]
    assert "takes one input, and this model has 3" in listed["stem3-ds"]["firmware_refusal"]
    assert "'lstm' has no C form" in listed["lstm"]["firmware_refusal"]


def test_a_recipe_of_another_paper_is_not_known() -> None:
    sentence = refusal("train", "shallow-cnn", "--recipe", "paper-dropout")
    assert "There are: quick, robust, paper, paper-200" in sentence


def test_a_model_that_the_general_recipes_do_not_suit_is_trained_by_its_paper_s(tmp_path: Path) -> None:
    write_sounds(tmp_path / "music")
    for model in ("mlp", "res-1d"):
        said = edgegenre("train", model, "--data", "music", "--fold", "9/4", folder=tmp_path)
        assert f"{model} is trained by its paper's recipe 'paper': 'robust' does not suit it." in said.stderr
    said = edgegenre("train", "ds-crnn1", "--data", "music", "--fold", "9/4", folder=tmp_path)
    assert "does not suit it" not in said.stderr


@pytest.mark.slow
def test_a_model_of_stems_goes_from_tracks_to_answers(tmp_path: Path) -> None:
    """Tracks are split into parts, whose folders every command takes for songs; a plain track is refused by name."""
    write_sounds(tmp_path / "music")
    (tmp_path / "once.json").write_text(
        '{"name": "once", "phases": [{"epochs": 1, "learning_rate": 1e-3, "batch": 8}]}'
    )
    said = edgegenre("data", "separate", "music", "songs", folder=tmp_path)
    assert "30 songs of 3 classes in parts that stand in for stems" in said.stdout
    assert "'flat' of stem3-ds reads whole windows of 458 frames, and the recipe 'robust' crops them to 99" in refusal(
        "train", "stem3-ds", "--data", "songs", "--recipe", "robust", folder=tmp_path
    )
    trained = edgegenre("train", "stem3-ds", "--data", "songs", "--recipe", "once.json", folder=tmp_path)
    assert trained.status == 0, trained
    exported = edgegenre("export", "--int8", folder=tmp_path)
    assert exported.status == 0, exported
    verified = edgegenre("verify", "--json", folder=tmp_path)
    assert verified.status == 0, verified
    assert {"numpy-stream", "onnxruntime", "litert", "litert-reference"} <= {
        item["engine"] for item in json.loads(verified.stdout)["engines"]
    }
    song = json.loads(edgegenre("classify", "songs/low/00", "--json", folder=tmp_path).stdout)
    assert set(song["probabilities"]) == set(LABELS)
    assert "hears the bass of a song in stems" in refusal("classify", "music/low/00.wav", folder=tmp_path)
    assert "a stream is one sound" in refusal("listen", "music/low/00.wav", "--fast", folder=tmp_path)


def test_a_model_of_the_mix_takes_songs_in_stems_too(flat: Path) -> None:
    edgegenre("data", "separate", "music", "songs", folder=flat)
    answers = [
        json.loads(edgegenre("classify", path, "--bundle", "bundle", "--json", folder=flat).stdout)
        for path in ("music/low/00.wav", "songs/low/00")
    ]
    assert answers[0]["probabilities"].keys() == answers[1]["probabilities"].keys()
    for label, share in answers[0]["probabilities"].items():
        assert answers[1]["probabilities"][label] == pytest.approx(share, abs=0.1)


def test_a_perceptron_on_statistics_goes_from_tracks_to_answers(tmp_path: Path) -> None:
    """Its front end makes one row of a whole piece of 3 s, which shorter tracks do not fill; a stream answers as the
    file does."""
    write_sounds(tmp_path / "music")
    assert "it needs at least 66048 samples" in refusal("train", "mlp", "--data", "music", folder=tmp_path)
    for path in (tmp_path / "music").rglob("*.wav"):
        sound, rate = soundfile.read(path, dtype="int16")
        soundfile.write(path, np.tile(sound, 2), rate)
    recipe = {"name": "once", "phases": [{"epochs": 1, "learning_rate": 1e-3, "batch": 8}]}
    (tmp_path / "once.json").write_text(json.dumps(recipe))
    for command in (("train", "mlp", "--data", "music", "--recipe", "once.json"), ("export", "--int8")):
        outcome = edgegenre(*command, folder=tmp_path)
        assert outcome.status == 0, outcome
    verified = edgegenre("verify", "--json", folder=tmp_path)
    assert verified.status == 0, verified
    assert {"native", "native-stream"} <= {item["engine"] for item in json.loads(verified.stdout)["engines"]}
    song = "music/low/00.wav"
    for engine in ("native", "reference"):
        asked = ("classify", song, "--json", "--engine", engine)
        assert json.loads(edgegenre(*asked, folder=tmp_path).stdout)["engine"] == engine
    on_a_device(tmp_path, song)
    answer = json.loads(edgegenre("classify", song, "--json", "--logits", folder=tmp_path).stdout)
    heard = edgegenre("listen", song, "--fast", "--json", "--logits", folder=tmp_path).stdout.splitlines()
    assert json.loads(heard[-1])["probabilities"] == answer["probabilities"]


def on_a_device(folder: Path, song: str) -> None:
    """From samples to the reference's logits on an emulated core, and what a board has to have."""
    for name, package in (("arm-none-eabi-gcc", "gcc-arm-none-eabi"), ("qemu-system-arm", "qemu-system-arm")):
        program(name, package)
    (bundle,) = (path.name for path in (folder / "bundles").iterdir())
    (record,) = json.loads(edgegenre("firmware", "run", f"bundles/{bundle}", song, "--json", folder=folder).stdout)
    assert record["exactness"]["mismatches"] == record["feature_mismatches"] == 0
    assert record["features"] == 40
    continuous = ("firmware", "run", f"bundles/{bundle}", song, "--mode", "continuous")
    assert "has no continuous mode: its head needs a whole window" in refusal(*continuous, folder=folder)
    (verdict,) = json.loads(edgegenre("firmware", "size", "--board", "nrf52840", "--json", folder=folder).stdout)
    assert verdict["mode"] == "clip"
    assert verdict["keeps_up"]
    assert verdict["ram_bytes"] < 20_000


def test_models_shows_what_is_described_for_its_costs_alone() -> None:
    shown = edgegenre("models", "vgg16").stdout
    assert "38,242.6 M for a clip of 30 s" in shown
    assert "vgg16-gap averages that map instead and is trained" in shown
    assert "which NAME shows, too: vgg16." in edgegenre("models").stdout
    (figures,) = json.loads(edgegenre("models", "vgg16", "--json").stdout)
    assert figures["parameters"] == 203_908_522
    assert "model 'vgg16' is not known" in refusal("train", "vgg16")


def test_a_model_on_a_frozen_backbone_counts_it_and_says_where_it_runs_and_what_to_get() -> None:
    shown = edgegenre("models", "yamnet").stdout
    assert "yamnet, frozen: 3,195,456 parameters and 4,186.5 M multiplies a window" in shown
    assert "yamnet.h5 of tensorflow/models" in shown
    assert "a frozen backbone computes it in floats on a PC" in shown
    assert any(line.startswith("pointwise14") for line in shown.splitlines())
    (line,) = [line for line in edgegenre("models").stdout.splitlines() if line.startswith("yamnet ")]
    assert f"{3_195_456 + 2_689_930:,}" in line
    assert line.rstrip().endswith(" PC")
    (figures,) = json.loads(edgegenre("models", "musicnn-mlp", "--json").stdout)
    assert figures["backbone"]["parameters"] == 777_109
    assert figures["paper_accuracy"] is None
