import hashlib

import numpy as np
import pytest

from edgegenre.errors import FeatureError
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.normalization import Normalization
from tests.frontend.signals import LEVELS_DB, hard_signals, music, noise, tracks

NORMALIZATION = Normalization(mean=(-80.0, 80.0) + (0.0,) * 10, deviation=(60.0, 30.0) + (11.0,) * 10)
FRONTEND = IntegerFrontend(LIANG_MFCC, NORMALIZATION)


def check_against_the_definition(pcm: np.ndarray) -> tuple[float, int]:
    """Largest error in dB, and how many int8 features differ from the quantized oracle (by one step at most)."""
    definition = LIANG_MFCC.float64(pcm)
    steps = FRONTEND.features(pcm).astype(int) - NORMALIZATION.quantize(definition)
    assert np.abs(steps).max() <= 1
    return float(np.abs(FRONTEND.coefficients(pcm) - definition).max()), int(np.count_nonzero(steps))


@pytest.mark.parametrize("level", LEVELS_DB)
def test_integer_features_of_music_are_those_of_the_definition(level):
    results = [check_against_the_definition(music(path, level)) for path in tracks(every=10)]
    assert max(error for error, _ in results) < 0.05
    assert sum(differing for _, differing in results) < 1e-3 * 10 * 599 * 12


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS_DB)
def test_integer_features_of_every_track_are_those_of_the_definition(level):
    assert max(check_against_the_definition(music(path, level))[0] for path in tracks(every=1)) < 0.05


@pytest.mark.parametrize("level", [*LEVELS_DB, -70, -90])
def test_integer_features_of_noise_are_those_of_the_definition(level):
    assert check_against_the_definition(noise(30_000, level, seed=-level))[0] < 0.05


@pytest.mark.parametrize("name", hard_signals())
def test_integer_features_of_hard_signals_are_those_of_the_definition(name):
    assert check_against_the_definition(hard_signals()[name])[0] < 0.05


@pytest.mark.parametrize("sample", [0, 1, 2, 5, 10, 20, 50, 400, 800, 1200, 1550, 1595, 1599])
@pytest.mark.parametrize("height", [1, -1, 20, 1000, 32767, -32768])
def test_a_click_anywhere_in_the_frame_is_measured_or_lies_at_the_floor(sample, height):
    pcm = np.zeros(1600, np.int16)
    pcm[sample] = height
    assert check_against_the_definition(pcm)[0] < 0.05


def test_bands_without_energy_lie_exactly_at_the_floor():
    silence = FRONTEND.coefficients(np.zeros(1600, np.int16))
    np.testing.assert_allclose(silence, [[-100 * np.sqrt(40)] + [0] * 11], rtol=0, atol=1e-9)
    constant = FRONTEND.stages(np.full(1600, 32767, np.int16))
    assert constant.log2[0, 0] > 0
    assert not constant.log2[0, 1:].any()


def test_features_are_the_rounded_coefficients():
    pcm = noise(40_000)
    scores = (FRONTEND.coefficients(pcm) - NORMALIZATION.mean) / NORMALIZATION.deviation * 32
    distance = np.abs(FRONTEND.features(pcm) - np.clip(scores, -128, 127))
    assert distance.max() <= 0.5 + 1e-5


def test_features_saturate():
    loud = IntegerFrontend(LIANG_MFCC, Normalization(mean=(-1000.0,) * 12, deviation=(0.001,) * 12))
    quiet = IntegerFrontend(LIANG_MFCC, Normalization(mean=(1000.0,) * 12, deviation=(0.001,) * 12))
    assert (loud.features(noise(3200)) == 127).all()
    assert (quiet.features(noise(3200)) == -128).all()


def test_stages_have_the_words_their_description_promises():
    stages = FRONTEND.stages(noise(4000))
    shapes = {name: (array.dtype.name, array.shape) for name, array in vars(stages).items()}
    assert shapes == {
        "windowed": ("int32", (4, 1600)),
        "rows": ("int32", (4, 25, 32, 2)),
        "headroom": ("int32", (4,)),
        "columns": ("int32", (4, 25, 32, 2)),
        "spectrum": ("int32", (4, 799, 2)),
        "energy_mantissa": ("int64", (4, 40)),
        "energy_exponent": ("int32", (4, 40)),
        "log2": ("int32", (4, 40)),
        "coefficients": ("int32", (4, 12)),
        "features": ("int8", (4, 12)),
    }
    np.testing.assert_array_equal(stages.features, FRONTEND.features(noise(4000)))


def test_the_in_place_stages_lie_where_the_description_says():
    pcm = noise(1600)
    stages = FRONTEND.stages(pcm)
    samples = stages.windowed[0, 0::2] + 1j * stages.windowed[0, 1::2]
    rows = stages.rows[0, :, :, 0] + 1j * stages.rows[0, :, :, 1]
    columns = stages.columns[0, :, :, 0] + 1j * stages.columns[0, :, :, 1]
    for n2 in (0, 1, 24):
        spectrum = np.fft.fft(samples[(25 * np.arange(32) + 32 * n2) % 800]) / 8
        for k in (0, 1, 6, 31):
            assert abs(rows[n2, 8 * (k % 4) + 4 * (k // 4 % 2) + k // 8] - spectrum[k]) < 8
    whole = np.fft.fft(samples) / 64 * 2.0 ** (stages.headroom[0] - 3)
    for k in (0, 1, 33, 400, 799):
        row, column = 5 * (k % 25 % 5) + k % 25 // 5, 8 * (k % 4) + 4 * (k // 4 % 2) + k % 32 // 8
        assert abs(columns[row, column] - whole[k]) < 64


def test_two_runs_and_any_grouping_give_the_same_bytes():
    pcm = music(tracks()[5])
    whole = FRONTEND.features(pcm)
    again = IntegerFrontend(LIANG_MFCC, NORMALIZATION).features(pcm.copy())
    assert hashlib.sha256(whole).digest() == hashlib.sha256(again).digest()
    for frame in (0, 31, 32, 33, 598):
        np.testing.assert_array_equal(FRONTEND.features(pcm[frame * 800 : frame * 800 + 1600])[0], whole[frame])


@pytest.mark.parametrize("samples", [0, 1, 1599])
def test_audio_shorter_than_a_frame_has_no_features(samples):
    assert FRONTEND.features(np.zeros(samples, np.int16)).shape == (0, 12)
    assert FRONTEND.coefficients(np.zeros(samples, np.int16)).shape == (0, 12)


def test_float_audio_is_refused():
    with pytest.raises(FeatureError, match="int16 PCM"):
        FRONTEND.features(np.zeros(1600, np.float32))
