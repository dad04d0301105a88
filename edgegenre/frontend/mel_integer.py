"""Integer mel bands from an integer spectrum, without a weight per bin.

Between two neighboring mel points the weight of a bin in the band that falls there is gamma + beta * (bins still to
come), and in the band that rises there it is one minus that. So a segment needs only the sum of its powers and the
sum of its running sums; two products finish both bands.
"""

from typing import NamedTuple

import numpy as np

from edgegenre.errors import FeatureError
from edgegenre.frontend.fft_integer import Complex
from edgegenre.frontend.fixed_point import magnitude_bits
from edgegenre.frontend.mel import MelBands, mel_points
from edgegenre.frontend.rounding import rounded

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


def mel_segments(mel: MelBands) -> Segments:
    """The bins between neighboring mel points and their linear weights; none between points that lie too close.

    Bins 0 and fft_length / 2 never have weight. Raises FeatureError when a band has more bins than 64 bits hold.
    """
    points = mel_points(mel)
    hz_per_bin = mel.sample_rate / mel.fft_length
    bounds = np.clip(np.ceil(points / hz_per_bin), 1, mel.fft_length // 2).astype(np.int64)
    first, bins = bounds[:-1], np.diff(bounds)
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


def checked_segments(mel: MelBands) -> Segments:
    """`mel_segments`. Raises FeatureError when there is not a bin between all mel points, which powers need."""
    segments = mel_segments(mel)
    if segments.bins.min() < 1:
        raise FeatureError(
            f"the integer front end needs a spectrum bin between all {mel.bands + 2} mel points; use fewer."
        )
    return segments


def weighted_sums(values: np.ndarray, segments: Segments) -> tuple[np.ndarray, np.ndarray]:
    """For each segment [segments, frames] the sums under the rising and under the falling flank, times 2**25.

    values: int64 [bins, frames] of the bins from the first segment's first one on; a segment without a bin has zeros.
    """
    starts = segments.first - segments.first[0]
    place = np.arange(len(values)) - np.repeat(starts, segments.bins)
    to_come = np.repeat(segments.bins, segments.bins) - 1 - place
    heard = np.flatnonzero(segments.bins)
    sums = np.zeros_like(values, shape=(len(starts), values.shape[1]))
    running_sums = np.zeros_like(sums)
    sums[heard] = np.add.reduceat(values, starts[heard], axis=0)
    running_sums[heard] = np.add.reduceat(values * to_come[:, None], starts[heard], axis=0)
    falling = segments.gamma[:, None] * sums + segments.beta[:, None] * running_sums
    return (sums << WEIGHT_BITS) - falling, falling


def mel_energies(spectrum: Complex, segments: Segments) -> tuple[np.ndarray, np.ndarray]:
    """Energies [mel_bands, frames] of bins 1, 2, ... [bins, frames] (int32 range) as mantissa and exponent.

    energy = mantissa * 4**exponent / 2**25 with triangles of height one; mantissa < 2**63, exponent 0...16.
    """
    powers, exponents = _segment_powers(spectrum, segments)
    rising, falling = weighted_sums(powers, segments)
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
