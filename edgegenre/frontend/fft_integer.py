"""The integer Fourier transform: 1600 real samples as 800 complex ones, 800 = 32 x 25 without twiddles in between.

Good and Thomas' prime factor form: with n = (25 n1 + 32 n2) mod 800 and k = k1 (mod 32), k = k2 (mod 25) the
transform over n is one of 32 points over n1 and one of 25 points over n2, and nothing in between. Each step works in
place on re, im [25 rows n2][32 columns n1]; the steps, roundings and bounds are described in integer.py.

All functions take and return int64 arrays whose last axis is the frame and whose values fit int32.
"""

from typing import NamedTuple

import numpy as np

from edgegenre.frontend.fixed_point import magnitude_bits, multiply_high


class Complex(NamedTuple):
    """Real and imaginary part, two int64 arrays of one shape."""

    re: np.ndarray
    im: np.ndarray


def transform_rows_of_32(z: Complex, twiddles: np.ndarray, root_half: int) -> Complex:
    """The 32-point transforms along axis 1 of [25, 32, frames], divided by 8; k1 = k + 4 h + 8 j ends in 8 k + 4 h + j.

    twiddles: [8 n, 3 (k = 1, 2, 3), cos and sin] of 2 pi n k / 32, times 2**30.  root_half: sqrt(1/2) * 2**31.
    |re + i im| <= 2**29 hann in, < 2**30.5 out.
    """
    rows, frames = z.re.shape[0], z.re.shape[-1]
    quarters = (rows, 4, 8, frames)
    y0, y1, y2, y3 = _radix4(_split(Complex(z.re.reshape(quarters), z.im.reshape(quarters))))
    factors = twiddles[:, :, :, None]
    blocks = (
        Complex((y0.re + 2) >> 2, (y0.im + 2) >> 2),
        _rotate(y1, factors[:, 0, 0], factors[:, 0, 1]),
        _rotate(y2, factors[:, 1, 0], factors[:, 1, 1]),
        _rotate(y3, factors[:, 2, 0], factors[:, 2, 1]),
    )
    out = Complex(
        np.empty_like(z.re, shape=(rows, 4, 2, 4, frames)), np.empty_like(z.re, shape=(rows, 4, 2, 4, frames))
    )
    for k, block in enumerate(blocks):
        for h, half in enumerate(_radix2_of_8(block, root_half)):
            for j, y in enumerate(_radix4(_split(half))):
                out.re[:, k, h, j], out.im[:, k, h, j] = y
    return Complex(out.re.reshape(z.re.shape), out.im.reshape(z.im.shape))


def normalize_block(z: Complex) -> tuple[Complex, np.ndarray]:
    """Scale each frame by a power of two so that its widest value just fits 28 bits and a sign.

    Returns the scaled values and headroom [frames]: value * 2**(headroom - 3), headroom = redundant sign bits, 0...31.
    To the right (headroom < 3) half up, to the left exact.
    """
    bits = np.maximum(magnitude_bits(z.re, axis=(0, 1)), magnitude_bits(z.im, axis=(0, 1)))
    headroom = 31 - bits
    right, left = np.maximum(3 - headroom, 0), np.maximum(headroom - 3, 0)
    half = (1 << right) >> 1
    return Complex(((z.re + half) >> right) << left, ((z.im + half) >> right) << left), headroom


def transform_columns_of_25(z: Complex, twiddles: np.ndarray, constants: np.ndarray) -> Complex:
    """The 25-point transforms along axis 0 of [25, 32, frames], divided by 8; k2 = k + 5 j ends in row 5 k + j.

    twiddles: [5 n, 4 (k = 1...4), cos and sin] of 2 pi n k / 25, times 2**29.  constants: see `_radix5`.
    |re|, |im| <= 2**28 in, < 2**30 out.
    """
    columns, frames = z.re.shape[1:]
    fifths = (5, 5, columns, frames)
    first = _radix5(_split(Complex(z.re.reshape(fifths), z.im.reshape(fifths)), axis=0), constants)
    factors = twiddles[:, :, :, None, None]
    out = Complex(np.empty_like(z.re, shape=fifths), np.empty_like(z.re, shape=fifths))
    for k, y in enumerate(first):
        block = (
            _rotate(y, factors[:, k - 1, 0], factors[:, k - 1, 1]) if k else Complex((y.re + 4) >> 3, (y.im + 4) >> 3)
        )
        for j, x in enumerate(_radix5(_split(block, axis=0), constants)):
            out.re[k, j], out.im[k, j] = x
    return Complex(out.re.reshape(z.re.shape), out.im.reshape(z.im.shape))


def real_spectrum(z: Complex, twiddles: np.ndarray) -> Complex:
    """Bins 1...799 of the real signal's transform, divided by 2, from the complex bins in order [800, frames].

    twiddles: [399 (k = 1...399), cos and sin] of 2 pi k / 1600, times 2**30. With a = Z[k] and b = Z[800 - k]:
    twice the even samples' bin is a + conj(b), twice the odd samples' is -i (a - conj(b)).
    Bins 0 and 800 have no weight in any mel band and are not computed.  |re|, |im| < 2**30 in, < 2**30.5 out.
    """
    a, b = Complex(z.re[1:400], z.im[1:400]), Complex(z.re[:400:-1], z.im[:400:-1])
    even = Complex((a.re + b.re + 2) >> 2, (a.im - b.im + 2) >> 2)
    odd = _rotate(Complex(a.im + b.im, b.re - a.re), twiddles[:, 0, None], twiddles[:, 1, None])
    middle = Complex((z.re[400:401] + 1) >> 1, (1 - z.im[400:401]) >> 1)
    low = Complex(even.re + odd.re, even.im + odd.im)
    high = Complex(even.re - odd.re, odd.im - even.im)
    return Complex(
        np.concatenate([low.re, middle.re, high.re[::-1]]), np.concatenate([low.im, middle.im, high.im[::-1]])
    )


def _split(z: Complex, axis: int = 1) -> list[Complex]:
    """The slices along `axis`."""
    return [Complex(re, im) for re, im in zip(np.moveaxis(z.re, axis, 0), np.moveaxis(z.im, axis, 0), strict=True)]


def _rotate(z: Complex, cosine: np.ndarray, sine: np.ndarray) -> Complex:
    """z * (cosine - i sine), each product rounded by itself."""
    return Complex(
        multiply_high(z.re, cosine) + multiply_high(z.im, sine),
        multiply_high(z.im, cosine) - multiply_high(z.re, sine),
    )


def _radix4(inputs: list[Complex]) -> list[Complex]:
    """The exact 4-point transform, outputs 0...3; W = -i."""
    a, b, c, d = inputs
    p, q = Complex(a.re + c.re, a.im + c.im), Complex(a.re - c.re, a.im - c.im)
    r, s = Complex(b.re + d.re, b.im + d.im), Complex(b.re - d.re, b.im - d.im)
    return [
        Complex(p.re + r.re, p.im + r.im),
        Complex(q.re + s.im, q.im - s.re),
        Complex(p.re - r.re, p.im - r.im),
        Complex(q.re - s.im, q.im + s.re),
    ]


def _radix2_of_8(z: Complex, root_half: int) -> tuple[Complex, Complex]:
    """First step of the 8-point transform along axis 1, halved: sums, and differences times W8**n (n = 0...3)."""
    u = Complex(z.re[:, :4] + z.re[:, 4:], z.im[:, :4] + z.im[:, 4:])
    v = Complex(z.re[:, :4] - z.re[:, 4:], z.im[:, :4] - z.im[:, 4:])
    turned = Complex(np.empty_like(v.re), np.empty_like(v.im))
    turned.re[:, 0], turned.im[:, 0] = (v.re[:, 0] + 1) >> 1, (v.im[:, 0] + 1) >> 1
    turned.re[:, 1] = multiply_high(v.re[:, 1] + v.im[:, 1], root_half)
    turned.im[:, 1] = multiply_high(v.im[:, 1] - v.re[:, 1], root_half)
    turned.re[:, 2], turned.im[:, 2] = (v.im[:, 2] + 1) >> 1, (1 - v.re[:, 2]) >> 1
    turned.re[:, 3] = multiply_high(v.im[:, 3] - v.re[:, 3], root_half)
    turned.im[:, 3] = multiply_high(-v.re[:, 3] - v.im[:, 3], root_half)
    return Complex((u.re + 1) >> 1, (u.im + 1) >> 1), turned


def _radix5(inputs: list[Complex], constants: np.ndarray) -> list[Complex]:
    """The 5-point transform, outputs 0...4.

    constants: 1 - sqrt(5)/4, 1 - sin 72, 1 - sin 144 degrees, each times 2**32: x * c is x - multiply_high(x, 1 - c),
    because no c of the five-point transform itself, times 2**32, would fit int32.
    """
    even_re, odd_re = _radix5_halves([x.re for x in inputs], constants)
    even_im, odd_im = _radix5_halves([x.im for x in inputs], constants)
    return [
        Complex(even_re[0], even_im[0]),
        Complex(even_re[1] + odd_im[0], even_im[1] - odd_re[0]),
        Complex(even_re[2] + odd_im[1], even_im[2] - odd_re[1]),
        Complex(even_re[2] - odd_im[1], even_im[2] + odd_re[1]),
        Complex(even_re[1] - odd_im[0], even_im[1] + odd_re[0]),
    ]


def _radix5_halves(x: list[np.ndarray], constants: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """For one component: the sum and the two cosine combinations; the two sine combinations."""
    root5, sine72, sine144 = (int(value) for value in constants)
    t1, t2, t3, t4 = x[1] + x[4], x[2] + x[3], x[1] - x[4], x[2] - x[3]
    t5, difference = t1 + t2, t1 - t2
    center = x[0] - ((t5 + 2) >> 2)
    swing = difference - multiply_high(difference, root5)
    first = (t3 - multiply_high(t3, sine72)) + (t4 - multiply_high(t4, sine144))
    second = (t3 - multiply_high(t3, sine144)) - (t4 - multiply_high(t4, sine72))
    return [x[0] + t5, center + swing, center - swing], [first, second]
