"""The operations from which the integer front end is made; each is one or two instructions on a device.

Arrays are int64 here so that numpy can hold the products; the values stay within the int32 ranges that are stated.
"""

import numpy as np


def multiply_high(a: np.ndarray, b: np.ndarray | int) -> np.ndarray:
    """(a * b + 2**31) >> 32 for int32 values: the rounded high word of the product.

    SMMULR on Armv7E-M, VRMULH.S32 on MVE, SMULL plus rounding elsewhere. With b = round(c * 2**q) it is
    a * c * 2**(q - 32), rounded half up.
    """
    return (a * b + (1 << 31)) >> 32


def shift_right(values: np.ndarray, bits: np.ndarray | int) -> np.ndarray:
    """values / 2**bits, half to even: without the lean of half up, which adds up where a transform sums many values."""
    half = (1 << bits) >> 1
    floor = values >> bits
    return np.where(half > 0, (values + half - 1 + (floor & 1)) >> bits, values)


def square_root(values: np.ndarray) -> np.ndarray:
    """floor(sqrt(value)) of int64 values 0...2**62, exact: what 31 steps of subtract and shift find."""
    root = np.sqrt(values.astype(np.float64)).astype(np.int64)
    root -= root * root > values
    root += (root + 1) * (root + 1) <= values
    return root


def bit_length(values: np.ndarray) -> np.ndarray:
    """Bits needed to write non-negative int64 values: 32 - CLZ on 32 bits; 0 for 0."""
    rest = np.array(values, np.int64)
    length = np.zeros_like(rest)
    for step in (32, 16, 8, 4, 2, 1):
        large = (rest >> step) > 0
        length += np.where(large, step, 0)
        rest >>= np.where(large, step, 0)
    return length + (rest > 0)


def magnitude_bits(values: np.ndarray, axis: tuple[int, ...]) -> np.ndarray:
    """Bits below the sign that the widest of the int32 values along `axis` needs, 0...31; -1 and 0 need none.

    In C: m |= v ^ (v >> 31) over all v, then 32 - CLZ(m).
    """
    return bit_length(np.bitwise_or.reduce(values ^ (values >> 63), axis=axis))
