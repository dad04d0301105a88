"""Tuning keeps what was asked for, and leaves a bundle that says the same everywhere."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edgegenre.audio.decode import load_pcm
from edgegenre.bundle import FLOAT_ONNX, ONNX, STREAM_ONNX, STREAM_TFLITE, TFLITE, load_bundle, write_manifest
from edgegenre.decisions.settings import Decisions, Gate
from edgegenre.deploy.assemble import export_bundle
from edgegenre.deploy.tune import Tuning, tune
from edgegenre.deploy.tuning_material import tuning_material
from edgegenre.errors import DatasetError
from edgegenre.evaluation.verify.firmware import firmware_problems
from edgegenre.network.float_network import FloatNetwork
from edgegenre.runs.float_file import save_float_network
from edgegenre.runs.run_folder import FLOAT_NETWORK
from edgegenre.runtime.classifier import Classifier
from edgegenre.runtime.engine_files import as_written
from tests.bundles import at_temperature, finish, tiny_run, write_sounds
from tests.commands import edgegenre, refusal


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`music/` and a run of it, `bundle/`, `float/`; `fresh/music/`, other music; `other/`, hums of 3 s with silence
    behind them."""
    folder = tmp_path_factory.mktemp("tune")
    run = tiny_run(folder)
    finish(run)
    export_bundle(run, out_folder=folder / "bundle")
    export_bundle(run, quantized=False, out_folder=folder / "float")
    for path in write_sounds(folder / "fresh", tracks=5).rglob("*.wav"):
        pcm, rate = soundfile.read(path)
        soundfile.write(path, pcm * 0.9, rate)
    (folder / "other").mkdir()
    generator = np.random.default_rng(4)
    for number in range(12):
        time = np.arange(80_000) / 16_000
        hum = np.sin(2 * np.pi * 90 * (number + 1) * time) * (time % 1 < 0.1 * (number % 10 + 1))
        sound = (0.2 * hum + generator.normal(0, 0.02, 80_000)) * (time < 3)
        soundfile.write(folder / "other" / f"{number:02}.wav", sound, 16_000)
    return folder


def tuned(tiny: Path, bundle: Path, most: float, *, non_music: bool = True) -> Tuning:
    opened = load_bundle(bundle)
    material = tuning_material(opened, tiny / "fresh", tiny / "other" if non_music else None, tiny / "runs")
    return tune(opened, material, max_false_per_hour=most, engine="reference" if opened.manifest.quantized else None)


def false_events(bundle: Path, files: list[Path]) -> int:
    """Genres that the classifier names while it listens to `files` one after another."""
    classifier = Classifier(bundle, "reference", mode="continuous")
    decisions = [item for path in files for item in classifier.push(load_pcm(path, 16_000))]
    return sum(item.event is not None and item.event.kind == "genre" for item in decisions)


def test_what_the_classifier_then_says_keeps_the_bound(tiny: Path, tmp_path: Path) -> None:
    """Counted by listening again; a minute of hums, on which the bundle named genres before."""
    bundle = shutil.copytree(tiny / "bundle", tmp_path / "bundle")
    files = sorted((tiny / "other").glob("*.wav"))
    assert false_events(bundle, files) > 6
    for most in (6, 3, 0):
        tuning = tuned(tiny, bundle, most * 60.0)
        assert tuning.other_seconds == 60
        events = false_events(bundle, files)
        assert events <= most
        assert tuning.after.false_per_hour == pytest.approx(60 * events)
        assert tuning.too_short == (most == 0)


def test_a_looser_bound_answers_no_less_of_the_music(tiny: Path, tmp_path: Path) -> None:
    bundle = shutil.copytree(tiny / "bundle", tmp_path / "bundle")
    loose, strict = (tuned(tiny, bundle, most).after for most in (1000.0, 0.0))
    assert loose.right >= strict.right
    for cost in (loose, strict):
        assert cost.right + cost.wrong + cost.rejected == pytest.approx(1)


def test_every_file_of_the_bundle_says_the_new_decisions(tiny: Path, tmp_path: Path) -> None:
    bundle = shutil.copytree(tiny / "bundle", tmp_path / "bundle")
    old = load_bundle(bundle)
    tuning = tuned(tiny, bundle, 60.0)
    new = load_bundle(bundle)
    assert new.manifest == dataclasses.replace(old.manifest, decisions=tuning.decisions)
    assert old.manifest.decisions is None
    assert set(new.files) == set(old.files)
    for name in (ONNX, TFLITE, STREAM_ONNX, STREAM_TFLITE):
        assert as_written(new, name)
        assert new.files[name] != old.files[name]
    assert firmware_problems(new) == []
    same = {"integers.npz", "samples.npz"}
    assert {name: new.files[name] for name in same} == {name: old.files[name] for name in same}


def test_a_float_bundle_is_tuned_by_its_windows(tiny: Path, tmp_path: Path) -> None:
    """onnxruntime keeps no state, so windows are judged one by one; the network in the file stays as it is."""
    bundle = shutil.copytree(tiny / "float", tmp_path / "bundle")
    song = tiny / "music" / "low" / "00.wav"
    before = Classifier(bundle).classify_file(song)
    tuning = tuned(tiny, bundle, 0.0)
    assert tuning.mode == "clip"
    assert Classifier(bundle).classify_file(song).logits == before.logits
    files = sorted((tiny / "other").glob("*.wav"))
    events = [Classifier(bundle).classify_file(path).event for path in files]
    assert not any(event is not None and event.kind == "genre" for event in events)
    inside = load_bundle(bundle).path(FLOAT_ONNX).read_bytes()
    assert json.dumps(tuning.decisions.to_dict(), separators=(",", ":")).encode() in inside


def test_the_gate_lies_below_the_music_and_above_what_is_quieter(tiny: Path, tmp_path: Path) -> None:
    """Music of -40 dBFS and louder: the gate opens some dB below it."""
    bundle = shutil.copytree(tiny / "bundle", tmp_path / "bundle")
    quiet = shutil.copytree(tiny / "fresh", tmp_path / "quiet")
    for path in quiet.rglob("*.wav"):
        pcm, rate = soundfile.read(path)
        soundfile.write(path, pcm / np.sqrt(np.mean(pcm**2)) * 10 ** (-60 / 20), rate)
    opened = load_bundle(bundle)
    tuning = tune(opened, tuning_material(opened, quiet, None), max_false_per_hour=1e6, engine="reference")
    assert -69 < tuning.decisions.gate.opens < -64
    assert tuning.decisions.gate == Gate(opens=tuning.decisions.gate.opens, closes=tuning.decisions.gate.opens - 4)


def test_without_other_sound_false_genres_are_those_of_the_music(tiny: Path, tmp_path: Path) -> None:
    bundle = shutil.copytree(tiny / "bundle", tmp_path / "bundle")
    tuning = tuned(tiny, bundle, 0.0, non_music=False)
    assert tuning.other_seconds == 0
    assert tuning.before.false_per_hour > 0
    assert tuning.after.false_per_hour == 0
    assert tuning.after.wrong < tuning.before.wrong


def test_training_and_test_tracks_are_left_out(tiny: Path) -> None:
    bundle = load_bundle(tiny / "bundle")
    material = tuning_material(bundle, tiny / "music", None, tiny / "runs")
    assert len(material.music) == 3, "the validation tracks: one of ten of each genre"
    assert material.remarks == ("left out: 27 of 30 tracks, training or test tracks of the model.",)
    assert len(tuning_material(bundle, tiny / "music", None, tiny / "elsewhere").music) == 30


def test_nothing_but_training_tracks_is_refused(tiny: Path, tmp_path: Path) -> None:
    bundle = load_bundle(tiny / "bundle")
    kept = {track.path for track in tuning_material(bundle, tiny / "music", None, tiny / "runs").music}
    for path in (tiny / "music").rglob("*.wav"):
        if path not in kept:
            link = tmp_path / path.parent.name / path.name
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(path)
    with pytest.raises(DatasetError, match="only tracks that the model was trained or tested on"):
        tuning_material(bundle, tmp_path, None, tiny / "runs")


def test_a_folder_without_music_that_holds_training_music_is_refused(tiny: Path, tmp_path: Path) -> None:
    """By another name: the bytes tell. The bundle stays as it is."""
    bundle = shutil.copytree(tiny / "bundle", tmp_path / "bundle")
    before = load_bundle(bundle).files
    other = shutil.copytree(tiny / "other", tmp_path / "other")
    shutil.copy(tiny / "music" / "low" / "03.wav", other / "rain.wav")
    asked = ["tune", bundle, "--data", tiny / "fresh", "--non-music", other, "--max-false-per-hour", "1"]
    said = refusal(*asked, folder=tiny)
    assert said == (f"{other}/rain.wav: is the music {tiny}/music/low/03.wav. Name a folder without the model's music.")
    assert load_bundle(bundle).files == before


def test_a_bound_that_nothing_keeps_is_refused(tiny: Path, tmp_path: Path) -> None:
    """Of logits so far apart every probability is 1 or 0, and no threshold divides them."""
    run = tiny_run(tmp_path)
    network = run.float_network()
    sure = {name: 400 * array for name, array in network.arrays["logits"].items()}
    save_float_network(
        run.path / FLOAT_NETWORK, FloatNetwork(network=network.network, arrays={**network.arrays, "logits": sure})
    )
    bundle = export_bundle(run, to=["c"], out_folder=tmp_path / "bundle")
    write_manifest(bundle, at_temperature(load_bundle(bundle).manifest, 0.25))
    with pytest.raises(DatasetError, match="no thresholds keep false genres to 0 an hour"):
        tuned(tiny, bundle, 0.0)
    assert load_bundle(bundle).manifest.decisions is None


def test_the_command_says_what_it_chose_and_what_it_costs(tiny: Path, tmp_path: Path) -> None:
    bundle = shutil.copytree(tiny / "bundle", tmp_path / "bundle")
    asked = ["tune", bundle, "--data", tiny / "fresh", "--non-music", tiny / "other", "--engine", "reference"]
    outcome = edgegenre(*asked, "--max-false-per-hour", "60", folder=tmp_path)
    assert outcome.status == 0
    for words in ("silence below", "unknown below", "confirmation: ", "before: ", "now:    ", "1 min without music"):
        assert words in outcome.stdout
    told = json.loads(edgegenre(*asked, "--max-false-per-hour", "0", "--json", folder=tmp_path).stdout)
    assert Decisions.from_dict(told["decisions"]) == load_bundle(bundle).manifest.decisions
    assert "unknown is what stays below" in (bundle / "MODEL_CARD.md").read_text().lower()
    assert "'--max-false-per-hour'" in edgegenre("tune", bundle, "--data", tiny / "fresh").stderr
