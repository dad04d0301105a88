"""Which steps stand for which real values: activations, means, and weights with their outputs."""

import dataclasses
import math

import numpy as np

from edgegenre.integer import int16
from edgegenre.integer.operations.weighted import WEIGHT_LIMIT
from edgegenre.integer.quantization import INT8_HIGH, INT8_LOW, Quantization
from edgegenre.integer.requantize import LARGEST_MEAN_RATIO

LARGEST_BIAS = 1 << 28
SMALLEST_SCALE = 2.0**-20
LARGEST_SCALE = 0.49
MEAN_DENOMINATOR = 1000
MANTISSA_STEPS = 512


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class RoundedWeights:
    """weights: int8 in the layout of the real ones. bias: int32. scales: float32, one a channel. output: of what comes
    out, whose scale may have been raised."""

    weights: np.ndarray
    bias: np.ndarray
    scales: np.ndarray
    output: Quantization


def activation_quantization(low: float, high: float, *, relu: bool, bits: int = 8) -> Quantization:
    """Asymmetric int8 over [low, high]; a ReLU's output uses zero point -128. Symmetric int16."""
    if bits == 16:
        scale = np.float32(max(high, -low, 1e-6) / int16.INT16_HIGH)
        return Quantization(scale=float(scale), zero_point=0, bits=16)
    low, high = (0.0 if relu else min(low, 0.0)), max(high, 0.0)
    scale = np.float32(max(high - low, 1e-6) / (INT8_HIGH - INT8_LOW))
    zero_point = int(np.clip(np.rint(INT8_LOW - low / np.float64(scale)), INT8_LOW, INT8_HIGH))
    return Quantization(scale=float(scale), zero_point=zero_point)


def mean_quantization(source: Quantization, count: int, seen: tuple[float, float]) -> Quantization:
    """The output of a mean over `count` values, its scale raised a little so that no sum lies near a half step.

    Engines part there: onnxruntime scales by s_x / (n * s_y), XNNPACK by (s_x / s_y) * (1 / n), and XNNPACK adds the
    zero point before it rounds. With s_x / (n * s_y) = p / q, q odd, sum * p / q keeps 1 / (2 * q) away from every
    half: far more than float32 errs. An int16 mean has one arithmetic, and needs none of this but a scale in range.
    """
    output = activation_quantization(*seen, relu=source.zero_point == INT8_LOW, bits=source.bits)
    scale = max(output.scale, source.scale / LARGEST_MEAN_RATIO)
    if source.bits == 16:
        return with_scale(output, scale)
    share = source.scale / (count * scale)
    numerator = max(1, round(MEAN_DENOMINATOR * share))
    denominator = math.ceil(numerator / share) | 1
    return with_scale(output, source.scale * denominator / (count * numerator))


def rounded_weights(
    source: Quantization,
    output: Quantization,
    weights: np.ndarray,
    bias: np.ndarray,
    *,
    axis: int,
    one_scale: bool,
    short: bool,
) -> RoundedWeights:
    """Symmetric weights, one scale per output channel (`axis`) or one for all, bias at scale s_x * s_w.

    Weight scales have a floor, so that a dead channel's bias fits. The output scale has one, so that no multiplier
    reaches one half; only then weight scales get another, so that a dead channel's shift stays in range.
    short: the output scale is one that a recurrent layer can read; for that it moves less than a hundredth, and the
    shifts have room for much more.
    """
    channels = np.moveaxis(weights.astype(np.float64), axis, 0)
    scales = np.abs(channels.reshape(len(channels), -1)).max(axis=1) / WEIGHT_LIMIT
    source_scale = np.float64(source.scale)
    scales = np.maximum(scales, np.abs(bias) / (source_scale * LARGEST_BIAS))
    needed = source_scale * scales.max() / LARGEST_SCALE
    if output.scale < needed:
        output = with_scale(output, needed)
    scales = np.maximum(scales, SMALLEST_SCALE * np.float64(output.scale) / source_scale)
    if one_scale:
        scales = np.full_like(scales, scales.max())
    if short:
        output = with_scale(output, short_scale(output.scale))
    scales32 = scales.astype(np.float32)
    steps = np.rint(channels / scales32.astype(np.float64).reshape(-1, *[1] * (channels.ndim - 1)))
    integers = np.clip(steps, -WEIGHT_LIMIT, WEIGHT_LIMIT).astype(np.int8)
    bias_steps = np.rint(bias.astype(np.float64) / (source_scale * scales32.astype(np.float64)))
    return RoundedWeights(
        weights=np.ascontiguousarray(np.moveaxis(integers, 0, axis)),
        bias=np.clip(bias_steps, -LARGEST_BIAS, LARGEST_BIAS).astype(np.int32),
        scales=scales32,
        output=output,
    )


def short_scale(scale: float) -> float:
    """The smallest c * 2**-a >= scale with c in 257 to 511: float32 then holds every product that is needed.

    Powers of two are left out: LiteRT's default kernels take another way with them.
    """
    mantissa, exponent = np.frexp(scale)
    steps = int(np.ceil(mantissa * MANTISSA_STEPS))
    if steps == MANTISSA_STEPS:
        steps, exponent = MANTISSA_STEPS // 2, exponent + 1
    return float(np.ldexp(max(steps, MANTISSA_STEPS // 2 + 1) / MANTISSA_STEPS, int(exponent)))


def with_scale(output: Quantization, scale: float) -> Quantization:
    """Another scale; zero stays where it is in real numbers, as near as steps allow."""
    steps = output.zero_point if output.zero_point == INT8_LOW else round(output.zero_point * output.scale / scale)
    return dataclasses.replace(output, scale=float(np.float32(scale)), zero_point=steps)
