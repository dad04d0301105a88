"""The integer spectrum of frames whose length is a power of two: radix 4 with a block exponent in front of every step.

Words are int32, `mulh(a, b) = (a * b + 2**31) >> 32` is the only wide operation, no addition overflows. With N = half
the frame length, a frame is N complex words, in place:

1. Window.  y[n] = mulh(x[n] << (16 + quiet), window[n]), window times 2**30, quiet = redundant sign bits of the widest
   sample, 0...15; complex sample n is (y[2 n], y[2 n + 1]).  |y| <= 2**29.
2. Block exponent.  headroom = redundant sign bits of the widest word, 0...31; v <<= headroom - 3, or half to even to
   the right. Now |v| <= 2**28.
3. Radix 4, decimated in frequency, for blocks of L = N, N / 4, ...: the exact 4-point transform s0...s3 of places n,
   n + L / 4, n + L / 2, n + 3 L / 4 (|s| <= 2**30 a component). Place n takes s0 / 2, half to even, place
   n + k L / 4 takes sk * W(L)**(n k) / 2, for n = 0 half to even, too.  |v| <= 2**29.5.  Step 2 goes before each of
   these steps.
4. Where a block of L = 2 is left, step 2 and the exact 2-point transform, unscaled.
5. Step 2, then the real split: with a = Z[k], b = Z[N - k] (Z[N] = Z[0]), (er, ei) = (a.re + b.re, a.im - b.im),
   (hr, hi) = (a.im + b.im, b.re - a.re): X[k] = (er, ei) / 2, half to even, + (hr, hi) * W(2 N)**k / 2, k = 0...N.
   |X| < 2**30 a component.

A factor c - i s means re' = mulh(re, c) + mulh(im, s), im' = mulh(im, c) - mulh(re, s), with c and s times 2**31 and at
most 2**31 - 1. X is the transform of PCM / 32768 times 2**(19 + headroom), headroom as `spectrum` returns it, within
2**-23 of the largest bin (measured: 2**-24.4 and better).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from edgegenre.errors import FeatureError
from edgegenre.frontend.fft_integer import Complex
from edgegenre.frontend.fixed_point import magnitude_bits, multiply_high, shift_right
from edgegenre.frontend.rounding import rounded

LENGTHS = tuple(2**power for power in range(6, 14))
"""Frame lengths that have a transform here."""

_LARGEST = 2**31 - 1


class Step(NamedTuple):
    """Twiddles of the radix-4 step over blocks of 4 * quarter places: [quarter, 3 (k = 1, 2, 3)] each, times 2**31."""

    quarter: int
    cosine: np.ndarray
    sine: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class PowerOfTwoTables:
    """Every number of the transform; int64 arrays whose values fit int32.

    window [length]: Hann times 2**30. order [N]: the place where complex bin k ends. split_cosine, split_sine [N + 1]:
    of 2 pi k / length, times 2**31.
    """

    window: np.ndarray
    steps: tuple[Step, ...]
    pairs: bool
    order: np.ndarray
    split_cosine: np.ndarray
    split_sine: np.ndarray


def power_of_two_tables(length: int) -> PowerOfTwoTables:
    """The tables for frames of `length` samples. Raises FeatureError when that is none of LENGTHS."""
    if length not in LENGTHS:
        raise FeatureError(
            f"the integer front end computes frames of 1600 samples (MFCC) or of a power of two from {LENGTHS[0]} to "
            f"{LENGTHS[-1]}, not of {length}."
        )
    size = length // 2
    steps, block = [], size
    places = np.zeros(1, np.int64)
    stride = size
    while block >= 4:
        cosine, sine = _rotation(np.outer(np.arange(block // 4), np.arange(1, 4)) / block)
        steps.append(Step(block // 4, cosine, sine))
        block //= 4
        places, stride = _spread(places, stride, 4)
    if block == 2:
        places, stride = _spread(places, stride, 2)
    split_cosine, split_sine = _rotation(np.arange(size + 1) / length)
    return PowerOfTwoTables(
        window=rounded((0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)) * 2.0**30),
        steps=tuple(steps),
        pairs=block == 2,
        order=places,
        split_cosine=split_cosine,
        split_sine=split_sine,
    )


def spectrum(frames: np.ndarray, tables: PowerOfTwoTables) -> tuple[Complex, np.ndarray]:
    """Bins 0...N [N + 1, frames] of int16 [frames, length], and headroom [frames]: the transform times
    2**(19 + headroom)."""
    samples = frames.T.astype(np.int64)
    quiet = 15 - magnitude_bits(samples, axis=(0,))
    windowed = multiply_high(samples << 16 + quiet, tables.window[:, np.newaxis])
    z = Complex(windowed[0::2], windowed[1::2])
    # q29 samples; every radix-4 step halves, every block exponent is a headroom - 3.
    headroom = quiet + (29 - 19 - len(tables.steps))
    for step in tables.steps:
        z, shift = _normalized(z)
        headroom += shift
        z = _radix4(z, step)
    if tables.pairs:
        z, shift = _normalized(z)
        headroom += shift
        z = _radix2(z)
    z, shift = _normalized(Complex(z.re[tables.order], z.im[tables.order]))
    headroom += shift
    return _split(z, tables), headroom


def _normalized(z: Complex) -> tuple[Complex, np.ndarray]:
    """Step 2; and by how many bits the words were shifted to the left."""
    headroom = 31 - np.maximum(magnitude_bits(z.re, axis=(0,)), magnitude_bits(z.im, axis=(0,)))
    right, left = np.maximum(3 - headroom, 0), np.maximum(headroom - 3, 0)
    return Complex(shift_right(z.re, right) << left, shift_right(z.im, right) << left), headroom - 3


def _radix4(z: Complex, step: Step) -> Complex:
    shape = (-1, 4, step.quarter, z.re.shape[-1])
    re, im = z.re.reshape(shape), z.im.reshape(shape)
    (a, b, c, d), (e, f, g, h) = np.moveaxis(re, 1, 0), np.moveaxis(im, 1, 0)
    sums = (
        (a + b + c + d, e + f + g + h),
        (a - c + f - h, e - g - b + d),
        (a - b + c - d, e - f + g - h),
        (a - c - f + h, e - g + b - d),
    )
    out = Complex(np.empty_like(re), np.empty_like(im))
    for k, (real, imaginary) in enumerate(sums):
        halved = Complex(shift_right(real, 1), shift_right(imaginary, 1))
        if k:
            cosine, sine = step.cosine[:, k - 1, np.newaxis], step.sine[:, k - 1, np.newaxis]
            turned = _rotated(Complex(real, imaginary), cosine, sine)
            turned.re[:, 0], turned.im[:, 0] = halved.re[:, 0], halved.im[:, 0]
            halved = turned
        out.re[:, k], out.im[:, k] = halved
    return Complex(out.re.reshape(z.re.shape), out.im.reshape(z.im.shape))


def _radix2(z: Complex) -> Complex:
    re, im = z.re.reshape(-1, 2, z.re.shape[-1]), z.im.reshape(-1, 2, z.im.shape[-1])
    return Complex(
        np.stack([re[:, 0] + re[:, 1], re[:, 0] - re[:, 1]], axis=1).reshape(z.re.shape),
        np.stack([im[:, 0] + im[:, 1], im[:, 0] - im[:, 1]], axis=1).reshape(z.im.shape),
    )


def _split(z: Complex, tables: PowerOfTwoTables) -> Complex:
    """Step 5."""
    a = Complex(np.concatenate([z.re, z.re[:1]]), np.concatenate([z.im, z.im[:1]]))
    b = Complex(a.re[::-1], a.im[::-1])
    odd = _rotated(
        Complex(a.im + b.im, b.re - a.re), tables.split_cosine[:, np.newaxis], tables.split_sine[:, np.newaxis]
    )
    return Complex(shift_right(a.re + b.re, 1) + odd.re, shift_right(a.im - b.im, 1) + odd.im)


def _rotated(z: Complex, cosine: np.ndarray, sine: np.ndarray) -> Complex:
    """z * (cosine - i sine) / 2, each product rounded by itself."""
    return Complex(
        multiply_high(z.re, cosine) + multiply_high(z.im, sine),
        multiply_high(z.im, cosine) - multiply_high(z.re, sine),
    )


def _rotation(turns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cosine and sine of fractions of a turn, times 2**31, at most 2**31 - 1."""
    angles = 2.0 * np.pi * turns
    cosine, sine = (np.minimum(rounded(part * 2.0**31), _LARGEST) for part in (np.cos(angles), np.sin(angles)))
    return cosine, sine


def _spread(places: np.ndarray, stride: int, radix: int) -> tuple[np.ndarray, int]:
    """The places of bins 0...radix * len(places) - 1: the next digit of a bin moves it by a smaller stride."""
    stride //= radix
    return (places[np.newaxis] + stride * np.arange(radix)[:, np.newaxis]).reshape(-1), stride
