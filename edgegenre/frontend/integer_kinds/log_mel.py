"""Log-mel bands of magnitudes in integers.

With X of `fft_power_of_two`, A = floor(sqrt(re**2 + im**2)) < 2**30. The flanks of `mel_integer` weigh A, times 2**25:
U = rise[b] + fall[b + 1] < 2**62. The offset under the logarithm, in the scale of U, is e = offset[b] * 2**t with
offset[b] in [2**30, 2**31) and t = exponent[b] + headroom; with s = max(0, t - 31) it is shifted by t - s, so that
L = log2_q20((U >> s) + e) + (s << 20) - (headroom << 20) + band_offset[b], at least 0, times 2**20 and above
log2(offset).
"""

import math
from fractions import Fraction

import numpy as np

from edgegenre.frontend.fft_power_of_two import power_of_two_tables, spectrum
from edgegenre.frontend.fixed_point import square_root
from edgegenre.frontend.integer_kinds.form import IntegerForm
from edgegenre.frontend.kinds.log_mel import LogMel
from edgegenre.frontend.log2_integer import FRACTION_BITS, log2_q20, log2_table
from edgegenre.frontend.mel import band_gains
from edgegenre.frontend.mel_integer import WEIGHT_BITS, mel_segments, weighted_sums
from edgegenre.frontend.normalization import Normalization
from edgegenre.frontend.rounding import rounded

# ln(2), exactly rounded to float64.
NEPERS_PER_OCTAVE = 0.6931471805599453

# U is the sum of magnitudes of PCM / 32768 under triangles of height one, times 2**(19 + headroom) and 2**25.
_SCALE = 19 + WEIGHT_BITS


def integer_log_mel(spec: LogMel, normalization: Normalization) -> IntegerForm:
    """Each magnitude within 2**-23 of the largest in its frame, and the logarithms of the bands within 2e-5.

    Raises FeatureError when the frame length is no power of two or a band has too many bins.
    """
    tables, logarithms, segments = power_of_two_tables(spec.frame_length), log2_table(), mel_segments(spec.mel)
    gains = band_gains(spec.mel)
    begin, end = int(segments.first[0]), int(segments.first[-1] + segments.bins[-1])
    exponents = np.floor(np.log2(spec.offset / gains)).astype(np.int64) - 30
    offsets = rounded(spec.offset / gains * 2.0**-exponents)[:, np.newaxis]
    band_offset = rounded((np.log2(gains / spec.offset) - _SCALE) * 2**FRACTION_BITS)[:, np.newaxis]

    def counts(frames: np.ndarray) -> np.ndarray:
        x, headroom = spectrum(frames, tables)
        heard = slice(begin, end)
        magnitudes = square_root(x.re[heard] ** 2 + x.im[heard] ** 2)
        rising, falling = weighted_sums(magnitudes, segments)
        sums = rising[:-1] + falling[1:]
        shift = exponents[:, np.newaxis] + _SCALE + headroom
        spare = np.maximum(shift - 31, 0)
        left, right = np.clip(shift, 0, 31), np.clip(-shift, 0, 62)
        mantissa = (sums >> np.minimum(spare, 62)) + ((offsets << left) >> right)
        octaves = log2_q20(mantissa, logarithms) + (spare - headroom << FRACTION_BITS) + band_offset
        return np.maximum(octaves, 0)

    # Nine decimals: the same on every machine, whatever the last bit of its logarithm.
    floors = np.full(spec.frequency, round(math.log(spec.offset), 9))
    return IntegerForm(spec, normalization, counts, unit=Fraction(NEPERS_PER_OCTAVE) / 2**FRACTION_BITS, floors=floors)
