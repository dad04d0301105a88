"""export, eval, features and data through the command line, with the figures they print."""

import dataclasses
import json
import shutil
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile

from edgegenre.bundle import MODEL_CARD, load_bundle
from edgegenre.report.trust_table import trust_table
from tests.commands import edgegenre, refusal


def test_a_run_is_exported_and_its_bundle_scored(tiny: Path, tmp_path: Path) -> None:
    outcome = edgegenre("export", tiny / "runs" / "run-1", "--int8", "--out", tmp_path / "one")
    assert outcome.status == 0
    assert str(tmp_path / "one") in outcome.stdout
    scored = json.loads(edgegenre("eval", tmp_path / "one", "--json", folder=tiny).stdout)
    assert scored["split"] == "test of run-1, by track, 8/1/1, seed 0"
    assert scored["clips"] == 3
    assert scored["accuracy"] == load_bundle(tmp_path / "one").manifest.metrics["float32"]["accuracy"]


def test_the_latest_run_and_the_default_place_need_no_names(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "runs").symlink_to(tiny / "runs")
    assert edgegenre("export", "--float", folder=tmp_path).status == 0
    assert not load_bundle(tmp_path / "bundles" / "run-1").manifest.quantized
    assert edgegenre("export", "run-1", folder=tmp_path).status == 0
    assert edgegenre("verify", folder=tmp_path).status == 0


def test_a_data_set_that_has_moved_is_named_with_its_new_place(tiny: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny, tmp_path / "home")
    config = tmp_path / "home" / "runs" / "run-1" / "config.json"
    config.write_text(config.read_text().replace(str(tiny / "music"), str(tmp_path / "gone")))
    (tmp_path / "home" / "music").rename(tmp_path / "new place")
    home = tmp_path / "home"
    for command in (["export"], ["eval"], ["quantize", "compare"], ["quantize", "inspect"]):
        assert "name the data set's new place (--data-at)" in refusal(*command, folder=home)
        outcome = edgegenre(*command, "--data-at", tmp_path / "new place", folder=home)
        assert outcome.status == 0, outcome.stderr
    assert "no such folder" in refusal("export", "--data-at", tmp_path / "nowhere", folder=home)
    assert "Give one" in refusal("eval", "--data", ".", "--data-at", ".", folder=home)


@pytest.mark.parametrize("engine", ["reference", "torch"])
def test_a_run_is_scored_by_its_float_engines(tiny: Path, engine: str) -> None:
    outcome = edgegenre("eval", tiny / "runs" / "run-1", "--engine", engine, "--json")
    scored = json.loads(outcome.stdout)
    assert (scored["engine"], scored["arithmetic"], scored["clips"]) == (engine, "float", 3)


def test_a_folder_is_scored_file_by_file_in_both_arithmetics(tiny: Path) -> None:
    for arithmetic in ("float32", "q31"):
        chosen = ["--data", tiny / "music", "--arithmetic", arithmetic, "--json"]
        scored = json.loads(edgegenre("eval", tiny / "bundle", *chosen).stdout)
        assert (scored["clips"], scored["split"], scored["arithmetic"]) == (30, "all", arithmetic)
    text = edgegenre("eval", tiny / "bundle", "--data", tiny / "music").stdout
    assert "30 tracks" in text
    assert "Confusion" in text


def test_a_folder_is_scored_as_one_long_stream(tiny: Path) -> None:
    chosen = ["--data", tiny / "music", "--stream", "0.5"]
    scored = json.loads(edgegenre("eval", tiny / "bundle", *chosen, "--json").stdout)
    assert (scored["seconds"], scored["data"], scored["split"]) == (30, "music", "all")
    text = edgegenre("eval", tiny / "bundle", *chosen).stdout
    assert f"one stream of 0.5 minutes, {scored['changes']} changes of genre" in text
    assert f"accuracy {scored['accuracy']:.3f} (95 % interval" in text
    assert "minutes: more than 0" in refusal("eval", tiny / "bundle", *chosen[:3], "nan")
    assert "continuous mode needs" in refusal("eval", tiny / "bundle", *chosen, "--engine", "litert")


def test_clips_streams_and_microphones_are_drawn_printed_and_written(tiny: Path, tmp_path: Path) -> None:
    data = ["--data", tiny / "music"]
    few = tmp_path / "few"
    for label in ("high", "low", "noise"):
        (few / label).mkdir(parents=True)
        shutil.copy(tiny / "music" / label / "00.wav", few / label)
    for number, (options, words) in enumerate(
        (
            (data, "expected calibration error"),
            (["--data", few, "--microphone", "--noise", few], "noise: recorded noise, 10 dB SNR"),
            ([*data, "--stream", "0.5", "--non-music", few, "--seed", "3"], "False genres: in 0.1 minutes"),
        )
    ):
        picture, out = tmp_path / f"{number}.png", tmp_path / f"{number}.json"
        outcome = edgegenre("eval", tiny / "bundle", *options, "--picture", picture, "--out", out)
        assert words in outcome.stdout, outcome.stderr
        assert picture.read_bytes().startswith(b"\x89PNG")
        printed = json.loads(edgegenre("eval", tiny / "bundle", *options, "--json").stdout)
        assert json.loads(out.read_text()) == printed


def test_what_microphones_make_of_a_bundle_is_kept_in_it(tiny: Path, tmp_path: Path) -> None:
    """In the manifest, the model card and the report's row of trust; the model stays as it is."""
    bundle = shutil.copytree(tiny / "bundle", tmp_path / "bundle")
    before = load_bundle(bundle)
    test = ["eval", bundle, "--data", tiny / "music", "--microphone", "--keep", "--json"]
    found = json.loads(edgegenre(*test).stdout)
    after = load_bundle(bundle)
    assert after.manifest.microphone is not None
    assert json.loads(json.dumps(after.manifest.microphone.to_dict())).items() <= found.items()
    assert dataclasses.replace(after.manifest, microphone=None) == before.manifest
    assert "What a microphone makes of it" in (bundle / MODEL_CARD).read_text()
    assert edgegenre("verify", bundle).status == 0
    table = trust_table([], [after])
    assert table is not None
    clean = 100 * found["hearings"][0]["accuracy"]
    assert f"{clean:.1f} %" in table.rows[0]
    assert "is a run" in refusal("eval", tiny / "runs" / "run-1", *test[2:])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--microphone", "--stream", "1"], "Give one"),
        (["--non-music", "x"], "Add --stream"),
        (["--noise", "x"], "Add --microphone"),
        (["--keep"], "Add --microphone"),
        (["--picture", "x.bmp"], "drawn as .png or .svg"),
    ],
)
def test_options_of_another_mode_are_refused(tiny: Path, options: list[str], message: str) -> None:
    assert message in refusal("eval", tiny / "bundle", *options)


def test_features_are_librosa_s_mfcc(tmp_path: Path) -> None:
    pcm = (8000 * np.random.default_rng(2).normal(0, 1, 40_000)).clip(-32768, 32767).astype(np.int16)
    soundfile.write(tmp_path / "a.wav", pcm, 16_000)
    assert edgegenre("features", tmp_path / "a.wav", "--out", tmp_path / "a.npy").status == 0
    found = np.load(tmp_path / "a.npy")
    power = librosa.feature.melspectrogram(
        y=pcm / 32768.0, sr=16_000, n_fft=1600, hop_length=800, center=False, n_mels=40
    )
    expected = librosa.feature.mfcc(S=librosa.power_to_db(power, top_db=None), n_mfcc=12).T
    assert found.dtype == np.float32
    assert found.shape == (1 + (40_000 - 1600) // 800, 12)
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_a_data_set_is_checked_and_its_broken_file_named(tiny: Path, tmp_path: Path) -> None:
    assert edgegenre("data", "check", tiny / "music").status == 0
    for label, count in (("jazz", 3), ("rock", 4)):
        (tmp_path / label).mkdir()
        for number in range(count):
            sound = np.random.default_rng(number + 10 * count).normal(0, 0.1, 16_000)
            soundfile.write(tmp_path / label / f"{number}.wav", sound, 16_000)
    (tmp_path / "rock" / "9.wav").write_bytes(b"RIFF")
    outcome = edgegenre("data", "check", tmp_path, "--json")
    report = json.loads(outcome.stdout)
    assert outcome.status == 1
    assert report["tracks_per_class"] == {"jazz": 3, "rock": 4}
    assert len(report["broken"]) == 1
    assert "9.wav" in report["broken"][0]
    assert edgegenre("data", "check", tmp_path, "--skip-broken").status == 0


def test_the_synthetic_set_is_rendered_and_called_synthetic(tmp_path: Path) -> None:
    outcome = edgegenre("data", "synth", tmp_path / "set", "--tracks", "1")
    assert outcome.status == 0
    assert "13 tracks of 13 classes (synthetic)" in outcome.stdout
    assert "no baseline" in outcome.stderr  # one track a class cannot be split
    assert len(list((tmp_path / "set").rglob("*.wav"))) == 13


def test_bench_and_report_measure_and_show_the_bundle(tiny: Path, tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    assert edgegenre("bench", tiny / "bundle", "--json", results, "--rounds", "2", folder=tmp_path).status == 0
    records = json.loads(results.read_text())
    assert {"litert", "onnxruntime", "reference"} <= {record["engine"] for record in records}
    assert edgegenre("report", results, "--out", tmp_path / "report.html").status == 0
    assert "<html" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize(
    ("names", "files", "versions"),
    [
        (["--to", "c"], {"firmware"}, set()),
        (["--to", "tflite,c"], {"firmware", "model.tflite", "stream.tflite"}, {"ai-edge-litert", "tflite-runtime"}),
        (["--to", "onnx", "--to", "onnx"], {"model.onnx", "stream.onnx"}, {"onnxruntime"}),
    ],
)
def test_a_bundle_of_some_formats_is_verified_and_classifies(
    tiny: Path, tmp_path: Path, names: list[str], files: set[str], versions: set[str]
) -> None:
    out = tmp_path / "some"
    assert edgegenre("export", tiny / "runs" / "run-1", *names, "--out", out).status == 0
    assert {path.name for path in out.iterdir()} == files | {
        "integers.npz",
        "samples.npz",
        "MODEL_CARD.md",
        "manifest.json",
    }
    assert load_bundle(out).manifest.minimum_versions.keys() == versions
    card = (out / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert ("model.tflite" in card) == ("model.tflite" in files)
    song = tiny / "music" / "low" / "00.wav"
    assert edgegenre("classify", song, "--bundle", out, "--json").status == 0
    verified = edgegenre("verify", out)
    assert verified.status == 0
    for absent in {"model.onnx", "model.tflite", "stream.onnx", "stream.tflite"} - files:
        assert f"as the bundle has no {absent}; it would with: edgegenre export --int8" in verified.stderr


@pytest.mark.parametrize(("engine", "file"), [("litert", "model.tflite"), ("onnxruntime", "model.onnx")])
def test_an_engine_whose_file_is_absent_says_what_writes_it(tiny: Path, tmp_path: Path, engine: str, file: str) -> None:
    assert edgegenre("export", tiny / "runs" / "run-1", "--to", "c", "--out", tmp_path / "some").status == 0
    song = tiny / "music" / "low" / "00.wav"
    message = refusal("classify", song, "--bundle", tmp_path / "some", "--engine", engine)
    assert f"has no {file}. `edgegenre export --int8` without --to writes every file that the network has." in message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--to", "tflit"], "format 'tflit' is not known. Did you mean 'tflite'? Known: onnx, tflite, c."),
        (["--to", "onnx,"], "format '' is not known."),
        (["--float", "--to", "c"], "--to c needs integers: a float bundle is ONNX alone."),
    ],
)
def test_a_format_that_cannot_be_had_is_refused_before_anything_is_written(
    tiny: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    assert message in refusal("export", tiny / "runs" / "run-1", *options, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()
