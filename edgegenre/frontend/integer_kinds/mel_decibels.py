"""Mel bands in dB in integers: steps 6 and 7 of integer.py on the spectrum of a power of two."""

import math
from fractions import Fraction

import numpy as np

from edgegenre.frontend.cepstrum_integer import band_octaves, band_tables
from edgegenre.frontend.fft_integer import Complex
from edgegenre.frontend.fft_power_of_two import power_of_two_tables, spectrum
from edgegenre.frontend.integer_kinds.form import IntegerForm
from edgegenre.frontend.integer_tables import DB_PER_OCTAVE
from edgegenre.frontend.kinds.mel_decibels import MelDecibels
from edgegenre.frontend.log2_integer import FRACTION_BITS
from edgegenre.frontend.normalization import Normalization


def integer_mel_decibels(spec: MelDecibels, normalization: Normalization) -> IntegerForm:
    """Each magnitude within 2**-23 of the largest in its frame, and the bands of their squares within 1e-3 dB.

    Raises FeatureError when the frame length is no power of two, or the bands do not suit it.
    """
    tables, bands = power_of_two_tables(spec.frame_length), band_tables(spec.mel, spec.power_floor)

    def counts(frames: np.ndarray) -> np.ndarray:
        x, headroom = spectrum(frames, tables)
        return band_octaves(Complex(x.re[1:-1], x.im[1:-1]), headroom, bands).log2

    floors = np.full(spec.frequency, round(10.0 * math.log10(spec.power_floor), 9))
    return IntegerForm(spec, normalization, counts, unit=Fraction(DB_PER_OCTAVE) / 2**FRACTION_BITS, floors=floors)
