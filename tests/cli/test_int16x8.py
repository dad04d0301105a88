"""A model with int16 activations from export to the device: what works, and one sentence where something cannot."""

import json
from pathlib import Path

import numpy as np
import pytest

from edgegenre.bundle import load_bundle
from edgegenre.deploy.assemble import export_bundle
from tests.bundles import tiny_recurrent_network, tiny_run
from tests.commands import edgegenre, refusal
from tests.support import program

EXPORT = ("--int8", "--recipe", "int16x8")
EVERY_FILE = {
    "firmware",
    "integers.npz",
    "model.tflite",
    "stream.tflite",
    "samples.npz",
    "MODEL_CARD.md",
    "manifest.json",
}


@pytest.fixture(scope="module")
def wide(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wide") / "bundle"
    outcome = edgegenre("export", tiny / "runs" / "run-1", *EXPORT, "--out", out)
    assert outcome.status == 0, outcome
    assert "int16 activations, int8 weights" in outcome.stdout
    return out


def test_a_bundle_has_every_file_but_onnx_and_says_why(wide: Path) -> None:
    assert {path.name for path in wide.iterdir()} == EVERY_FILE
    manifest = load_bundle(wide).manifest
    assert set(manifest.metrics) == {"float", "int16x8"}
    assert "onnxruntime" not in manifest.minimum_versions
    card = (wide / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "int16 activations and int8 weights" in card
    assert "onnxruntime has no int16 convolution" in card


def test_every_engine_is_verified_and_none_scored_twice(wide: Path) -> None:
    outcome = edgegenre("verify", wide, "--json")
    assert outcome.status == 0, outcome
    results = json.loads(outcome.stdout)["engines"]
    names = [result["engine"] for result in results]
    assert len(set(names)) == len(names)
    assert {"numpy", "numpy-stream", "native", "native-stream", "litert", "litert-reference", "litert-stream"} <= set(
        names
    )
    assert {result["arithmetic"] for result in results} == {"int16x8"}
    assert all(result["mismatches"] == 0 and result["family_flips"] == 0 for result in results)
    assert next(result for result in results if result["engine"] == "litert")["tensors"] > 5
    assert "onnxruntime, which has no int16 convolution" in outcome.stderr


@pytest.mark.parametrize("arithmetic", ["float32", "q31"])
def test_engines_give_the_same_decision_whatever_arithmetic_is_asked_for(
    tiny: Path, wide: Path, arithmetic: str
) -> None:
    song = tiny / "music" / "low" / "00.wav"
    answers = []
    for engine in ("reference", "litert", "native"):
        asked = ("--engine", engine, "--arithmetic", arithmetic, "--json", "--logits")
        answer = json.loads(edgegenre("classify", song, "--bundle", wide, *asked).stdout)
        assert answer.pop("engine") == engine
        answers.append(answer)
    assert answers[0] == answers[1] == answers[2]


def test_the_score_is_the_manifest_s_and_names_the_arithmetic(tiny: Path, wide: Path) -> None:
    scored = json.loads(edgegenre("eval", wide, "--json", folder=tiny).stdout)
    assert scored["arithmetic"] == "int16x8"
    assert scored["accuracy"] == load_bundle(wide).manifest.metrics["int16x8"]["accuracy"]


def test_listening_brings_decisions(tiny: Path, wide: Path) -> None:
    song = tiny / "music" / "high" / "01.wav"
    for engine in ("reference", "litert", "native"):
        assert edgegenre("listen", "--fast", song, "--bundle", wide, "--engine", engine).status == 0


def test_bench_measures_it_by_its_name(wide: Path, tmp_path: Path) -> None:
    program("cc", "gcc")
    assert edgegenre("bench", wide, "--json", tmp_path / "r.json", "--rounds", "2", folder=tmp_path).status == 0
    records = json.loads((tmp_path / "r.json").read_text())
    measured = {(item["engine"], item["arithmetic"]) for item in records if item["latency"] and item["bundle"]}
    assert {("litert", "int16x8"), ("reference", "int16x8"), ("native", "int16x8")} <= measured
    (skipped,) = [item for item in records if item["engine"] == "onnxruntime" and item["workload"] == "update"]
    assert "no convolution for int16 activations" in skipped["note"]
    assert edgegenre("report", tmp_path / "r.json", "--out", tmp_path / "r.html").status == 0
    assert "int16x8" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_the_firmware_is_built_and_run(tiny: Path, wide: Path) -> None:
    program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    program("qemu-system-arm", "qemu-system-arm")
    song = tiny / "music" / "low" / "00.wav"
    (result,) = json.loads(edgegenre("firmware", "run", wide, song, "--json").stdout)
    assert (result["exactness"]["mismatches"], result["feature_mismatches"], result["arithmetic"]) == (0, 0, "int16x8")
    assert max(map(abs, result["logits"])) > 127  # not int8
    (narrow,) = json.loads(
        edgegenre("firmware", "run", tiny / "bundle", song, "--board", "mps2-an386", "--json").stdout
    )
    assert result["ram_bytes"] > narrow["ram_bytes"]
    assert result["genre"] == narrow["genre"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--to", "onnx"], "onnxruntime has no int16 convolution"),
        (["--to", "c,onnx"], "onnxruntime has no int16 convolution"),
        (["--qat"], "--qat trains for int8, and --recipe int16x8 has 16-bit activations."),
    ],
)
def test_what_int16_activations_cannot_have_is_refused_in_a_sentence(
    tiny: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    assert message in refusal("export", tiny / "runs" / "run-1", *EXPORT, *options, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_onnxruntime_is_refused_with_what_works(tiny: Path, wide: Path) -> None:
    song = tiny / "music" / "low" / "00.wav"
    message = refusal("classify", song, "--bundle", wide, "--engine", "onnxruntime")
    assert "Use the engine 'litert', 'native' or 'reference'" in message


def test_samples_are_int16(wide: Path) -> None:
    with np.load(wide / "samples.npz") as samples:
        assert set(samples) == {"input_features", "logits_int16x8"}
        assert samples["logits_int16x8"].dtype == np.int16


def test_a_recurrent_model_has_int16_rows_and_int8_behind_its_head(tmp_path: Path) -> None:
    run = tiny_run(tmp_path, tiny_recurrent_network())
    bundle = load_bundle(export_bundle(run, recipe_name="int16x8", out_folder=tmp_path / "bundle"))
    assert set(bundle.manifest.metrics) == {"float", "float32", "q31"}
    integers = bundle.integers
    assert integers is not None
    assert [operation.output.bits for operation in integers.operations] == [16, 16, 8, 8]
    outcome = edgegenre("verify", bundle.folder, "--json")
    assert outcome.status == 0, outcome
    engines = {result["engine"] for result in json.loads(outcome.stdout)["engines"]}
    assert {
        "native",
        "native-stream",
        "litert",
        "litert-reference",
        "litert-stream",
        "litert-reference-stream",
    } <= engines
