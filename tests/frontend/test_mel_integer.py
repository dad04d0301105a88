import numpy as np
import pytest

from edgegenre.frontend.fft_integer import Complex
from edgegenre.frontend.integer_tables import integer_tables
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.mel import band_gains, mel_filters
from edgegenre.frontend.mel_integer import mel_energies
from edgegenre.frontend.normalization import Normalization

SEGMENTS = integer_tables(LIANG_MFCC, Normalization(mean=(0.0,) * 12, deviation=(1.0,) * 12)).segments


# Each amplitude is rounded to 15 bits of the segment's largest: at most 2 * 2**-15 of the power of an equal spectrum.
ROUNDING = 6.2e-5


def relative_energies(re: np.ndarray, im: np.ndarray) -> np.ndarray:
    """Integer band energies over those of the float64 filters, minus one, of bins 1...799 [799, frames]."""
    mantissa, exponent = mel_energies(Complex(re, im), SEGMENTS)
    assert (mantissa >= 0).all()
    power = re.astype(np.float64) ** 2 + im.astype(np.float64) ** 2
    expected = (mel_filters(LIANG_MFCC.mel)[:, 1:800] @ power) / band_gains(LIANG_MFCC.mel)[:, None]
    return mantissa.astype(np.float64) * 4.0**exponent / 2**25 / expected - 1


@pytest.mark.parametrize("bits", [8, 14, 15, 16, 22, 30])
def test_integer_mel_energies_equal_the_float_filters(bits):
    re, im = np.random.default_rng(bits).integers(-(2**bits), 2**bits, (2, 799, 50))
    assert np.abs(relative_energies(re, im)).max() < ROUNDING


def test_the_largest_spectrum_does_not_overflow():
    full = np.full((799, 1), int(2**30.5))
    for re, im in [(full, full), (-full, full), (full, 0 * full)]:
        assert np.abs(relative_energies(re, im)).max() < ROUNDING


def test_neighboring_bands_may_differ_by_a_hundred_decibels():
    slope = np.rint(2.0 ** np.linspace(30, 13, 799))[:, None].astype(np.int64)
    assert np.abs(relative_energies(slope, slope[::-1])).max() < ROUNDING


def test_a_spectrum_of_zeros_has_no_energy():
    zeros = np.zeros((799, 2), np.int64)
    mantissa, exponent = mel_energies(Complex(zeros, zeros), SEGMENTS)
    assert not mantissa.any()
    assert not exponent.any()
