import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.errors import FeatureError
from edgegenre.frontend import fft_power_of_two
from edgegenre.frontend.fft_integer import Complex
from edgegenre.frontend.fft_power_of_two import LENGTHS, power_of_two_tables, spectrum
from edgegenre.frontend.mel import hann
from tests.frontend.int32 import Int32, fits_int32
from tests.frontend.signals import hard_signals, music, noise, tracks

BOUND = 2.0**-23


def error(frames: np.ndarray) -> float:
    """The largest difference from numpy's transform of any bin, as a share of its frame's largest bin."""
    length = frames.shape[1]
    found, headroom = spectrum(frames, power_of_two_tables(length))
    expected = np.fft.rfft(frames / 32768 * hann(length), axis=1).T
    difference = np.abs((found.re + 1j * found.im) * 2.0 ** -(19.0 + headroom) - expected).max(axis=0)
    largest = np.abs(expected).max(axis=0)
    return float((difference / np.where(largest > 0, largest, 1)).max())


def framed(pcm: np.ndarray, length: int) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(pcm, length)[:: length // 4]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("level", [0, -20, -50, -80])
def test_the_integer_transform_of_noise_equals_numpy(length, level):
    assert error(framed(noise(40_000, level, seed=length - level), length)) < BOUND


@pytest.mark.parametrize("length", [512, 2048])
def test_the_integer_transform_of_music_equals_numpy(length):
    for path in tracks(every=20):
        assert error(framed(music(path, seconds=5), length)) < BOUND


@pytest.mark.parametrize("length", [512, 2048])
@pytest.mark.parametrize("name", hard_signals())
def test_the_integer_transform_of_hard_signals_equals_numpy(length, name):
    assert error(framed(hard_signals()[name], length)) < BOUND


@pytest.mark.parametrize("length", [64, 128])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_integer_transform_of_anything_equals_numpy(length, data):
    frame = data.draw(st.lists(st.integers(-(2**15), 2**15 - 1), min_size=length, max_size=length))
    assert error(np.array([frame], np.int16)) < BOUND


@pytest.mark.parametrize("length", LENGTHS)
def test_every_bin_arrives_in_its_place(length):
    time = np.arange(length)
    for k in {1, 2, 3, 5, length // 8 + 1, length // 4, length // 2 - 1}:
        tone = np.rint(20_000 * np.cos(2 * np.pi * k * time / length + 1)).astype(np.int16)
        found, _ = spectrum(tone[np.newaxis], power_of_two_tables(length))
        assert np.hypot(found.re, found.im).argmax() == k
        assert np.isclose(np.arctan2(found.im, found.re)[k, 0], 1, atol=1e-3)


def test_silence_has_no_bins():
    found, _ = spectrum(np.zeros((2, 512), np.int16), power_of_two_tables(512))
    assert not found.re.any()
    assert not found.im.any()


@pytest.mark.parametrize("length", LENGTHS)
def test_every_table_fits_32_bits(length):
    tables = power_of_two_tables(length)
    for array in (
        tables.window,
        tables.split_cosine,
        tables.split_sine,
        *(part for step in tables.steps for part in step[1:]),
    ):
        assert fits_int32(array)
    assert sorted(tables.order) == list(range(length // 2))


def loudest(size: int) -> list[np.ndarray]:
    """Complex words of 28 bits [size] in the signs of every kind of wave: what adds up the most."""
    place = np.arange(size)
    angles = [
        2 * np.pi * (k * place / size + turn) for k in range(0, size, max(size // 16, 1)) for turn in (0, 0.05, 0.125)
    ]
    return [np.where(np.exp(1j * angle).view(float).reshape(-1, 2) >= 0, 2**28, -(2**28)) for angle in angles]


@pytest.mark.parametrize("length", [128, 512, 2048])
def test_no_sum_leaves_32_bits_whatever_words_a_step_starts_from(length):
    """After a block exponent any word of 28 bits may stand anywhere."""
    tables = power_of_two_tables(length)
    words = np.stack(loudest(length // 2), axis=-1).astype(np.int64)
    z = Complex(words[:, 0].view(Int32), words[:, 1].view(Int32))
    for step in tables.steps:
        result = fft_power_of_two._radix4(z, step)
        assert fits_int32(np.asarray(result.re))
        assert fits_int32(np.asarray(result.im))
    for result in (fft_power_of_two._radix2(z), fft_power_of_two._split(z, tables)):
        assert max(np.abs(np.asarray(result.re)).max(), np.abs(np.asarray(result.im)).max()) < 2**30


def test_other_lengths_are_refused():
    with pytest.raises(FeatureError, match=r"1600 samples \(MFCC\) or of a power of two.*not of 1000"):
        power_of_two_tables(1000)
