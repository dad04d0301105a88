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
from edgegenre.frontend.kinds.mfcc import Mfcc
from edgegenre.frontend.log2_integer import FRACTION_BITS, log2_table
from edgegenre.frontend.mel import MelBands, band_gains, dct_matrix, mel_points
from edgegenre.frontend.mel_integer import WEIGHT_BITS, Segments
from edgegenre.frontend.normalization import STEPS_PER_DEVIATION, Normalization

# 10 log10(2), exactly rounded to float64.
DB_PER_OCTAVE = 3.010299956639812
DCT_BITS = 30

# A bin of the integer spectrum is the real one (PCM / 32768) times 2**(19 + headroom): 29 (q29 samples) - 3 (32 points)
# + headroom - 3 (block) - 3 (25 points) - 1 (real split). Powers square that, and mel weights carry another 2**25.
SPECTRUM_EXPONENT = 2 * 19 + WEIGHT_BITS

# Twice the last bit of a float64 near 2**31, the largest table entries.
_TIE_MARGIN = 1e-6


@dataclass(frozen=True, kw_only=True)
class IntegerTables:
    """int64 arrays whose values fit int32 (offset alone needs 64 bits); the uses are described in integer.py.

    window [801]: Hann * 2**30, n = 0...800; sample 1600 - n has the weight of sample n.
    input_order [800]: place (row * 32 + column) of complex sample n.  output_order [800]: place of complex bin k.
    twiddles_32 [8, 3, 2] * 2**30, twiddles_25 [5, 4, 2] * 2**29, twiddles_real [399, 2] * 2**30: cosine, sine.
    root_half: sqrt(1/2) * 2**31.  radix5 [3]: 1 - sqrt(5)/4, 1 - sin 72, 1 - sin 144 degrees, * 2**32.
    segments: see mel_integer.py.  log2 [129]: see log2_integer.py.
    band_offset [bands]: what turns the logarithm of a band into log2(energy / power_floor) * 2**20.
    dct [coefficients, bands] * 2**30, row i (anti)symmetric: dct[i, b] = (-1)**i dct[i, bands - 1 - b].
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
    segments: Segments
    log2: np.ndarray
    band_offset: np.ndarray
    dct: np.ndarray
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
    multiplier, shift, offset = _normalization_integers(spec, normalization)
    return IntegerTables(
        window=rounded((0.5 - 0.5 * np.cos(2 * np.pi * np.arange(801) / 1600)) * 2.0**30),
        input_order=(18 * sample % 25) * 32 + 9 * sample % 32,
        output_order=rows[sample % 25] * 32 + columns[sample % 32],
        twiddles_32=_rotations(np.outer(np.arange(8), np.arange(1, 4)) / 32, 30),
        root_half=int(rounded(np.sqrt(0.5) * 2.0**31)),
        twiddles_25=_rotations(np.outer(np.arange(5), np.arange(1, 5)) / 25, 29),
        radix5=_five_point_constants(),
        twiddles_real=_rotations(np.arange(1, 400) / 1600, 30),
        segments=_segments(spec.mel),
        log2=log2_table(),
        band_offset=rounded((np.log2(band_gains(spec.mel) / spec.power_floor) - SPECTRUM_EXPONENT) * 2**FRACTION_BITS),
        dct=rounded(dct_matrix(spec.coefficients, spec.mel_bands) * 2**DCT_BITS),
        multiplier=multiplier,
        shift=shift,
        offset=offset,
    )


def rounded(values: np.ndarray) -> np.ndarray:
    """The nearest integers, int64. Raises FeatureError when a value is within 1e-6 of a tie between two."""
    values = np.asarray(values, np.float64)
    if (np.abs(values - np.floor(values) - 0.5) < _TIE_MARGIN).any():
        raise FeatureError(
            "the integer front end: a table entry of this specification lies on a rounding tie, where machines may "
            "differ. Change low_hz, high_hz or power_floor a little."
        )
    return np.rint(values).astype(np.int64)


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


def _segments(mel: MelBands) -> Segments:
    """The bins between neighboring mel points and their linear weights. Bins 0 and 800 never have weight."""
    points = mel_points(mel)
    hz_per_bin = mel.sample_rate / mel.fft_length
    bounds = np.clip(np.ceil(points / hz_per_bin), 1, mel.fft_length // 2).astype(np.int64)
    first, bins = bounds[:-1], np.diff(bounds)
    if bins.min() < 1:
        raise FeatureError(
            f"the integer front end needs a spectrum bin between all {len(points)} mel points; use fewer."
        )
    # Rising plus falling half of a band are two sums of `bins` powers <= 2**31 with weights <= 2**25.
    if (bins[:-1] + bins[1:]).max() > 127:
        raise FeatureError("the integer front end holds at most 127 spectrum bins in a mel band; use more bands.")
    width = np.diff(points)
    beta = rounded(hz_per_bin / width * 2**WEIGHT_BITS)
    last = (first + bins - 1) * hz_per_bin
    gamma = rounded((points[1:] - last) / width * 2**WEIGHT_BITS)
    # A rounded-up weight above one would make a rising half negative.
    beta -= gamma + beta * (bins - 1) > 1 << WEIGHT_BITS
    return Segments(first, bins, gamma, beta)


def _normalization_integers(spec: Mfcc, normalization: Normalization) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Multiplier, shift and offset per coefficient, exact for the given float64 means and deviations."""
    multipliers, shifts, offsets = [], [], []
    floors = floor_coefficients(spec)
    for mean, deviation, floor in zip(normalization.mean, normalization.deviation, floors, strict=True):
        steps_per_octave = STEPS_PER_DEVIATION * Fraction(DB_PER_OCTAVE) / Fraction(deviation)
        shift = 50
        while round(steps_per_octave * 2 ** (shift - FRACTION_BITS)) >= 2**31:
            shift -= 1
        while round(steps_per_octave * 2 ** (shift - FRACTION_BITS)) < 2**30:
            shift += 1
        steps_at_floor = STEPS_PER_DEVIATION * (Fraction(float(floor)) - Fraction(mean)) / Fraction(deviation)
        multipliers.append(round(steps_per_octave * 2 ** (shift - FRACTION_BITS)))
        shifts.append(shift)
        offsets.append(round((steps_at_floor + Fraction(1, 2)) * 2**shift))
    return np.array(multipliers, np.int64), np.array(shifts, np.int64), np.array(offsets, np.int64)
