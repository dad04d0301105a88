"""The integer operations on rows of time, with padding in time already in place: offline and streaming call the same.

Rows are [clips, rows, frequency, channels], int8 or, where the operation is `wide`, int16; a clip axis costs nothing
and makes whole data sets fast.
"""

from collections.abc import Callable

import numpy as np

from edgegenre.integer import int16, recurrent
from edgegenre.integer.operations import (
    Cell,
    Join,
    Largest,
    Lookup,
    Mean,
    Operation,
    PerChannel,
    Product,
    Rearrange,
    Sum,
    WeightedOperation,
)
from edgegenre.integer.quantization import INT8_HIGH, INT8_LOW, WIDENING, Quantization
from edgegenre.integer.requantize import (
    Arithmetic,
    mean_multiplier,
    requantize_float32,
    requantize_q31,
)
from edgegenre.network.shape import Padding
from edgegenre.network.windows import pad, windows


def widened(values: np.ndarray, quantization: Quantization) -> np.ndarray:
    """`values` as an operation that reads them at `quantization` takes them: int8 shifted left where it is int16."""
    if quantization.bits == 16 and values.dtype == np.int8:
        return values.astype(np.int16) << WIDENING
    return values


def padded_in_time(operation: Operation, x: np.ndarray) -> np.ndarray:
    """`x` with the rows of zero point around it that `operation` sees in a whole window."""
    if not isinstance(operation, WeightedOperation):
        return x
    padding = operation.window.padding
    return pad(x, Padding(top=padding.top, bottom=padding.bottom), operation.input.zero_point)


def row_sum(mean: Mean, rows: np.ndarray) -> np.ndarray:
    """Sums of (q - zero point) over time and frequency: int64 [clips, channels]."""
    total: np.ndarray = (rows.astype(np.int64) - mean.input.zero_point).sum(axis=(1, 2))
    return total


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


def requantized(operation: WeightedOperation, accumulator: np.ndarray, arithmetic: Arithmetic) -> np.ndarray:
    """Sums of products and bias, int64, to the output's steps, clamped."""
    if operation.wide:
        return np.maximum(int16.requantize(accumulator, *operation.wide_multipliers), operation.low).astype(np.int16)
    if arithmetic == "float32":
        steps = requantize_float32(accumulator, operation.float32_scales)
    else:
        steps = requantize_q31(accumulator, *operation.q31_multipliers)
    return np.clip(steps + operation.output.zero_point, operation.low, INT8_HIGH).astype(np.int8)


def _centered(operation: WeightedOperation, rows: np.ndarray) -> np.ndarray:
    """Padded left and right, relative to the zero point.

    float64 holds every integer below 2**53 exactly, and matrix products of it are fast.
    """
    padding = operation.window.padding
    sides = Padding(left=padding.left, right=padding.right)
    return pad(rows, sides, operation.input.zero_point).astype(np.float64) - operation.input.zero_point


def _product(operation: Product, arithmetic: Arithmetic, rows: np.ndarray) -> np.ndarray:
    view = windows(_centered(operation, rows), operation.window.kernel, operation.window.stride)
    columns = view.transpose(0, 1, 2, 4, 5, 3).reshape(*view.shape[:3], -1)
    accumulator = columns @ operation.weights.reshape(operation.channels, -1).T.astype(np.float64)
    return requantized(operation, accumulator.astype(np.int64) + operation.bias, arithmetic)


def _per_channel(operation: PerChannel, arithmetic: Arithmetic, rows: np.ndarray) -> np.ndarray:
    kernel = operation.window.kernel
    view = windows(_centered(operation, rows), kernel, operation.window.stride)
    accumulator = np.zeros(view.shape[:4])
    for time in range(kernel[0]):
        for frequency in range(kernel[1]):
            accumulator += view[..., time, frequency] * operation.weights[time, frequency].astype(np.float64)
    return requantized(operation, accumulator.astype(np.int64) + operation.bias, arithmetic)


def _largest(operation: Largest, arithmetic: Arithmetic, rows: np.ndarray) -> np.ndarray:
    if operation.window is None:
        return rows.max(axis=(1, 2), keepdims=True)
    return windows(rows, operation.window, operation.window).max(axis=(-2, -1))


def _lookup(operation: Lookup, arithmetic: Arithmetic, rows: np.ndarray) -> np.ndarray:
    return operation.table[rows.astype(np.int16) - INT8_LOW]


def _sum(operation: Sum, arithmetic: Arithmetic, *rows: np.ndarray) -> np.ndarray:
    total = rows[0].astype(np.int16) + rows[1] - operation.output.zero_point
    return np.clip(total, INT8_LOW, INT8_HIGH).astype(np.int8)


def _join(operation: Join, arithmetic: Arithmetic, *rows: np.ndarray) -> np.ndarray:
    return np.concatenate(rows, axis=3)


def _mean(operation: Mean, arithmetic: Arithmetic, rows: np.ndarray) -> np.ndarray:
    count = rows.shape[1] * rows.shape[2]
    mean = global_average(operation.input, operation.output, row_sum(operation, rows), count, arithmetic)
    return mean[:, np.newaxis, np.newaxis]


def _cell(operation: Cell, arithmetic: Arithmetic, rows: np.ndarray) -> np.ndarray:
    states = recurrent.outputs(operation, rows)
    return states if operation.returns_rows else states[:, -1:]


def _rearranged(operation: Rearrange, arithmetic: Arithmetic, rows: np.ndarray) -> np.ndarray:
    if operation.order == "flatten":
        return rows.reshape(len(rows), 1, 1, -1)
    if operation.order == "flatten_rows":
        return rows.reshape(*rows.shape[:2], 1, -1)
    return np.ascontiguousarray(rows.swapaxes(1, 2))


NUMPY: dict[type[Operation], Callable[..., np.ndarray]] = {
    Product: _product,
    PerChannel: _per_channel,
    Largest: _largest,
    Lookup: _lookup,
    Sum: _sum,
    Join: _join,
    Mean: _mean,
    Cell: _cell,
    Rearrange: _rearranged,
}
"""(operation, arithmetic, its inputs padded in time) to its output. Only rows whose whole window is there are made."""
