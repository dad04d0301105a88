"""Integer mel bands from an integer spectrum, without a weight per bin.

Between two neighboring mel points the weight of a bin in the band that falls there is gamma + beta * (bins still to
come), and in the band that rises there it is one minus that. So a segment needs only the sum of its powers and the
sum of its running sums; two products finish both bands.
"""

from typing import NamedTuple

import numpy as np

from edgegenre.frontend.fft_integer import Complex
from edgegenre.frontend.fixed_point import magnitude_bits

WEIGHT_BITS = 25


class Segments(NamedTuple):
    """Per segment between mel points j and j + 1 (j = 0...mel_bands), int64 [mel_bands + 1] each.

    first: lowest bin.  bins: how many.  gamma: falling weight of the last bin, times 2**25.  beta: its increase from a
    bin to the one below, times 2**25.
    """

    first: np.ndarray
    bins: np.ndarray
    gamma: np.ndarray
    beta: np.ndarray


def mel_energies(spectrum: Complex, segments: Segments) -> tuple[np.ndarray, np.ndarray]:
    """Energies [mel_bands, frames] of bins 1...799 [799, frames] (int32 range) as mantissa and exponent.

    energy = mantissa * 4**exponent / 2**25 with triangles of height one; mantissa < 2**63, exponent 0...16.
    """
    powers, exponents = _segment_powers(spectrum, segments)
    starts = segments.first - segments.first[0]
    place = np.arange(len(powers)) - np.repeat(starts, segments.bins)
    to_come = np.repeat(segments.bins, segments.bins) - 1 - place
    sums = np.add.reduceat(powers, starts, axis=0)
    running_sums = np.add.reduceat(powers * to_come[:, None], starts, axis=0)
    falling = segments.gamma[:, None] * sums + segments.beta[:, None] * running_sums
    rising = (sums << WEIGHT_BITS) - falling
    common = np.maximum(exponents[:-1], exponents[1:])
    mantissa = (rising[:-1] >> 2 * (common - exponents[:-1])) + (falling[1:] >> 2 * (common - exponents[1:]))
    return mantissa, common


def _segment_powers(spectrum: Complex, segments: Segments) -> tuple[np.ndarray, np.ndarray]:
    """re**2 + im**2 <= 2**31 of every bin in a segment, after shifting each segment right to 15 bits; the shifts."""
    begin, end = int(segments.first[0]) - 1, int(segments.first[-1] + segments.bins[-1]) - 1
    re, im = spectrum.re[begin:end], spectrum.im[begin:end]
    starts = segments.first - segments.first[0]
    union = np.bitwise_or.reduceat((re ^ (re >> 63)) | (im ^ (im >> 63)), starts, axis=0)
    exponents = np.maximum(magnitude_bits(union[None], axis=(0,)) - 15, 0)
    shift = np.repeat(exponents, segments.bins, axis=0)
    half = (1 << shift) >> 1
    return ((re + half) >> shift) ** 2 + ((im + half) >> shift) ** 2, exponents
