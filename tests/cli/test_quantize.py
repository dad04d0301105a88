"""`edgegenre quantize` as a person runs it: tables, JSON, pictures, refusals and their exit statuses."""

import hashlib
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from edgegenre.bundle import load_bundle
from tests.commands import edgegenre, refusal

PNG = b"\x89PNG\r\n\x1a\n"


def test_compare_tables_every_recipe_and_recommends_one(tiny: Path, tmp_path: Path) -> None:
    outcome = edgegenre("quantize", "compare", tiny / "runs" / "run-1", folder=tmp_path)
    assert outcome.status == 0
    for name in ("float32", "min-max", "percentile", "mse", "entropy", "per-tensor", "float16"):
        assert f" {name} " in outcome.stdout
    assert "recommended: " in outcome.stdout
    assert "3 validation tracks" in outcome.stdout
    assert (tmp_path / "quantize-compare.png").read_bytes().startswith(PNG)


def test_the_recommended_command_works_as_printed(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "runs").symlink_to(tiny / "runs")
    outcome = edgegenre("quantize", "compare", "--json", "--out", "some/picture.png", folder=tmp_path)
    found = json.loads(outcome.stdout)
    assert found["split"] == "validation"
    assert {score["recipe"] for score in found["scores"]} >= {"float32", "min-max", "entropy", "float16"}
    assert (tmp_path / "some" / "picture.png").read_bytes().startswith(PNG)
    exported = edgegenre("export", found["run"], "--int8", "--recipe", found["recommended"], folder=tmp_path)
    assert exported.status == 0
    manifest = load_bundle(tmp_path / "bundles" / "run-1").manifest
    assert manifest.quantization["recipe"] == found["recommended"]


def test_inspect_shows_every_layer_of_the_newest_bundle(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "runs").symlink_to(tiny / "runs")
    (tmp_path / "bundles").mkdir()
    (tmp_path / "bundles" / "one").symlink_to(tiny / "bundle")
    outcome = edgegenre("quantize", "inspect", folder=tmp_path)
    assert outcome.status == 0
    for text in ("conv1", "per_channel", "logits", "SNR dB", "headroom"):
        assert text in outcome.stdout
    assert (tmp_path / "inspect.png").read_bytes().startswith(PNG)


def test_inspect_prints_json_and_takes_the_run_by_name(tiny: Path, tmp_path: Path) -> None:
    outcome = edgegenre(
        "quantize",
        "inspect",
        tiny / "bundle",
        "--run",
        tiny / "runs" / "run-1",
        "--json",
        "--out",
        tmp_path / "i.png",
        folder=tmp_path,
    )
    found = json.loads(outcome.stdout)
    assert [layer["name"] for layer in found["layers"]][:2] == ["conv1", "depthwise2"]
    assert outcome.stderr.endswith(f"drawn: {tmp_path / 'i.png'}\n")
    assert (tmp_path / "i.png").read_bytes().startswith(PNG)


def test_a_picture_is_drawn_in_the_format_of_its_ending(tiny: Path, tmp_path: Path) -> None:
    picture = tmp_path / "i.svg"
    arguments = ["quantize", "inspect", tiny / "bundle", "--run", tiny / "runs" / "run-1", "--out", picture]
    assert edgegenre(*arguments, folder=tmp_path).status == 0
    assert ElementTree.parse(picture).getroot().tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.parametrize("command", ["compare", "inspect"])
def test_a_place_that_takes_no_picture_is_refused_before_the_work(command: str, tmp_path: Path) -> None:
    """There is no run, either: what is wrong with --out is said first."""
    (tmp_path / "taken.png").mkdir()
    assert "taken.png is a folder" in refusal("quantize", command, "--out", "taken.png", folder=tmp_path)
    assert ".png or .svg" in refusal("quantize", command, "--out", "picture.jpg", folder=tmp_path)


@pytest.mark.parametrize("command", ["compare", "inspect"])
def test_nothing_to_work_on_is_one_sentence(command: str, tmp_path: Path) -> None:
    assert "edgegenre " in refusal("quantize", command, folder=tmp_path)


def test_a_bundle_whose_run_is_gone_is_refused_and_nothing_is_drawn(tiny: Path, tmp_path: Path) -> None:
    message = refusal("quantize", "inspect", tiny / "bundle", folder=tmp_path)
    assert "--run" in message
    assert list(tmp_path.iterdir()) == []


def test_a_float_export_stores_float16_weights(tiny: Path, tmp_path: Path) -> None:
    run = tiny / "runs" / "run-1"
    outcome = edgegenre("export", run, "--float", "--recipe", "float16", "--out", tmp_path / "half")
    assert outcome.status == 0
    assert "3 genres, float32, weights stored as float16\n" in outcome.stdout
    whole = load_bundle(tiny / "float").path("model_float.onnx").stat().st_size
    assert load_bundle(tmp_path / "half").path("model_float.onnx").stat().st_size < whole
    assert "add --float" in refusal("export", run, "--int8", "--recipe", "float16").lower()


def test_a_recipe_file_anywhere_is_used_and_recorded(tiny: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('summary = "x"\nactivations = "percentile"\npercentile = 0.9\nclips = 5\n')
    chosen = ["--recipe", "mine.toml", "--to", "tflite", "--out", "one"]
    assert edgegenre("export", tiny / "runs" / "run-1", *chosen, folder=tmp_path).status == 0
    quantization = load_bundle(tmp_path / "one").manifest.quantization
    assert (quantization["recipe"], quantization["largest_calibration"]) == ("mine", 5)
    assert quantization["recipe_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert edgegenre("verify", tmp_path / "one").status == 0


def test_an_empty_recipe_name_is_not_the_default_one(tiny: Path, tmp_path: Path) -> None:
    message = refusal("export", tiny / "runs" / "run-1", "--recipe", "", "--out", tmp_path / "one")
    assert "recipe '' is not known" in message
