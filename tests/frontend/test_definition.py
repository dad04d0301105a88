import librosa
import numpy as np
import pytest

from edgegenre.errors import FeatureError
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from tests.frontend.signals import LEVELS_DB, hard_signals, music, noise, tracks


def librosa_mfcc(pcm: np.ndarray) -> np.ndarray:
    """The definition in DESIGN, by librosa in float64: [frames, 12]."""
    mel = librosa.feature.melspectrogram(
        y=pcm / 32768.0, sr=16_000, n_fft=1600, hop_length=800, center=False, n_mels=40, fmin=0, fmax=8000
    )
    decibels = librosa.power_to_db(mel, amin=1e-10, top_db=None)
    return librosa.feature.mfcc(S=decibels, n_mfcc=12).T


@pytest.mark.parametrize("level", LEVELS_DB)
def test_the_definition_equals_librosa_on_music(level):
    for path in tracks(every=20):
        pcm = music(path, level)
        expected = librosa_mfcc(pcm)
        assert expected.shape[0] == LIANG_MFCC.frames_in(len(pcm))
        np.testing.assert_allclose(LIANG_MFCC.float64(pcm), expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("level", [*LEVELS_DB, -80])
def test_the_definition_equals_librosa_on_noise(level):
    pcm = noise(16_000, level, seed=level + 100)
    np.testing.assert_allclose(LIANG_MFCC.float64(pcm), librosa_mfcc(pcm), rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", hard_signals())
def test_the_definition_equals_librosa_on_hard_signals(name):
    pcm = hard_signals()[name]
    np.testing.assert_allclose(LIANG_MFCC.float64(pcm), librosa_mfcc(pcm), rtol=0, atol=1e-4)


def test_digital_silence_lies_at_the_floor_in_every_band():
    silence = LIANG_MFCC.float64(np.zeros(1600, np.int16))
    np.testing.assert_allclose(silence, [[-100 * np.sqrt(40)] + [0] * 11], rtol=0, atol=1e-9)


@pytest.mark.parametrize("samples", [0, 1, 1599])
def test_audio_shorter_than_a_frame_has_no_features(samples):
    assert LIANG_MFCC.float64(np.zeros(samples, np.int16)).shape == (0, 12)


@pytest.mark.parametrize("pcm", [np.zeros(1600), np.zeros((1600, 2), np.int16), [0] * 1600])
def test_anything_but_one_channel_of_int16_is_refused(pcm):
    with pytest.raises(FeatureError, match="int16 PCM"):
        LIANG_MFCC.float64(pcm)
