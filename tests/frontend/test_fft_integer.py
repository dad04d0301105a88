import numpy as np
import pytest

from edgegenre.frontend import fft_integer
from edgegenre.frontend.fft_integer import Complex
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.mel import hann
from edgegenre.frontend.normalization import Normalization
from tests.frontend.int32 import Int32
from tests.frontend.signals import LEVELS_DB, hard_signals, music, noise, tracks

FRONTEND = IntegerFrontend(LIANG_MFCC, Normalization(mean=(0.0,) * 12, deviation=(10.0,) * 12))
TABLES = FRONTEND.tables


def assert_transform_equals_numpy(pcm: np.ndarray) -> None:
    """Every bin within 8 units in the last place at the frame's block exponent, plus 1e-6.

    1e-6 is for the rows of 32 points, which have no exponent. Their roundings are random, 2**-29 * 8 *
    sqrt(25 * 2 * 0.67) = 9e-8 in a bin, here taken six times; and rounding a half up leans by a quarter of a unit,
    which meets in some multiples of bin 25: up to 4e-7. A band at the floor (1e-10) is made of amplitudes near 3e-5.
    """
    stages = FRONTEND.stages(pcm)
    unit = 2.0 ** -(19 + stages.headroom[:, None])
    found = (stages.spectrum[..., 0] + 1j * stages.spectrum[..., 1]) * unit
    frames = np.lib.stride_tricks.sliding_window_view(pcm, 1600)[::800] / 32768.0
    expected = np.fft.rfft(frames * hann(1600), axis=1)[:, 1:800]
    assert (np.abs(found - expected) <= 8 * unit + 1e-6).all()


@pytest.mark.parametrize("level", LEVELS_DB)
def test_the_integer_transform_of_music_equals_numpy(level):
    assert_transform_equals_numpy(music(tracks()[3], level, seconds=5))


@pytest.mark.parametrize("name", hard_signals())
def test_the_integer_transform_of_hard_signals_equals_numpy(name):
    assert_transform_equals_numpy(hard_signals()[name])


def test_every_bin_arrives_in_its_place():
    time = np.arange(1600)
    for k in (1, 2, 24, 25, 31, 32, 399, 400, 401, 777, 799):
        stages = FRONTEND.stages(np.rint(20_000 * np.cos(2 * np.pi * k * time / 1600 + 1)).astype(np.int16))
        re, im = stages.spectrum[0].astype(np.float64).T
        assert np.hypot(re, im).argmax() == k - 1
        assert np.isclose(np.arctan2(im, re)[k - 1], 1, atol=1e-4)


def checked_spectrum(samples: np.ndarray) -> None:
    """Run the transform on windowed samples [1600, frames], every sum and product checked."""
    z = Complex(*(samples[part::2][np.argsort(TABLES.input_order)].reshape(25, 32, -1).view(Int32) for part in (0, 1)))
    rows = fft_integer.transform_rows_of_32(z, TABLES.twiddles_32, TABLES.root_half)
    block, _ = fft_integer.normalize_block(rows)
    columns = fft_integer.transform_columns_of_25(block, TABLES.twiddles_25, TABLES.radix5)
    assert isinstance(columns.re, Int32)
    natural = Complex(*(part.reshape(800, -1)[TABLES.output_order] for part in columns))
    assert isinstance(fft_integer.real_spectrum(natural, TABLES.twiddles_real).re, np.ndarray)


def worst_case_frames() -> np.ndarray:
    """int16 [frames, 1600]: the signs of every kind of wave and noise, at full scale: what adds up the most."""
    time = np.arange(1600)
    angles = [2 * np.pi * (k * time / 1600 + phase) for k in range(0, 801, 10) for phase in (0, 0.05, 0.125, 0.21)]
    noises = np.random.default_rng(0).normal(size=(40, 1600))
    waves = np.concatenate([np.cos(angles), noises, np.ones((1, 1600)), -np.ones((1, 1600))])
    return np.where(waves >= 0, 32767, -32768)


def test_no_sum_leaves_32_bits_on_the_loudest_signals():
    window = np.concatenate([TABLES.window, TABLES.window[799:0:-1]])
    checked_spectrum((worst_case_frames().T * window[:, None] + (1 << 15)) >> 16)


def test_no_sum_leaves_32_bits_on_the_quietest_signals():
    window = np.concatenate([TABLES.window, TABLES.window[799:0:-1]])
    checked_spectrum((np.sign(worst_case_frames().T) * window[:, None] + (1 << 15)) >> 16)
    checked_spectrum(np.random.default_rng(0).integers(-1, 2, (1600, 20)))


def test_no_sum_leaves_32_bits_when_all_energy_meets_in_one_output_of_the_columns():
    # After the block exponent any 28-bit value may stand anywhere: aim every column at every output and angle.
    place, targets = np.arange(25), np.arange(25)
    for turn in np.linspace(0, 1, 40, endpoint=False):
        angles = 2 * np.pi * (np.outer(place, targets) / 25 + turn)
        re, im = (np.where(part >= 0, 2**28, -(2**28))[:, None, :] for part in (np.cos(angles), np.sin(angles)))
        z = Complex(*(np.repeat(part, 32, axis=1).view(Int32) for part in (re, im)))
        columns = fft_integer.transform_columns_of_25(z, TABLES.twiddles_25, TABLES.radix5)
        natural = Complex(*(part.reshape(800, -1)[TABLES.output_order] for part in columns))
        fft_integer.real_spectrum(natural, TABLES.twiddles_real)


def test_noise_transforms_the_same_alone_and_among_others():
    pcm = noise(40_000)
    together = FRONTEND.stages(pcm).spectrum
    alone = np.concatenate([FRONTEND.stages(pcm[s : s + 1600]).spectrum for s in range(0, 38_401, 800)])
    np.testing.assert_array_equal(together, alone)
