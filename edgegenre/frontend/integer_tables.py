"""Every number the integer front end needs besides the PCM: computed once, in one place, dumped by the C exporter.

Table entries are float64 values rounded to integers. None may lie near a rounding tie (`rounded` refuses it), so that
the last bit of a machine's cos or log cannot change them; what depends on the normalization is computed in exact
rational arithmetic.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from edgegenre.errors import FeatureError
from edgegenre.frontend.cepstrum_integer import CepstralTables, cepstral_tables
from edgegenre.frontend.kinds.mfcc import Mfcc
from edgegenre.frontend.log2_integer import FRACTION_BITS
from edgegenre.frontend.normalization import Normalization
from edgegenre.frontend.rounding import normalization_integers, rounded

# 10 log10(2), exactly rounded to float64.
DB_PER_OCTAVE = 3.010299956639812


@dataclass(frozen=True, kw_only=True)
class IntegerTables(CepstralTables):
    """int64 arrays whose values fit int32 (offset alone needs 64 bits); the uses are described in integer.py.

    window [801]: Hann * 2**30, n = 0...800; sample 1600 - n has the weight of sample n.
    input_order [800]: place (row * 32 + column) of complex sample n.  output_order [800]: place of complex bin k.
    twiddles_32 [8, 3, 2] * 2**30, twiddles_25 [5, 4, 2] * 2**29, twiddles_real [399, 2] * 2**30: cosine, sine.
    root_half: sqrt(1/2) * 2**31.  radix5 [3]: 1 - sqrt(5)/4, 1 - sin 72, 1 - sin 144 degrees, * 2**32.
    multiplier [coefficients] in [2**30, 2**31), shift [coefficients] in [34, 54], offset [coefficients] 64 bits,
    |offset| < 2**61: int8 = clamp((coefficient * multiplier + offset) >> shift); rounding and mean are in the offset.
    """

    window: np.ndarray
    input_order: np.ndarray
    output_order: np.ndarray
    twiddles_32: np.ndarray
    root_half: int
    twiddles_25: np.ndarray
    radix5: np.ndarray
    twiddles_real: np.ndarray
    multiplier: np.ndarray
    shift: np.ndarray
    offset: np.ndarray


def integer_tables(spec: Mfcc, normalization: Normalization) -> IntegerTables:
    """All tables of the integer front end. Raises FeatureError when it cannot compute this specification."""
    if spec.frame_length != 1600:
        raise FeatureError(f"the integer front end computes frames of 1600 samples, not of {spec.frame_length}.")
    if len(normalization.mean) != spec.coefficients:
        raise FeatureError(
            f"the normalization has {len(normalization.mean)} coefficients, the front end {spec.coefficients}."
        )
    sample, row = np.arange(800), np.arange(25)
    columns = 8 * (np.arange(32) % 4) + 4 * (np.arange(32) // 4 % 2) + np.arange(32) // 8
    rows = 5 * (row % 5) + row // 5
    multiplier, shift, offset = normalization_integers(
        normalization, unit=Fraction(DB_PER_OCTAVE) / 2**FRACTION_BITS, floors=floor_coefficients(spec)
    )
    cepstral = cepstral_tables(spec)
    return IntegerTables(
        window=rounded((0.5 - 0.5 * np.cos(2 * np.pi * np.arange(801) / 1600)) * 2.0**30),
        input_order=(18 * sample % 25) * 32 + 9 * sample % 32,
        output_order=rows[sample % 25] * 32 + columns[sample % 32],
        twiddles_32=_rotations(np.outer(np.arange(8), np.arange(1, 4)) / 32, 30),
        root_half=int(rounded(np.sqrt(0.5) * 2.0**31)),
        twiddles_25=_rotations(np.outer(np.arange(5), np.arange(1, 5)) / 25, 29),
        radix5=_five_point_constants(),
        twiddles_real=_rotations(np.arange(1, 400) / 1600, 30),
        segments=cepstral.segments,
        log2=cepstral.log2,
        band_offset=cepstral.band_offset,
        dct=cepstral.dct,
        multiplier=multiplier,
        shift=shift,
        offset=offset,
    )


def floor_coefficients(spec: Mfcc) -> np.ndarray:
    """The coefficients in dB of a frame whose every band is at the floor, float64 [coefficients]; all but c0 are 0."""
    floor = np.zeros(spec.coefficients)
    # Nine decimals: the same on every machine, whatever the last bit of its logarithm.
    floor[0] = round(10.0 * math.log10(spec.power_floor), 9) * math.sqrt(spec.mel_bands)
    return floor


def _five_point_constants() -> np.ndarray:
    """1 - c for the factors c of the 5-point transform, times 2**32."""
    return rounded((1.0 - np.array([np.sqrt(5.0) / 4.0, np.sin(0.4 * np.pi), np.sin(0.8 * np.pi)])) * 2.0**32)


def _rotations(turns: np.ndarray, bits: int) -> np.ndarray:
    """Cosine and sine of fractions of a turn, times 2**bits, on a new last axis."""
    angles = 2.0 * np.pi * turns
    return rounded(np.stack([np.cos(angles), np.sin(angles)], axis=-1) * 2.0**bits)
