"""The int16 arithmetic of recurrent layers: one form for every engine, because no rounding rule ever meets a tie.

Multipliers are odd and every accumulator is odd, so acc * multiplier is never half way between two results. Products
and lookups are those of LiteRT's and TFLite Micro's int16 kernels (MUL, LOGISTIC, TANH, QUANTIZE), written out.
"""

import numpy as np

from edgegenre.integer.requantize import q31_multiplier, requantize_q31

INT16_LOW, INT16_HIGH = -32768, 32767
STATE_SCALE = 2.0**-15
"""Of the hidden state and of every gate's output."""

OUTPUT_SCALE = 2.0**-7
"""Of the hidden state as int8, which matrix products and the layers behind it take."""

INPUT_SHIFT, STATE_SHIFT = 7, 8
"""int8 operands enter the int16 matrix product shifted left by this: x - zero point, and the rounded state."""

MULTIPLIER_BITS = 15
SMALLEST_SHIFT, LARGEST_SHIFT = 16, 32


def _sigmoid_table() -> np.ndarray:
    """uint16 values of the sigmoid at i / 24, each raised so that linear interpolation is right in the middle."""
    places = np.arange(256)
    left, middle, right = (1 / (1 + np.exp(-(places + offset) / 24)) for offset in (0, 0.5, 1))
    table = np.rint(65536 * (left + (middle - (left + right) / 2) / 2)).astype(np.int64)
    table[-1] = 65535
    return table


SIGMOID_TABLE = _sigmoid_table()


def saturate(values: np.ndarray) -> np.ndarray:
    """Clip to int16; int64 in and out."""
    return np.clip(values, INT16_LOW, INT16_HIGH)


def odd_multiplier(scale: float) -> tuple[int, int]:
    """The smallest multiplier * 2**-shift >= scale with an odd multiplier of 15 bits and a shift of at most 32.

    scale: positive, below one half.
    """
    mantissa, exponent = np.frexp(scale)
    multiplier = int(np.ceil(mantissa * (1 << MULTIPLIER_BITS))) | 1
    if multiplier >= 1 << MULTIPLIER_BITS:
        multiplier, exponent = (1 << (MULTIPLIER_BITS - 1)) | 1, exponent + 1
    shift = MULTIPLIER_BITS - int(exponent)
    if shift > LARGEST_SHIFT:
        return (1 << (MULTIPLIER_BITS - 1)) | 1, LARGEST_SHIFT
    return multiplier, shift


def requantize(accumulator: np.ndarray, multiplier: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """sat16((accumulator * multiplier + 2**(shift - 1)) >> shift): int64 in and out.

    accumulator: odd, |value| < 2**30. multiplier: odd, 15 bits. shift: 16 to 32.
    """
    return saturate((accumulator * multiplier + (np.int64(1) << (shift - 1))) >> shift)


def product(a: np.ndarray, b: np.ndarray, shift: int = 15) -> np.ndarray:
    """a * b * 2**-shift, rounded first to 2**-1 half up, then half away from zero, saturated: LiteRT's int16 MUL."""
    half = (a * b + 1) >> 1
    return saturate((half + (1 << (shift - 2)) + (half >> 63)) >> (shift - 1))


def rescale(values: np.ndarray, ratio: float) -> np.ndarray:
    """int16 values times `ratio`, near 1, saturated: LiteRT's QUANTIZE from int16 to int16."""
    return saturate(requantize_q31(values, *q31_multiplier(ratio)))


def to_int8(state: np.ndarray) -> np.ndarray:
    """int16 at 2**-15 to int8 at 2**-7: LiteRT's QUANTIZE; values as int64."""
    half = (state + 1) >> 1
    return np.clip((half + 64 + (half >> 63)) >> 7, -128, 127)


def lookup_multiplier(scale: float) -> tuple[int, int]:
    """Multiplier and shift that take int16 values at `scale` to steps of the sigmoid's table.

    Exact for scales with a short mantissa. Powers of two are not allowed: LiteRT's default kernels differ there.
    """
    assert np.frexp(scale)[0] != 0.5, "a power of two"
    multiplier, shift = float(np.float32(scale)) * 4096 * 3, 0
    while multiplier <= INT16_HIGH / 2 and shift <= 30:
        multiplier, shift = multiplier * 2, shift + 1
    return int(multiplier), shift


def sigmoid(values: np.ndarray, scale: float) -> np.ndarray:
    """int16 values at `scale` to int16 at 2**-15, by interpolation in the table: LiteRT's int16 LOGISTIC."""
    steps = _table_steps(values, scale)
    interpolated = _interpolate(np.abs(steps), 9, INT16_HIGH << 10)
    return np.where(steps >= 0, interpolated + 512, (1 << 25) - interpolated + 511) >> 10


def tanh(values: np.ndarray, scale: float) -> np.ndarray:
    """int16 values at `scale` to int16 at 2**-15, by tanh(x) = 2 sigmoid(2 x) - 1: LiteRT's int16 TANH."""
    steps = _table_steps(values, scale)
    interpolated = _interpolate(np.abs(steps), 8, 0xFFFF << 8)
    return np.where(steps >= 0, interpolated - (1 << 23) + 128, (1 << 23) - interpolated + 127) >> 8


def _table_steps(values: np.ndarray, scale: float) -> np.ndarray:
    multiplier, shift = lookup_multiplier(scale)
    half = (1 << (shift - 1)) if shift > 0 else 0
    return (values.astype(np.int64) * multiplier + half) >> shift


def _interpolate(magnitude: np.ndarray, bits: int, beyond: int) -> np.ndarray:
    """Between the table's entries magnitude >> bits and the next; `beyond` where the table has ended."""
    place = np.minimum(magnitude >> bits, 255)
    fraction = magnitude & ((1 << bits) - 1)
    low, high = SIGMOID_TABLE[place], SIGMOID_TABLE[np.minimum(place + 1, 255)]
    return np.where(magnitude >> bits >= 255, beyond, (low << bits) + fraction * (high - low))
