"""The integer layers on rows of time, with padding already in place: offline and streaming call the same functions.

Rows are [clips, rows, frequency, channels], int8 or, where the layer is `wide`, int16; a clip axis costs nothing and
makes whole data sets fast.
"""

import numpy as np

from edgegenre.integer import int16
from edgegenre.integer.requantize import (
    Arithmetic,
    mean_multiplier,
    requantize_float32,
    requantize_q31,
)
from edgegenre.integer.tensors import INT8_HIGH, WIDENING, IntegerLayer, IntegerNetwork, Quantization
from edgegenre.network.float_network import windows
from edgegenre.network.layers import AveragePool, Convolution, DepthwiseConv, WindowedLayer
from edgegenre.network.shape import Padding, Shape


def first_rows(network: IntegerNetwork, features: np.ndarray) -> np.ndarray:
    """The network's int8 input as its first layer reads it."""
    return features.astype(np.int16) << WIDENING if network.wide else features


def frequency_padding(layer: WindowedLayer, shape: Shape) -> Padding:
    """The columns of zero point left and right of every row; rows above and below are the caller's."""
    padding = layer.padding(shape)
    return Padding(left=padding.left, right=padding.right)


def windowed(layer: IntegerLayer, rows: np.ndarray, arithmetic: Arithmetic) -> np.ndarray:
    """Apply a convolution, depthwise convolution or average pool to padded rows; returns int8 output rows.

    rows: int8, time and frequency padding already there as the input's zero point. Only rows whose whole window is
    there are computed: (rows - kernel) // stride + 1.
    """
    description = layer.node.layer
    # float64 holds every integer below 2**53 exactly, and matrix products of it are fast.
    centered = rows.astype(np.float64) - layer.input.zero_point
    if isinstance(description, Convolution):
        view = windows(centered, description.kernel, description.stride)
        columns = view.transpose(0, 1, 2, 4, 5, 3).reshape(*view.shape[:3], -1)
        accumulator = columns @ layer.weights.reshape(description.channels, -1).T.astype(np.float64)
    else:
        accumulator = _depthwise(layer, centered)
    return _requantize(layer, accumulator.astype(np.int64) + layer.bias, arithmetic)


def dense(layer: IntegerLayer, vector: np.ndarray, arithmetic: Arithmetic) -> np.ndarray:
    """Fully connected: int8 [..., channels_in] to int8 [..., units]."""
    centered = vector.astype(np.float64) - layer.input.zero_point
    accumulator = centered @ layer.weights.T.astype(np.float64)
    return _requantize(layer, accumulator.astype(np.int64) + layer.bias, arithmetic)


def row_sum(layer: IntegerLayer, rows: np.ndarray) -> np.ndarray:
    """Sums of (q - zero point) over time and frequency: int64 [clips, channels]."""
    return (rows.astype(np.int64) - layer.input.zero_point).sum(axis=(1, 2))


def global_average(
    source: Quantization, target: Quantization, total: np.ndarray, count: int, arithmetic: Arithmetic
) -> np.ndarray:
    """The mean of `count` values from their sum: `target`'s steps, same shape as `total`.

    float32: rint(float32(total) * (s_x / (count * s_y))). q31, and int16 values in either: 1 / count folded into the
    multiplier.
    """
    if arithmetic == "float32" and target.bits == 8:
        divisor = np.float32(count) * np.float32(target.scale)
        steps = requantize_float32(total, np.float32(source.scale) / divisor)
    else:
        multiplier, shift = mean_multiplier(np.float64(source.scale) / np.float64(target.scale), count)
        steps = requantize_q31(total, np.array(multiplier), np.array(shift))
    return np.clip(steps + target.zero_point, target.low, target.high).astype(target.dtype)


def _depthwise(layer: IntegerLayer, centered: np.ndarray) -> np.ndarray:
    description = layer.node.layer
    assert isinstance(description, DepthwiseConv | AveragePool)
    kernel = layer.weights.shape[:2]
    stride = description.stride if isinstance(description, DepthwiseConv) else description.window
    view = windows(centered, (kernel[0], kernel[1]), stride)
    accumulator = np.zeros(view.shape[:4])
    for time in range(kernel[0]):
        for frequency in range(kernel[1]):
            accumulator += view[..., time, frequency] * layer.weights[time, frequency].astype(np.float64)
    return accumulator


def _requantize(layer: IntegerLayer, accumulator: np.ndarray, arithmetic: Arithmetic) -> np.ndarray:
    if layer.wide:
        return np.maximum(int16.requantize(accumulator, *layer.wide_multipliers), layer.low).astype(np.int16)
    if arithmetic == "float32":
        steps = requantize_float32(accumulator, layer.float32_scales)
    else:
        steps = requantize_q31(accumulator, *layer.q31_multipliers)
    return np.clip(steps + layer.output.zero_point, layer.low, INT8_HIGH).astype(np.int8)
