"""Whatever a person gets wrong: one clear sentence, exit status 2, nothing half-written."""

import errno
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edgegenre.bundle import INTEGERS, MANIFEST, load_bundle, write_manifest
from tests.commands import edgegenre, refusal

RATE = 16_000


def nothing(path: Path) -> None:
    """No file at all."""


def empty(path: Path) -> None:
    path.write_bytes(b"")


def header_alone(path: Path) -> None:
    soundfile.write(path, np.zeros(0, np.int16), RATE)


def one_sample(path: Path) -> None:
    soundfile.write(path, np.zeros(1, np.int16), RATE)


def text(path: Path) -> None:
    path.write_text("This is not a sound file.")


def not_numbers(path: Path) -> None:
    samples = np.zeros(RATE, np.float32)
    samples[5000] = np.nan
    soundfile.write(path, samples, RATE, subtype="FLOAT")


def truncated(path: Path) -> None:
    soundfile.write(path.with_suffix(".flac"), np.random.default_rng(0).normal(0, 0.1, RATE), RATE)
    data = path.with_suffix(".flac").read_bytes()
    path.write_bytes(data[: len(data) // 3])


def folder(path: Path) -> None:
    path.mkdir()


BROKEN: list[Callable[[Path], None]] = [nothing, empty, header_alone, one_sample, text, not_numbers, truncated, folder]


@pytest.mark.parametrize("make", BROKEN)
@pytest.mark.parametrize("command", ["classify", "listen", "features"])
def test_a_file_that_is_no_use_is_named(tiny: Path, tmp_path: Path, command: str, make: Callable[[Path], None]) -> None:
    path = tmp_path / "song.wav"
    make(path)
    before = sorted(tmp_path.iterdir())
    options = {
        "classify": ["--bundle", tiny / "bundle"],
        "listen": ["--fast", "--bundle", tiny / "bundle"],
        "features": ["--out", tmp_path / "out.npy"],
    }
    message = refusal(command, path, *options[command])
    assert str(path) in message or (command == "listen" and "too short" in message)
    assert sorted(tmp_path.iterdir()) == before


def copied(tiny: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny / "bundle", tmp_path / "bundle"))


def truncate(bundle: Path) -> None:
    data = (bundle / INTEGERS).read_bytes()
    (bundle / INTEGERS).write_bytes(data[: len(data) // 2])


def tamper(bundle: Path) -> None:
    data = bytearray((bundle / "model.tflite").read_bytes())
    data[len(data) // 2] ^= 1
    (bundle / "model.tflite").write_bytes(data)


def lose_a_file(bundle: Path) -> None:
    (bundle / INTEGERS).unlink()


def lose_the_manifest(bundle: Path) -> None:
    (bundle / MANIFEST).unlink()


def cut_the_manifest(bundle: Path) -> None:
    (bundle / MANIFEST).write_text((bundle / MANIFEST).read_text()[:200])


def nest_the_manifest(bundle: Path) -> None:
    (bundle / MANIFEST).write_text("[" * 100_000)


def take_integers_of_longer_windows(bundle: Path) -> None:
    """With consistent hashes."""
    manifest = load_bundle(bundle).manifest
    with np.load(bundle / INTEGERS) as archive:
        arrays = dict(archive)
    structure = json.loads(arrays["structure"].tobytes())
    structure["inputs"][0]["shape"][0] = 60_001
    np.savez(bundle / INTEGERS, **arrays | {"structure": np.frombuffer(json.dumps(structure).encode(), np.uint8)})
    write_manifest(bundle, manifest)


def remove(bundle: Path) -> None:
    shutil.rmtree(bundle)


DAMAGES = [
    truncate,
    tamper,
    lose_a_file,
    lose_the_manifest,
    cut_the_manifest,
    nest_the_manifest,
    remove,
]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("command", ["classify", "listen", "verify", "eval", "bench"])
def test_a_damaged_bundle_is_refused_by_every_command(
    tiny: Path, tmp_path: Path, command: str, damage: Callable[[Path], None]
) -> None:
    bundle = copied(tiny, tmp_path)
    damage(bundle)
    song = tiny / "music" / "low" / "00.wav"
    arguments = {
        "classify": ["classify", song, "--bundle", bundle],
        "listen": ["listen", song, "--fast", "--bundle", bundle],
        "verify": ["verify", bundle],
        "eval": ["eval", bundle, "--data", tiny / "music"],
        "bench": ["bench", bundle, "--json", tmp_path / "results.json"],
    }
    assert str(bundle) in refusal(*arguments[command])
    assert not (tmp_path / "results.json").exists()


@pytest.mark.parametrize("command", [["classify", "--engine", "native"], ["listen", "--fast"], ["verify"]])
def test_integers_of_longer_windows_are_refused_before_anything_reads_past_the_features(
    tiny: Path, tmp_path: Path, command: list[str]
) -> None:
    bundle = copied(tiny, tmp_path)
    take_integers_of_longer_windows(bundle)
    where = [bundle] if command == ["verify"] else [tiny / "music" / "low" / "00.wav", "--bundle", bundle]
    assert "its input is (15000, 3, 12)" in refusal(*command, *where)


def test_integers_that_were_changed_together_with_their_hash_are_not_verified(tiny: Path, tmp_path: Path) -> None:
    """Hashes find accidents, not forgers; that the engines disagree is found by verify, with exit status 1."""
    bundle = copied(tiny, tmp_path)
    manifest = load_bundle(bundle).manifest
    with np.load(bundle / INTEGERS) as archive:
        arrays = dict(archive)
    arrays["conv1/bias"] = arrays["conv1/bias"] + np.int32(900)
    np.savez(bundle / INTEGERS, **arrays)
    write_manifest(bundle, manifest)
    outcome = edgegenre("verify", bundle, "--json")
    assert outcome.status == 1
    result = json.loads(outcome.stdout)
    assert result["passed"] is False
    assert any("eg_model.c does not hold these integers" in problem for problem in result["problems"])
    assert any(engine["engine"] == "litert" and engine["mismatches"] > 0 for engine in result["engines"])


def test_verify_of_a_sound_bundle_exits_with_0(tiny: Path) -> None:
    outcome = edgegenre("verify", tiny / "bundle", "--json")
    assert outcome.status == 0
    result = json.loads(outcome.stdout)
    assert (result["passed"], result["problems"]) == (True, [])
    assert all(engine["mismatches"] == 0 for engine in result["engines"])


def test_integers_that_nothing_but_numpy_computes_are_not_verified(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = copied(tiny, tmp_path)
    manifest = load_bundle(bundle).manifest
    for path in bundle.iterdir():
        if path.suffix in (".onnx", ".tflite"):
            path.unlink()
    write_manifest(bundle, manifest)
    monkeypatch.setenv("CC", str(tmp_path / "no-compiler"))
    outcome = edgegenre("verify", bundle)
    assert outcome.status == 1
    assert "NOT verified" in outcome.stdout
    assert "nothing was compared" in outcome.stderr
    assert "not run: native; it would with: apt-get install gcc" in outcome.stderr


def test_no_bundle_and_no_run_yet_say_what_makes_one(tmp_path: Path) -> None:
    assert "edgegenre export" in refusal("verify", folder=tmp_path)
    assert "edgegenre train" in refusal("export", folder=tmp_path)
    assert "edgegenre train" in refusal("export", "runs/none", folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "ds-cn1"], "Did you mean 'ds-cnn1'"),
        (["train", "ds-cnn1", "--recipe", "quik"], "Did you mean 'quick'"),
        (["train", "ds-cnn1", "--data", "nowhere"], "nowhere"),
        (["train", "ds-cnn1", "--data", "music", "--dataset", "gtzn"], "Did you mean 'gtzan'"),
        (["train", "ds-cnn1", "--data", "music", "--device", "gpu"], "device"),
        (["train", "ds-cnn1", "--data", "music", "--resume"], "resume"),
        (["train", "ds-cnn1", "--data", "music", "--fold", "2"], "2/5"),
        (["train", "ds-cnn1", "--data", "music", "--fold", "6/5"], "counted from 1 to 5"),
        (["eval", "bundle", "--data", "nowhere"], "nowhere"),
        (["eval", "bundle", "--data", "music", "--engine", "tflite"], "engine 'tflite'"),
        (["eval", "bundle"], "--data"),
        (["eval", "nowhere", "--data", "music"], "nowhere"),
        (["verify", "float"], "--int8"),
        (["classify", "music", "--bundle", "bundle", "--engine", "torch"], "run folder"),
        (["classify", "music", "--bundle", "float", "--engine", "litert"], "onnxruntime"),
        (["listen", "music/low/00.wav", "--bundle", "float", "--mode", "continuous"], "continuous"),
        (["features", "music/low/00.wav", "--out", "x.npy", "--model", "cn1"], "Did you mean"),
        (["data", "check", "nowhere"], "nowhere"),
        (["data", "synth", "music"], "not empty"),
        (["report", "nowhere.json"], "nowhere.json"),
    ],
)
def test_wrong_names_and_places_are_one_sentence(
    tiny: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    for name in ("music", "bundle", "float"):
        (tmp_path / name).symlink_to(tiny / name)
    assert message in refusal(*arguments, folder=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle", "float", "music"]


def test_a_class_with_one_track_cannot_be_split(tiny: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny / "music", tmp_path / "music")
    for number in range(1, 10):
        (tmp_path / "music" / "low" / f"{number:02}.wav").unlink()
    message = refusal("train", "ds-cnn1", "--data", "music", "--device", "cpu", folder=tmp_path)
    assert "'low' has 1 track" in message
    assert not (tmp_path / "runs").exists()


def test_genres_the_model_does_not_know_are_named(tiny: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny / "music", tmp_path / "music")
    (tmp_path / "music" / "noise").rename(tmp_path / "music" / "polka")
    assert "polka" in refusal("eval", tiny / "bundle", "--data", tmp_path / "music")


def test_a_broken_track_stops_training_before_anything_is_written(tiny: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny / "music", tmp_path / "music")
    (tmp_path / "music" / "low" / "05.wav").write_bytes(b"RIFF")
    message = refusal("train", "ds-cnn1", "--data", "music", "--device", "cpu", folder=tmp_path)
    assert "05.wav" in message
    assert not (tmp_path / "runs").exists()


@pytest.fixture
def unwritable(tmp_path: Path) -> Path:
    """A path below a file: nobody, not even root, can write there."""
    (tmp_path / "file").write_text("")
    return tmp_path / "file" / "out"


def test_a_place_that_cannot_be_written_to_is_one_sentence(tiny: Path, unwritable: Path) -> None:
    song = tiny / "music" / "low" / "00.wav"
    for arguments in (
        ["features", song, "--out", unwritable],
        ["data", "synth", unwritable, "--tracks", "1"],
        ["report", "--out", unwritable / "report.html"],
        ["bench", tiny / "bundle", "--rounds", "1", "--json", unwritable],
    ):
        assert str(unwritable.parent) in refusal(*arguments)


@pytest.mark.parametrize(
    ("failure", "status", "message"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (OSError(errno.ENOSPC, "No space left on device"), 2, "No space left on device"),
    ],
)
def test_an_export_that_is_cut_off_leaves_the_older_bundle_as_it_was(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException, status: int, message: str
) -> None:
    """Cut off at the last moment, when every file but the manifest is written."""
    arguments = ["export", tiny / "runs" / "run-1", "--out", tmp_path / "bundles" / "one"]
    assert edgegenre(*arguments).status == 0
    before = {path: path.read_bytes() for path in (tmp_path / "bundles").rglob("*") if path.is_file()}
    assert len(before) > 5

    def cut_off(*_: object) -> None:
        raise failure

    monkeypatch.setattr("edgegenre.deploy.assemble.write_manifest", cut_off)
    outcome = edgegenre(*arguments)
    assert outcome.status == status
    assert message in outcome.stderr
    assert {path: path.read_bytes() for path in (tmp_path / "bundles").rglob("*") if path.is_file()} == before


def test_an_export_replaces_a_bundle_and_nothing_else(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"meow")
    assert "photos" in refusal("export", tiny / "runs" / "run-1", "--out", tmp_path / "photos")
    assert (tmp_path / "photos" / "cat.jpg").read_bytes() == b"meow"
