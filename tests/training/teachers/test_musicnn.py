"""musicnn as it is rebuilt here answers like the graph that its package ships, on the spectra that librosa computes."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import librosa
import numpy as np
import pytest
import torch

from edgegenre.backbones.musicnn import WEIGHTS, check_installed, checkpoint_prefix
from edgegenre.backbones.musicnn_network import Musicnn
from edgegenre.backbones.tensorflow_checkpoint import read_checkpoint
from edgegenre.errors import BackboneError, MissingDependencyError
from edgegenre.frontend.cache import FeatureCache
from edgegenre.progress import SILENT
from edgegenre.runs.run_folder import load_run
from edgegenre.training.teachers.musicnn import MusicnnEmbedding, log_mel, patches
from edgegenre.training.teachers.musicnn_teacher import MusicnnTeacher
from tests.support import unavailable
from tests.training.tiny import TINY, tiny_dataset

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def prefix() -> str:
    try:
        check_installed()
    except MissingDependencyError as error:
        unavailable(str(error))
    return checkpoint_prefix()


def music(seconds: float) -> np.ndarray:
    """int16 at 16 kHz: chords that swell, over noise."""
    time = np.arange(int(seconds * 16_000)) / 16_000
    chord = sum(np.sin(2 * np.pi * 110 * partial * time) for partial in (1, 1.5, 2, 5, 9))
    noise = np.random.default_rng(0).normal(size=len(time))
    return np.rint(3000 * chord * np.abs(np.sin(3 * time)) + 200 * noise).astype(np.int16)


def test_spectra_are_those_of_librosa_s_defaults():
    pcm = music(4)
    mel = librosa.feature.melspectrogram(y=pcm / 32768, sr=16_000, n_fft=512, hop_length=256, n_mels=96)
    np.testing.assert_allclose(log_mel(pcm), np.log10(1 + 10_000 * mel).T, atol=2e-5)


def test_patches_are_three_seconds_without_the_tail_and_a_short_track_is_repeated():
    spectrum = np.arange(400)[:, None] * np.ones(96)
    assert patches(spectrum)[:, :, 0].tolist() == [list(range(187)), list(range(187, 374))]
    assert patches(spectrum[:100])[0, :, 0].tolist() == [*range(100), *range(87)]


@pytest.mark.slow
def test_the_network_answers_like_the_package_s_own_graph(prefix: str, tmp_path: Path):
    spectra = patches(log_mel(music(9.5)))
    np.save(tmp_path / "patches.npy", spectra)
    oracle = Path(__file__).with_name("musicnn_oracle.py")
    subprocess.run([sys.executable, oracle, tmp_path / "patches.npy", tmp_path / "heard.npz"], check=True, timeout=200)
    expected = np.load(tmp_path / "heard.npz")
    heard = Musicnn(read_checkpoint(prefix, WEIGHTS))(torch.from_numpy(spectra))
    pooled = np.concatenate([expected["largest"].reshape(3, -1), expected["mean"].reshape(3, -1)], axis=1)
    for found, wanted in (
        (heard.pooled, pooled),
        (heard.penultimate, expected["penultimate"]),
        (heard.tags, expected["tags"]),
    ):
        assert np.abs(wanted).max() > 1
        np.testing.assert_allclose(found.numpy(), wanted, atol=1e-4 * np.abs(wanted).max())
    np.testing.assert_array_equal(MusicnnEmbedding().float32(music(9.5)), heard.penultimate.numpy())


@pytest.mark.slow
def test_a_network_is_trained_with_musicnn_as_its_teacher(prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Hiss, hum and chirps: what musicnn hears in them tells them apart."""
    monkeypatch.setenv("EDGEGENRE_CACHE", str(tmp_path / "cache"))
    tiny_dataset(tmp_path / "music", tracks=6)
    (tmp_path / "recipe.json").write_text(json.dumps(TINY.to_dict()))
    command = ("train", "ds-crnn1", "--data", "music", "--recipe", "recipe.json", "--device", "cpu")
    done = subprocess.run(
        [sys.executable, "-m", "edgegenre.cli.main", *command, "--teacher", "musicnn"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    assert "absl" not in done.stderr, "TensorFlow talks of itself"
    run = load_run(next((tmp_path / "runs").iterdir()))
    assert run.metrics["teacher"] == "musicnn"
    found = MusicnnTeacher().logits(run.split, (), run.labels, cache=FeatureCache(), progress=SILENT)
    assert [run.labels[number] for number in found.argmax(axis=1)] == [track.label for track in run.split.train]


@pytest.mark.slow
def test_a_checkpoint_that_is_damaged_or_another_one_is_named(prefix: str, tmp_path: Path):
    folder = shutil.copytree(Path(prefix), tmp_path / "checkpoint")
    with pytest.raises(BackboneError, match=r"checkpoint: the array 'conv2d_9/kernel' is absent, expected \(1,\)"):
        read_checkpoint(f"{folder}/", {"conv2d_9/kernel": (1,)})
    with pytest.raises(BackboneError, match=r"the array 'dense/bias' has the shape \(200,\), expected \(3,\)"):
        read_checkpoint(f"{folder}/", {"dense/bias": (3,)})
    data = folder / ".data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:1000])
    with pytest.raises(BackboneError, match="checkpoint: not a checkpoint that TensorFlow reads"):
        read_checkpoint(f"{folder}/", WEIGHTS)


@pytest.mark.parametrize(
    ("absent", "remedy"),
    [("musicnn", "pip install --no-deps musicnn==0.1.0"), ("tensorflow", "pip install 'edgegenre[teacher]'")],
)
def test_what_is_not_installed_is_named_with_its_command_before_anything_is_read(
    prefix: str, absent: str, remedy: str, tmp_path: Path
):
    """In a process where Python finds no such package."""
    assert importlib.util.find_spec(absent) is not None
    program = (
        f"import sys; sys.modules[{absent!r}] = None; from edgegenre.cli.main import run; "
        "sys.exit(run(['train', 'ds-crnn1', '--teacher', 'musicnn', '--data', 'nowhere']))"
    )
    (tmp_path / "nowhere" / "class").mkdir(parents=True)
    (tmp_path / "nowhere" / "class" / "broken.wav").write_bytes(b"no sound")
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 2
    (said,) = [line for line in ended.stderr.splitlines() if line.startswith("edgegenre: ")]
    assert f"'{absent}', which is not installed" in said
    assert said.endswith(remedy)
