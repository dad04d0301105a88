"""Every layer in float32 numpy: the names and shapes of its arrays, and what it computes."""

from collections.abc import Callable, Mapping

import numpy as np

from edgegenre.network.float_recurrent import recurrent_rows
from edgegenre.network.layers import (
    ACTIVATIONS,
    ActivationLayer,
    Add,
    AnyLayer,
    AveragePool,
    Concat,
    Convolution,
    Dense,
    DepthwiseConv,
    Flatten,
    FlattenRows,
    GlobalAverage,
    GlobalMax,
    Gru,
    Lstm,
    MaxPool,
    RecurrentLayer,
    Transpose,
)
from edgegenre.network.shape import Shape
from edgegenre.network.windows import pad, windows

Arrays = Mapping[str, np.ndarray]
Dimensions = dict[str, tuple[int, ...]]


def array_shapes(layer: AnyLayer, shape: Shape) -> Dimensions:
    """Names and shapes of the folded arrays of `layer` for a first input of `shape`; none where it has none."""
    rule = _SHAPES.get(type(layer))
    return rule(layer, shape) if rule else {}


def _convolution_arrays(layer: Convolution, shape: Shape) -> Dimensions:
    return {"weights": (layer.channels, *layer.kernel, shape.channels), "bias": (layer.channels,)}


def _depthwise_arrays(layer: DepthwiseConv, shape: Shape) -> Dimensions:
    return {"weights": (*layer.kernel, shape.channels), "bias": (shape.channels,)}


def _recurrent_arrays(layer: RecurrentLayer, shape: Shape) -> Dimensions:
    rows = layer.GATES * layer.units
    return {"weights_input": (rows, shape.channels), "weights_hidden": (rows, layer.units), "bias": (rows,)}


def _dense_arrays(layer: Dense, shape: Shape) -> Dimensions:
    return {"weights": (layer.units, shape.channels), "bias": (layer.units,)}


_SHAPES: dict[type[AnyLayer], Callable[..., Dimensions]] = {
    Convolution: _convolution_arrays,
    DepthwiseConv: _depthwise_arrays,
    Gru: _recurrent_arrays,
    Lstm: _recurrent_arrays,
    Dense: _dense_arrays,
}


def _convolution(layer: Convolution, arrays: Arrays, x: np.ndarray) -> np.ndarray:
    view = windows(pad(x, layer.borders(_shape(x))), layer.kernel, layer.stride)
    columns = view.transpose(0, 1, 2, 4, 5, 3).reshape(*view.shape[:3], -1)
    y = columns @ arrays["weights"].reshape(layer.channels, -1).T + arrays["bias"]
    return np.maximum(y, 0) if layer.activation == "relu" else y


def _depthwise(layer: DepthwiseConv, arrays: Arrays, x: np.ndarray) -> np.ndarray:
    view = windows(pad(x, layer.borders(_shape(x))), layer.kernel, layer.stride)
    y = np.zeros(view.shape[:4], np.float32)
    for time in range(layer.kernel[0]):
        for frequency in range(layer.kernel[1]):
            y += view[..., time, frequency] * arrays["weights"][time, frequency]
    y += arrays["bias"]
    return np.maximum(y, 0) if layer.activation == "relu" else y


def _average_pool(layer: AveragePool, arrays: Arrays, x: np.ndarray) -> np.ndarray:
    return windows(x, layer.window, layer.window).mean(axis=(-2, -1), dtype=np.float32)


def _max_pool(layer: MaxPool, arrays: Arrays, x: np.ndarray) -> np.ndarray:
    return windows(x, layer.window, layer.window).max(axis=(-2, -1))


def _global_average(layer: GlobalAverage, arrays: Arrays, x: np.ndarray) -> np.ndarray:
    return x.mean(axis=(1, 2), keepdims=True, dtype=np.float32)


def _global_max(layer: GlobalMax, arrays: Arrays, x: np.ndarray) -> np.ndarray:
    return x.max(axis=(1, 2), keepdims=True)


def _activation(layer: ActivationLayer, arrays: Arrays, x: np.ndarray) -> np.ndarray:
    return layer.value(x)


def _add(layer: Add, arrays: Arrays, *x: np.ndarray) -> np.ndarray:
    return x[0] + x[1]


def _concat(layer: Concat, arrays: Arrays, *x: np.ndarray) -> np.ndarray:
    return np.concatenate(x, axis=3)


def _flatten(layer: Flatten, arrays: Arrays, x: np.ndarray) -> np.ndarray:
    return x.reshape(len(x), 1, 1, -1)


def _flatten_rows(layer: FlattenRows, arrays: Arrays, x: np.ndarray) -> np.ndarray:
    return x.reshape(*x.shape[:2], 1, -1)


def _transpose(layer: Transpose, arrays: Arrays, x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(x.swapaxes(1, 2))


def _recurrent(layer: RecurrentLayer, arrays: Arrays, x: np.ndarray) -> np.ndarray:
    rows = recurrent_rows(layer, x, arrays)
    return rows if layer.returns_rows else rows[:, -1:]


def _dense(layer: Dense, arrays: Arrays, x: np.ndarray) -> np.ndarray:
    return x @ arrays["weights"].T + arrays["bias"]


FLOAT_LAYERS: dict[type[AnyLayer], Callable[..., np.ndarray]] = {
    Convolution: _convolution,
    DepthwiseConv: _depthwise,
    AveragePool: _average_pool,
    MaxPool: _max_pool,
    GlobalAverage: _global_average,
    GlobalMax: _global_max,
    Add: _add,
    Concat: _concat,
    Flatten: _flatten,
    FlattenRows: _flatten_rows,
    Transpose: _transpose,
    Gru: _recurrent,
    Lstm: _recurrent,
    Dense: _dense,
    **dict.fromkeys(ACTIVATIONS, _activation),
}
"""(layer, its arrays, its inputs as float32 [clips, time, frequency, channels]) to its output."""


def _shape(x: np.ndarray) -> Shape:
    return Shape(*x.shape[1:])
