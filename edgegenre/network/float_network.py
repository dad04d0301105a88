"""A network with float32 arrays, batch norm folded: where quantization and the float export begin, without torch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from edgegenre.errors import NetworkError
from edgegenre.network.float_recurrent import recurrent_steps
from edgegenre.network.layers import AveragePool, Convolution, Dense, DepthwiseConv, GlobalAverage, Gru, Lstm
from edgegenre.network.network import Network, Node
from edgegenre.network.shape import Padding, Shape

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True, kw_only=True, eq=False)
class FloatNetwork:
    """`arrays[node name]` holds that layer's float32 arrays under the names and layouts its docstring gives.

    Raises NetworkError when an array is missing or has another shape.
    """

    network: Network
    arrays: Mapping[str, Arrays]

    def __post_init__(self) -> None:
        for node, shape in self.network.with_shapes():
            expected = array_shapes(node, shape)
            found = {name: array.shape for name, array in self.arrays.get(node.name, {}).items()}
            if found != expected:
                raise NetworkError(f"'{self.network.name}', layer '{node.name}': arrays {found}, expected {expected}.")

    def forward(self, features: np.ndarray) -> np.ndarray:
        """Logits [clips, classes] for normalized features [clips, time, frequency]."""
        *_, (_, logits) = self.tensors(features)
        return logits.reshape(len(features), -1)

    def tensors(self, features: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
        """Every tensor in order, the input first: (name, float32 [clips, time, frequency, channels])."""
        (only,) = self.network.inputs
        values = {only.name: features.astype(np.float32).reshape(len(features), *only.shape)}
        yield only.name, values[only.name]
        last_use = {name: node.name for node in self.network.nodes for name in node.inputs}
        for node, shape in self.network.with_shapes():
            values[node.name] = _apply(node, shape, values[node.inputs[0]], self.arrays.get(node.name, {}))
            for name in node.inputs:
                if last_use[name] == node.name:
                    del values[name]
            yield node.name, values[node.name]


def array_shapes(node: Node, shape: Shape) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the folded arrays of `node` for an input of `shape`."""
    match node.layer:
        case Convolution(channels=channels, kernel=kernel):
            return {"weights": (channels, *kernel, shape.channels), "bias": (channels,)}
        case DepthwiseConv(kernel=kernel):
            return {"weights": (*kernel, shape.channels), "bias": (shape.channels,)}
        case Gru(units=units) | Lstm(units=units) as layer:
            rows = layer.GATES * units
            return {"weights_input": (rows, shape.channels), "weights_hidden": (rows, units), "bias": (rows,)}
        case Dense(units=units):
            return {"weights": (units, shape.channels), "bias": (units,)}
    return {}


def pad(x: np.ndarray, padding: Padding, value: float = 0) -> np.ndarray:
    """Surround [clips, time, frequency, channels] by rows and columns of `value`."""
    widths = ((0, 0), (padding.top, padding.bottom), (padding.left, padding.right), (0, 0))
    return np.pad(x, widths, constant_values=value)


def windows(x: np.ndarray, kernel: tuple[int, int], stride: tuple[int, int]) -> np.ndarray:
    """View [clips, time, frequency, channels] as [clips, time_out, frequency_out, channels, *kernel]."""
    view = np.lib.stride_tricks.sliding_window_view(x, kernel, axis=(1, 2))
    return view[:, :: stride[0], :: stride[1]]


def _apply(node: Node, shape: Shape, x: np.ndarray, arrays: Arrays) -> np.ndarray:
    match node.layer:
        case Convolution() as layer:
            view = windows(pad(x, layer.padding(shape)), layer.kernel, layer.stride)
            columns = view.transpose(0, 1, 2, 4, 5, 3).reshape(*view.shape[:3], -1)
            y = columns @ arrays["weights"].reshape(layer.channels, -1).T + arrays["bias"]
            return np.maximum(y, 0) if layer.activation == "relu" else y
        case DepthwiseConv() as layer:
            view = windows(pad(x, layer.padding(shape)), layer.kernel, layer.stride)
            y = np.zeros(view.shape[:4], np.float32)
            for time in range(layer.kernel[0]):
                for frequency in range(layer.kernel[1]):
                    y += view[..., time, frequency] * arrays["weights"][time, frequency]
            y += arrays["bias"]
            return np.maximum(y, 0) if layer.activation == "relu" else y
        case AveragePool() as layer:
            return windows(x, layer.window, layer.window).mean(axis=(-2, -1), dtype=np.float32)
        case GlobalAverage():
            return x.mean(axis=(1, 2), keepdims=True, dtype=np.float32)
        case Gru() | Lstm() as layer:
            *_, last = recurrent_steps(layer, x, arrays)
            return last.state[:, np.newaxis, np.newaxis]
        case Dense():
            return x @ arrays["weights"].T + arrays["bias"]
