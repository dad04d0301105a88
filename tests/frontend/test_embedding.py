"""What frozen backbones make of the sound: their spectra are their makers', their rows are those of a front end."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import librosa
import numpy as np
import pytest

from edgegenre.backbones.catalog import BACKBONES
from edgegenre.backbones.kept import keep
from edgegenre.backbones.weights import answering, take_in
from edgegenre.errors import BackboneError, FeatureError
from edgegenre.frontend.extractors import check_deployable, extractor, integer_extractor
from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.kinds.embedding import Embedding, with_weights
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.patches.musicnn import MUSICNN_PATCHES
from edgegenre.frontend.patches.table import PATCHES
from edgegenre.frontend.patches.vgg16 import HEIGHT, SPECTROGRAM, WIDTH, pictures
from edgegenre.frontend.patches.yamnet import YAMNET_PATCHES
from edgegenre.frontend.registry import frontend_from_dict
from edgegenre.frontend.streaming import FeatureStream


def noise(samples: int) -> np.ndarray:
    """int16 that swells and falls."""
    swell = np.abs(np.sin(np.arange(samples) / 9000))
    return np.rint(3000 * swell * np.random.default_rng(0).normal(size=samples)).clip(-32768, 32767).astype(np.int16)


@pytest.fixture(scope="module")
def yamnet_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random ones that keep the spread of the values."""
    dice, path = np.random.default_rng(0), tmp_path_factory.mktemp("yamnet") / "yamnet.npz"
    arrays = {
        name: (dice.normal(0, np.sqrt(2 / np.prod(shape[:2] if len(shape) == 3 else shape[1:])), shape))
        if len(shape) > 1
        else dice.normal(0, 0.1, shape)
        for name, shape in BACKBONES["yamnet"].shapes.items()
    }
    keep(path, {name: array.astype(np.float32) for name, array in arrays.items()})
    return path


@pytest.fixture
def yamnet(yamnet_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Embedding:
    """Rows of YAMNet, its weights in a weights folder of this test."""
    monkeypatch.setenv("EDGEGENRE_WEIGHTS", str(tmp_path / "weights"))
    answering.cache_clear()
    (found,) = with_weights({"features": Embedding(backbone="yamnet", window_frames=3)}, yamnet_weights).values()
    assert isinstance(found, Embedding)
    return found


@pytest.mark.slow
def test_what_yamnet_hears_is_what_tensorflow_s_signal_functions_compute(tmp_path: Path) -> None:
    """As tensorflow/models calls them: stft, magnitude, linear_to_mel_weight_matrix, log, frame."""
    pcm = noise(40_000)
    np.save(tmp_path / "pcm.npy", pcm)
    program = (
        "import sys, numpy as np, tensorflow as tf\n"
        "wave = tf.constant(np.load(sys.argv[1]) / 32768, tf.float32)\n"
        "magnitude = tf.abs(tf.signal.stft(wave, 400, 160, 512))\n"
        "mel = tf.signal.linear_to_mel_weight_matrix(64, 257, 16000, 125, 7500)\n"
        "spectrum = tf.math.log(tf.matmul(magnitude, mel) + 0.001)\n"
        "np.save(sys.argv[2], tf.signal.frame(spectrum, 96, 48, axis=-2).numpy())\n"
    )
    command = [sys.executable, "-c", program, tmp_path / "pcm.npy", tmp_path / "patches.npy"]
    subprocess.run(command, check=True, timeout=200, capture_output=True)
    expected = np.load(tmp_path / "patches.npy")
    found = YAMNET_PATCHES.cut(pcm)
    assert found.shape == (*expected.shape, 1) == (4, 96, 64, 1)
    np.testing.assert_allclose(found[..., 0], expected, atol=2e-4)


def test_what_musicnn_hears_is_librosa_s_spectrum_in_patches_of_two_seconds() -> None:
    pcm = noise(70_000)
    mel = librosa.feature.melspectrogram(y=pcm / 32768, sr=16_000, n_fft=512, hop_length=256, n_mels=96, center=False)
    found = MUSICNN_PATCHES.cut(pcm)
    assert found.shape == (2, 124, 96, 1)
    np.testing.assert_allclose(found.reshape(248, 96), np.log10(1 + 10_000 * mel).T[:248], atol=2e-5)
    assert MUSICNN_PATCHES.length == 2 * 16_000


def test_vgg16_sees_the_loudest_place_white_and_high_tones_at_the_top() -> None:
    """Half a minute of a quiet low hum, and a loud 5 kHz tone in its second half."""
    time = np.arange(SPECTROGRAM.samples_for(SPECTROGRAM.window_frames)) / SPECTROGRAM.sample_rate
    sound = 300 * np.sin(2 * np.pi * 100 * time) + 9000 * np.sin(2 * np.pi * 5000 * time) * (time > time[-1] / 2)
    (picture,) = pictures(np.rint(sound).astype(np.int16))
    assert picture.shape == (WIDTH, HEIGHT, 3)
    assert np.ptp(picture, axis=2).max() == 0
    mel = librosa.mel_frequencies(n_mels=130, fmin=0, fmax=11_025)[1:-1]
    row = HEIGHT - 1 - (np.argmin(np.abs(mel - 5000)) + 0.5) * HEIGHT / 128
    assert abs(np.argmax(picture[-10, :, 0]) - row) < 3
    assert 240 < picture.max() <= 255  # a row of pixels lies near the center of the band, not on it
    # 30 dB below the tone, as both are single bands of nearly one width at 80 dB for 255.
    hum = picture[10, -8:, 0].max()
    assert picture[10, : HEIGHT // 2].max() == 0
    assert 0 < hum < 255


def test_a_picture_is_the_mean_of_three_columns_of_librosa_s_decibels() -> None:
    pcm = noise(SPECTROGRAM.samples_for(SPECTROGRAM.window_frames))
    power = librosa.feature.melspectrogram(
        y=pcm / 32768, sr=22_050, n_fft=2048, hop_length=507, n_mels=128, center=False
    )
    decibels = librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=None).reshape(128, WIDTH, 3).mean(axis=2)
    gray = 255 * np.clip((decibels - decibels.max()) / 80 + 1, 0, 1)
    # A row of pixels lies at (y + 0.5) * 128 / 288 - 0.5 bands from below: y = 4 at the center of band 1.5.
    (picture,) = pictures(pcm)
    np.testing.assert_allclose(picture[:, HEIGHT - 1 - 4, 0], (gray[1] + gray[2]) / 2, atol=0.02)
    np.testing.assert_allclose(picture[:, HEIGHT - 1, 0], gray[0], atol=0.02)
    np.testing.assert_allclose(picture[:, 0, 0], gray[127], atol=0.02)


@pytest.mark.parametrize("name", PATCHES)
def test_patches_are_as_many_as_are_promised_and_fit_their_backbone(name: str) -> None:
    patches = PATCHES[name]
    for samples in (0, patches.length - 1, patches.length, patches.length + patches.hop - 1):
        found = patches.cut(noise(samples))
        assert found.shape == (int(samples >= patches.length), *BACKBONES[name].patch)
        assert found.dtype == np.float32


def test_rows_of_a_stream_equal_those_of_the_whole(yamnet: Embedding) -> None:
    """Each patch is computed alone or with others: float sums differ in their order, int8 features hardly ever."""
    pcm = noise(55_000)
    rows = yamnet.float32(pcm)
    assert rows.shape == (yamnet.frames_in(len(pcm)), 1024) == (6, 1024)
    stream = FeatureStream(extractor(FeatureInput.fit(yamnet, [rows])))
    pieces = [stream.push(part) for part in np.array_split(pcm, 7)]
    whole = stream.extractor.features(pcm)
    assert np.concatenate(pieces).shape == whole.shape
    steps = np.abs(np.concatenate(pieces).astype(int) - whole)
    assert steps.max() <= 1
    assert (steps > 0).mean() < 0.001


def test_a_summary_is_the_mean_and_deviation_over_its_patches(yamnet: Embedding) -> None:
    """Six patches are two rows of three."""
    pcm = noise(55_000)
    summary = dataclasses.replace(yamnet, patches=3, summary="mean-deviation", window_frames=1)
    answers, rows = yamnet.float32(pcm).astype(np.float64), summary.float32(pcm)
    assert rows.shape == (summary.frames_in(len(pcm)), summary.frequency) == (2, 2048)
    np.testing.assert_allclose(rows[1, :1024], answers[3:].sum(axis=0) / 3, rtol=1e-5, atol=1e-6)
    squares = np.square(answers[3:] - answers[3:].sum(axis=0) / 3).sum(axis=0) / 3
    np.testing.assert_allclose(rows[1, 1024:], np.sqrt(squares), rtol=1e-4, atol=1e-5)
    assert summary.samples_for(2) == 400 + 95 * 160 + 5 * 48 * 160


def test_it_survives_the_manifest_with_the_sha256_of_its_weights(yamnet: Embedding, yamnet_weights: Path) -> None:
    assert yamnet.weights == take_in("yamnet", yamnet_weights)
    assert frontend_from_dict(json.loads(json.dumps(yamnet.to_dict()))) == yamnet


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"backbone": "resnet"}, "backbone 'resnet' is not known; there are: musicnn, vgg16, yamnet"),
        ({"backbone": ["yamnet"]}, "backbone .* is not known"),
        ({"patches": 2}, "a row of several patches, and no other, needs a summary"),
        ({"summary": "mean-deviation"}, "a row of several patches, and no other, needs a summary"),
        ({"patches": 10**9, "summary": "mean-deviation"}, "patches must be a whole number from 1 to 10000"),
        ({"patches": True}, "patches must be a whole number"),
        ({"window_frames": 0}, "window_frames must be a whole number"),
        ({"summary": "max"}, "summary must be one of none, mean-deviation"),
        ({"weights": "../../secret"}, "weights must be a SHA-256 of 64 hexadecimal digits"),
        ({"weights": None}, "it needs exactly the entries"),
        ({"path": "x"}, "it needs exactly the entries"),
    ],
)
def test_a_manifest_that_is_not_well_formed_is_refused(change: dict[str, object], sentence: str) -> None:
    values = Embedding(backbone="yamnet", weights="0" * 64).to_dict()
    with pytest.raises(FeatureError, match=sentence):
        frontend_from_dict(values | change)


def test_an_int8_network_may_stand_on_it_and_why_it_has_no_integers_is_said(yamnet: Embedding) -> None:
    check_deployable({"features": yamnet}, "int8")
    with pytest.raises(FeatureError, match="has no integer form: a frozen backbone computes it in floats on a PC"):
        integer_extractor(FeatureInput.unfitted(yamnet))


def test_weights_for_a_model_without_a_backbone_are_refused(yamnet_weights: Path) -> None:
    with pytest.raises(BackboneError, match="this model has no frozen backbone"):
        with_weights({"features": LIANG_MFCC}, yamnet_weights)
