"""From the integer spectrum to MFCC, steps 6 to 8 of integer.py: mel bands, logarithm, DCT."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from edgegenre.frontend.fft_integer import Complex
from edgegenre.frontend.kinds.mfcc import Mfcc
from edgegenre.frontend.log2_integer import FRACTION_BITS, log2_q20, log2_table
from edgegenre.frontend.mel import MelBands, band_gains, dct_matrix
from edgegenre.frontend.mel_integer import WEIGHT_BITS, Segments, checked_segments, mel_energies
from edgegenre.frontend.rounding import rounded

DCT_BITS = 30

# A bin of the integer spectrum is the real one (PCM / 32768) times 2**(19 + headroom). Powers square that, and mel
# weights carry another 2**25.
SPECTRUM_EXPONENT = 2 * 19 + WEIGHT_BITS


@dataclass(frozen=True, kw_only=True)
class BandTables:
    """int64 arrays whose values fit int32.

    segments: see mel_integer.py.  log2 [129]: see log2_integer.py.
    band_offset [bands]: what turns the logarithm of a band into log2(energy / power_floor) * 2**20.
    """

    segments: Segments
    log2: np.ndarray
    band_offset: np.ndarray


@dataclass(frozen=True, kw_only=True)
class CepstralTables(BandTables):
    """dct [coefficients, bands] * 2**30, row i (anti)symmetric: dct[i, b] = (-1)**i dct[i, bands - 1 - b]."""

    dct: np.ndarray


class Bands(NamedTuple):
    """Steps 6, 6 and 7 of integer.py, int64 [bands, frames]."""

    energy_mantissa: np.ndarray
    energy_exponent: np.ndarray
    log2: np.ndarray


class Cepstrum(NamedTuple):
    """What each step leaves behind, int64, frames last: 6, 6, 7 and 8 of integer.py."""

    energy_mantissa: np.ndarray
    energy_exponent: np.ndarray
    log2: np.ndarray
    coefficients: np.ndarray


def band_tables(mel: MelBands, power_floor: float) -> BandTables:
    """The tables for these bands. Raises FeatureError when they do not suit the spectrum."""
    return BandTables(
        segments=checked_segments(mel),
        log2=log2_table(),
        band_offset=rounded((np.log2(band_gains(mel) / power_floor) - SPECTRUM_EXPONENT) * 2**FRACTION_BITS),
    )


def cepstral_tables(spec: Mfcc) -> CepstralTables:
    """The tables for the bands of `spec`. Raises FeatureError when the bands do not suit the spectrum."""
    bands = band_tables(spec.mel, spec.power_floor)
    return CepstralTables(
        segments=bands.segments,
        log2=bands.log2,
        band_offset=bands.band_offset,
        dct=rounded(dct_matrix(spec.coefficients, spec.mel_bands) * 2**DCT_BITS),
    )


def band_octaves(spectrum: Complex, headroom: np.ndarray, tables: BandTables) -> Bands:
    """Bands * 2**20 in octaves above the floor, 0...2**26, from bins 1, 2, ... [bins, frames] and headroom [frames]."""
    mantissa, exponent = mel_energies(spectrum, tables.segments)
    octaves = log2_q20(mantissa, tables.log2) + (2 * (exponent - headroom) << FRACTION_BITS)
    above_floor = np.where(mantissa > 0, np.maximum(octaves + tables.band_offset[:, None], 0), 0)
    return Bands(mantissa, exponent, above_floor)


def cepstrum(spectrum: Complex, headroom: np.ndarray, tables: CepstralTables) -> Cepstrum:
    """MFCC * 2**20 in octaves above the floor, from bins 1, 2, ... [bins, frames] and headroom [frames]."""
    bands = band_octaves(spectrum, headroom, tables)
    coefficients = (tables.dct @ bands.log2 + (1 << DCT_BITS - 1)) >> DCT_BITS
    return Cepstrum(*bands, coefficients)
