"""From int32 accumulators to output steps, in the two named arithmetics.

float32: rint(float32(acc) * scale), half to even, scale = (s_x * s_w) / s_y in float32 in that order. LiteRT with
XNNPACK and onnxruntime (QDQ) compute this.
q31: a 31-bit multiplier from the float64 scale, and a shift; LiteRT's reference kernels, TFLite Micro and CMSIS-NN
compute this. For cores without a floating-point unit.
"""

from typing import Literal, get_args

import numpy as np

Arithmetic = Literal["float32", "q31"]
ARITHMETICS: tuple[Arithmetic, ...] = get_args(Arithmetic)

LARGEST_ACCUMULATOR = 1 << 30
SMALLEST_SHIFT, LARGEST_SHIFT = 1, 30

LARGEST_MEAN_RATIO = 128
"""Of a mean's input scale to its output scale. onnxruntime and XNNPACK do not take 256 and more."""


def float32_scale(input_scale: float, weight_scales: np.ndarray, output_scale: float) -> np.ndarray:
    """(s_x * s_w) / s_y in float32, in that order; one per channel."""
    return (np.float32(input_scale) * weight_scales.astype(np.float32)) / np.float32(output_scale)


def requantize_float32(accumulator: np.ndarray, scale: np.ndarray | np.float32) -> np.ndarray:
    """rint(float32(accumulator) * scale), half to even, as int64: not yet offset or clamped.

    accumulator: integers, |value| < 2**30. scale: float32, one per channel (last axis) or one for all.
    """
    return np.rint(accumulator.astype(np.float32) * np.asarray(scale, np.float32)).astype(np.int64)


def q31_multiplier(scale: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Split float64 scales into multiplier in [2**30, 2**31) and shift: scale = multiplier * 2**-(31 + shift).

    The mantissa is rounded half up, as LiteRT's QuantizeMultiplier does.
    """
    mantissa, exponent = np.frexp(np.asarray(scale, np.float64))
    multiplier = np.floor(mantissa * 2.0**31 + 0.5).astype(np.int64)
    carried = multiplier == 1 << 31
    return np.where(carried, 1 << 30, multiplier), -(exponent.astype(np.int64) + carried)


def narrowed_multiplier(multiplier: np.ndarray, shift: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A q31 multiplier rounded to 15 bits, with the shift to match: what LiteRT's int16 kernels use.

    multiplier, shift: from `q31_multiplier`. Returns those for `int16.requantize`: value = multiplier * 2**-shift.
    """
    rounded = (multiplier + (1 << 15)) >> 16
    return np.minimum(rounded, (1 << 15) - 1), shift + 15


def q31_scale(input_scale: float, weight_scales: np.ndarray, output_scale: float) -> np.ndarray:
    """s_x * s_w / s_y in float64 from the float32 scales, one per channel: what q31 multipliers are made from."""
    return np.float64(input_scale) * weight_scales.astype(np.float64) / np.float64(output_scale)


def requantize_q31(accumulator: np.ndarray, multiplier: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """accumulator * multiplier * 2**-(31 + shift): first rounding half up, second half away from zero; int64.

    accumulator: integers, |value| < 2**30 (of an int16 mean 2**31). multiplier: in [2**30, 2**31), a mean's can be
    smaller; one per channel (last axis) or one for all. shift: up to 31; layers have at least 1 (IntegerNetwork proves
    it), a mean of few values can have a negative one, which shifts the accumulator left first. Not yet offset or
    clamped.
    """
    right = np.maximum(shift, 0)
    high = ((accumulator.astype(np.int64) << np.maximum(-np.asarray(shift), 0)) * multiplier + (1 << 30)) >> 31
    mask = (np.int64(1) << right) - 1
    remainder = high & mask
    return (high >> right) + (remainder > (mask >> 1) + (high < 0))


def mean_multiplier(scale: float, count: int) -> tuple[int, int]:
    """Multiplier and shift of a mean over `count` values: 1 / count folded in, as LiteRT's MEAN kernel does.

    scale: float64 s_x / s_y, from 2**-31 to LARGEST_MEAN_RATIO. Returns (multiplier, shift) for `requantize_q31`.
    """
    multiplier, shift = (int(part) for part in q31_multiplier(scale))
    bits = min(int(count).bit_length() - 1, 32, 31 - shift)
    return (multiplier << bits) // count, shift + bits
