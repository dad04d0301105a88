"""IntegerNetwork: a network and the integers that every export carries."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from edgegenre.errors import QuantizationError
from edgegenre.integer.requantize import (
    LARGEST_ACCUMULATOR,
    LARGEST_SHIFT,
    SMALLEST_SHIFT,
    float32_scale,
    q31_multiplier,
    q31_scale,
)
from edgegenre.network.layers import AveragePool, Convolution, Dense, DepthwiseConv, GlobalAverage
from edgegenre.network.network import Network, Node
from edgegenre.network.shape import Shape

INT8_LOW, INT8_HIGH = -128, 127
WEIGHT_LIMIT = 127


@dataclass(frozen=True, kw_only=True)
class Quantization:
    """real = scale * (q - zero_point), q int8. `scale` is a float32 value."""

    scale: float
    zero_point: int

    def real(self, q: np.ndarray) -> np.ndarray:
        """The float64 values that `q` stands for."""
        return np.float64(self.scale) * (q.astype(np.int64) - self.zero_point)

    def quantize(self, values: np.ndarray) -> np.ndarray:
        """The nearest steps (half to even), clipped to int8."""
        steps = np.rint(values.astype(np.float64) / np.float64(self.scale)) + self.zero_point
        return np.clip(steps, INT8_LOW, INT8_HIGH).astype(np.int8)


@dataclass(frozen=True, kw_only=True, eq=False)
class IntegerLayer:
    """One node's integers.

    weights: int8 in [-127, 127] in the layout the layer's docstring gives (average pool: [*window, channels], all 127);
    bias: int32 at scale s_x * s_w; weight_scales: float32, one per output channel (dense layers: all equal).
    A layer without weights (global average) has empty arrays. low: the smallest output, the zero point under a ReLU.
    """

    node: Node
    input: Quantization
    output: Quantization
    weights: np.ndarray
    bias: np.ndarray
    weight_scales: np.ndarray

    @property
    def low(self) -> int:
        """The smallest output value: a ReLU's zero is the output's zero point."""
        relu = isinstance(self.node.layer, Convolution | DepthwiseConv) and self.node.layer.activation == "relu"
        return self.output.zero_point if relu else INT8_LOW

    @property
    def float32_scales(self) -> np.ndarray:
        """float32, one per channel, for `requantize_float32`."""
        return float32_scale(self.input.scale, self.weight_scales, self.output.scale)

    @property
    def q31_multipliers(self) -> tuple[np.ndarray, np.ndarray]:
        """Multipliers and shifts, one per channel, for `requantize_q31`."""
        return q31_multiplier(q31_scale(self.input.scale, self.weight_scales, self.output.scale))

    def largest_accumulator(self) -> np.ndarray:
        """The worst case of |accumulator| per output channel, over every possible input: int64."""
        reach = max(INT8_HIGH - self.input.zero_point, self.input.zero_point - INT8_LOW)
        weights = np.abs(self.weights.astype(np.int64))
        if isinstance(self.node.layer, DepthwiseConv | AveragePool):
            total = weights.sum(axis=(0, 1))
        else:
            total = weights.reshape(len(weights), -1).sum(axis=1)
        return total * reach + np.abs(self.bias.astype(np.int64))


@dataclass(frozen=True, kw_only=True, eq=False)
class IntegerNetwork:
    """A network with its input's quantization and one IntegerLayer a node, in the network's order.

    Raises QuantizationError when an array has the wrong type or shape, or a range is not proven: every accumulator
    stays below 2**30 for any input, every q31 shift lies in 1 to 30.
    """

    network: Network
    input: Quantization
    layers: tuple[IntegerLayer, ...]

    def __post_init__(self) -> None:
        if tuple(layer.node for layer in self.layers) != self.network.nodes:
            raise QuantizationError(f"'{self.network.name}': the integer layers do not match the network's nodes.")
        for layer, (_, shape) in zip(self.layers, self.network.with_shapes(), strict=True):
            _check_layer(self.network.name, layer, shape)

    def with_shapes(self) -> Iterator[tuple[IntegerLayer, Shape]]:
        """Every layer with the shape of its (first) input."""
        for layer, (_, shape) in zip(self.layers, self.network.with_shapes(), strict=True):
            yield layer, shape

    @property
    def output(self) -> Quantization:
        """The quantization of the logits."""
        return self.layers[-1].output


def weight_shape(node: Node, shape: Shape) -> tuple[int, ...]:
    """The shape of the int8 weights of `node` for an input of `shape`; (0,) where it has none.

    Raises QuantizationError for a layer that has no integer form.
    """
    match node.layer:
        case Convolution(channels=channels, kernel=kernel):
            return (channels, *kernel, shape.channels)
        case DepthwiseConv(kernel=kernel):
            return (*kernel, shape.channels)
        case AveragePool(window=window):
            return (*window, shape.channels)
        case Dense(units=units):
            return (units, shape.channels)
        case GlobalAverage():
            return (0,)
    raise QuantizationError(
        f"layer '{node.name}' ({type(node.layer).__name__}) has no int8 form in this version. "
        "Recurrent models export as float ONNX: add --float."
    )


def _check_layer(name: str, layer: IntegerLayer, shape: Shape) -> None:
    expected = weight_shape(layer.node, shape)
    where = f"'{name}', layer '{layer.node.name}'"
    found = (layer.weights.dtype, layer.bias.dtype, layer.weight_scales.dtype)
    if layer.weights.shape != expected or found != (np.int8, np.int32, np.float32):
        raise QuantizationError(
            f"{where}: weights are {layer.weights.dtype} {layer.weights.shape}, expected {expected}."
        )
    scales = np.array([layer.input.scale, layer.output.scale, *layer.weight_scales])
    if not (np.isfinite(scales).all() and (scales > 0).all()):
        raise QuantizationError(f"{where}: a scale is zero, negative or not a number.")
    if expected == (0,):
        return
    channels = expected[-1] if isinstance(layer.node.layer, DepthwiseConv | AveragePool) else expected[0]
    if layer.bias.shape != (channels,) or layer.weight_scales.shape != (channels,):
        raise QuantizationError(f"{where}: needs one bias and one weight scale for each of {channels} channels.")
    if (layer.weights == INT8_LOW).any():
        raise QuantizationError(f"{where}: weights must lie in [-127, 127].")
    if layer.largest_accumulator().max() >= LARGEST_ACCUMULATOR:
        raise QuantizationError(f"{where}: an accumulator can reach 2**30.")
    _, shifts = layer.q31_multipliers
    if shifts.min() < SMALLEST_SHIFT or shifts.max() > LARGEST_SHIFT:
        raise QuantizationError(f"{where}: a q31 shift lies outside {SMALLEST_SHIFT} to {LARGEST_SHIFT}.")
