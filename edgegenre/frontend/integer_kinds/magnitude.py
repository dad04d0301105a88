"""The magnitude spectrum in dB in integers: the logarithm of each bin's power.

With X of `fft_power_of_two`, P = re**2 + im**2 < 2**60 and, times 2**20 and above the floor,
L = max(0, log2_q20(P) - ((2 (19 + headroom)) << 20) + floor_offset), 0 where P is 0.
"""

import math
from fractions import Fraction

import numpy as np

from edgegenre.frontend.fft_power_of_two import power_of_two_tables, spectrum
from edgegenre.frontend.integer_kinds.form import IntegerForm
from edgegenre.frontend.integer_tables import DB_PER_OCTAVE
from edgegenre.frontend.kinds.magnitude import Magnitude
from edgegenre.frontend.log2_integer import FRACTION_BITS, log2_q20, log2_table
from edgegenre.frontend.normalization import Normalization
from edgegenre.frontend.rounding import rounded


def integer_magnitude(spec: Magnitude, normalization: Normalization) -> IntegerForm:
    """Magnitudes within 2**-23 of the largest in their frame, and their logarithms within 1e-4 dB.

    Raises FeatureError when the frame length is no power of two.
    """
    tables, logarithms = power_of_two_tables(spec.frame_length), log2_table()
    offset = int(rounded(np.array(-2 * math.log2(spec.floor) * 2**FRACTION_BITS)))

    def counts(frames: np.ndarray) -> np.ndarray:
        x, headroom = spectrum(frames, tables)
        power = x.re**2 + x.im**2
        octaves = log2_q20(power, logarithms) - (2 * (19 + headroom) << FRACTION_BITS) + offset
        return np.where(power > 0, np.maximum(octaves, 0), 0)

    floors = np.full(spec.frequency, round(20.0 * math.log10(spec.floor), 9))
    return IntegerForm(spec, normalization, counts, unit=Fraction(DB_PER_OCTAVE) / 2**FRACTION_BITS, floors=floors)
