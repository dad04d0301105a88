"""IntegerNetwork: a network and the integers that every export carries."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgegenre.errors import QuantizationError
from edgegenre.integer import int16
from edgegenre.integer.requantize import (
    ARITHMETICS,
    LARGEST_ACCUMULATOR,
    LARGEST_MEAN_RATIO,
    LARGEST_SHIFT,
    SMALLEST_SHIFT,
    Arithmetic,
    float32_scale,
    narrowed_multiplier,
    q31_multiplier,
    q31_scale,
)
from edgegenre.network.layers import AveragePool, Convolution, Dense, DepthwiseConv, GlobalAverage, RecurrentLayer
from edgegenre.network.network import Network, Node
from edgegenre.network.shape import Shape

INT8_LOW, INT8_HIGH = -128, 127
WEIGHT_LIMIT = 127

WIDENING = 8
"""int16 layers read the network's int8 input shifted left by this."""

INT16X8 = "int16x8"
"""The one arithmetic of int16 layers, as results name it."""

LARGEST_WIDE_ACCUMULATOR = 1 << 45
"""With multipliers of 15 bits the product stays within 61."""

LARGEST_WIDE_SUM = 1 << 31
"""Of a mean's int16 values: devices sum them in 32 bits, and times a multiplier of 31 bits they stay within 63."""

MEAN_BLOCKS = 10
"""Block sums of a continuous pooled head (`stream_heads`); a block has at least one row, however short the window."""


@dataclass(frozen=True, kw_only=True)
class Quantization:
    """real = scale * (q - zero_point), q int8, or int16 with zero point 0. `scale` is a float32 value."""

    scale: float
    zero_point: int
    bits: int = 8

    @property
    def dtype(self) -> type[np.signedinteger]:
        """numpy's type of q."""
        return np.int8 if self.bits == 8 else np.int16

    @property
    def low(self) -> int:
        """The smallest q."""
        return INT8_LOW if self.bits == 8 else int16.INT16_LOW

    @property
    def high(self) -> int:
        """The largest q."""
        return INT8_HIGH if self.bits == 8 else int16.INT16_HIGH

    @property
    def reach(self) -> int:
        """The largest |q - zero point|."""
        return max(self.high - self.zero_point, self.zero_point - self.low)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` takes them back."""
        return {"scale": float(self.scale), "zero_point": self.zero_point, "bits": self.bits}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """What `to_dict` gave. Raises KeyError, TypeError or ValueError when it is not well formed."""
        scale, zero_point, bits = float(np.float32(values["scale"])), int(values["zero_point"]), int(values["bits"])
        if not (np.isfinite(scale) and scale > 0):
            raise ValueError(f"{scale} is no scale")
        if bits not in (8, 16):
            raise ValueError(f"{bits} bits are neither int8 nor int16")
        if not INT8_LOW <= zero_point <= INT8_HIGH:
            raise ValueError(f"zero point {zero_point} is not an int8")
        return cls(scale=scale, zero_point=zero_point, bits=bits)

    def real(self, q: np.ndarray) -> np.ndarray:
        """The float64 values that `q` stands for."""
        return np.float64(self.scale) * (q.astype(np.int64) - self.zero_point)

    def quantize(self, values: np.ndarray) -> np.ndarray:
        """The nearest steps (half to even), clipped to the type's range."""
        steps = np.rint(values.astype(np.float64) / np.float64(self.scale)) + self.zero_point
        return np.clip(steps, self.low, self.high).astype(self.dtype)


@dataclass(frozen=True, kw_only=True, eq=False)
class IntegerLayer:
    """One node's integers.

    weights: int8 in [-127, 127] in the layout the layer's docstring gives (average pool: [*window, channels], all 127);
    bias: int32 at scale s_x * s_w, of an average pool 0; weight_scales: float32, one per output channel (dense layers
    and average pools: all equal). A layer without weights (global average) has empty arrays. input: of the tensor it
    reads, but with int16 activations a layer behind the network's int8 input reads it shifted left by WIDENING. An
    average pool's output has its input's quantization.
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
        return self.output.zero_point if relu else self.output.low

    @property
    def wide(self) -> bool:
        """Whether its activations are int16: then there is one arithmetic, with `wide_multipliers`."""
        return self.output.bits == 16

    @property
    def wide_multipliers(self) -> tuple[np.ndarray, np.ndarray]:
        """Multipliers of 15 bits and shifts, one per channel, for `int16.requantize`, as LiteRT's int16 kernels."""
        return narrowed_multiplier(*self.q31_multipliers)

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
        reach = self.input.reach
        weights = np.abs(self.weights.astype(np.int64))
        if isinstance(self.node.layer, DepthwiseConv | AveragePool):
            total = weights.sum(axis=(0, 1))
        else:
            total = weights.reshape(len(weights), -1).sum(axis=1)
        return total * reach + np.abs(self.bias.astype(np.int64))


@dataclass(frozen=True, kw_only=True, eq=False)
class IntegerRecurrent:
    """The integers of a GRU or LSTM; `edgegenre.integer.recurrent` computes it, alike in both arithmetics.

    weights_input: int8 [gates * units, channels] at scales_input; weights_hidden: int8 [gates * units, units] at
    scales_hidden; both in [-127, 127], gates in the layer's order. bias: int32 [gates * units], odd, at scale
    s_x / 128 * scales_input. scales_input, scales_hidden: float32, one a gate; float32 holds them exactly.
    gate_scale: of the int16 values that enter the gates, the input's scale times a power of two. output: the state as
    int8, scale 1/128, zero point 0.
    """

    node: Node
    input: Quantization
    output: Quantization
    weights_input: np.ndarray
    weights_hidden: np.ndarray
    bias: np.ndarray
    scales_input: np.ndarray
    scales_hidden: np.ndarray
    gate_scale: float

    @property
    def units(self) -> int:
        """Hidden units."""
        return self.weights_hidden.shape[1]

    @property
    def input_step(self) -> float:
        """Real value of one step of what enters the product: an int16 input, or an int8 one shifted left."""
        return recurrent_input_step(self.input)

    @property
    def input_multipliers(self) -> tuple[np.ndarray, np.ndarray]:
        """Multipliers and shifts for `int16.requantize`, one a gate: int64 each."""
        return _gate_multipliers(self.scales_input, self.gate_scale / self.input_step)

    @property
    def hidden_multipliers(self) -> tuple[np.ndarray, np.ndarray]:
        """The same for the product with the state."""
        return _gate_multipliers(self.scales_hidden, self.gate_scale / int16.STATE_SCALE)

    def largest_accumulator(self) -> np.ndarray:
        """The worst case of |accumulator| per row of weights, of either product: int64 [gates * units]."""
        reach = self.input.reach << input_shift(self.input)
        from_input = np.abs(self.weights_input.astype(np.int64)).sum(axis=1) * reach + np.abs(
            self.bias.astype(np.int64)
        )
        from_state = (np.abs(self.weights_hidden.astype(np.int64)).sum(axis=1) << 7 + int16.STATE_SHIFT) + 1
        return np.maximum(from_input, from_state)


AnyIntegerLayer = IntegerLayer | IntegerRecurrent


def read_as_int16(source: Quantization) -> Quantization:
    """An int8 quantization with zero point 0, as int16 layers read it."""
    return Quantization(scale=source.scale / (1 << WIDENING), zero_point=0, bits=16)


def input_shift(source: Quantization) -> int:
    """By how much a recurrent layer shifts its input left: int8 ones only."""
    return int16.INPUT_SHIFT if source.bits == 8 else 0


def recurrent_input_step(source: Quantization) -> float:
    """Real value of one step of what enters a recurrent layer's product with its input."""
    return float(np.float32(source.scale)) / (1 << input_shift(source))


@dataclass(frozen=True, kw_only=True, eq=False)
class IntegerNetwork:
    """A network with its input's quantization and one integer layer a node, in the network's order.

    input is int8 always; layers with int16 activations read it shifted left. Raises QuantizationError when an array has
    the wrong type or shape, a layer reads a tensor at another quantization than this tensor has, or a range is not
    proven: every accumulator stays below 2**30 for any input (2**45 under int16 activations, 2**31 of their mean),
    every q31 shift lies in 1 to 30. A mean's shift, before the count is folded in, is at most 30, and its input's scale
    at most LARGEST_MEAN_RATIO times its output's.
    """

    network: Network
    input: Quantization
    layers: tuple[AnyIntegerLayer, ...]

    def __post_init__(self) -> None:
        if tuple(layer.node for layer in self.layers) != self.network.nodes:
            raise QuantizationError(f"'{self.network.name}': the integer layers do not match the network's nodes.")
        if self.input.bits != 8 or (self.wide and self.input.zero_point):
            raise QuantizationError(
                f"'{self.network.name}': the network's input is int8, with zero point 0 where int16 layers read it."
            )
        written = {layer.node.name: layer.output for layer in self.layers}
        for layer, (_, shape) in zip(self.layers, self.network.with_shapes(), strict=True):
            where = f"'{self.network.name}', layer '{layer.node.name}'"
            if any(layer.input != written.get(name, self._read(layer)) for name in layer.node.inputs):
                raise QuantizationError(f"{where}: it does not read its input at the quantization that this has.")
            if isinstance(layer, IntegerRecurrent):
                _check_recurrent(where, layer, shape)
            else:
                _check_layer(where, layer, shape)

    def _read(self, layer: AnyIntegerLayer) -> Quantization:
        """The network's input as `layer` reads it."""
        return read_as_int16(self.input) if layer.input.bits == 16 else self.input

    def with_shapes(self) -> Iterator[tuple[AnyIntegerLayer, Shape]]:
        """Every layer with the shape of its (first) input."""
        for layer, (_, shape) in zip(self.layers, self.network.with_shapes(), strict=True):
            yield layer, shape

    @property
    def wide(self) -> bool:
        """Whether activations are int16: the recipe int16x8."""
        return self.layers[0].input.bits == 16

    @property
    def output(self) -> Quantization:
        """The quantization of the logits."""
        return self.layers[-1].output

    @property
    def arithmetics(self) -> dict[str, Arithmetic]:
        """Those in which logits may differ, by `arithmetic_name`: one where they are int16."""
        return {arithmetic_name(self.output, item): item for item in ARITHMETICS}


def arithmetic_name(output: Quantization, arithmetic: Arithmetic) -> str:
    """How results in `arithmetic` are named. int16 logits are behind int16 layers alone, which have one for both.

    int8 layers behind the recurrent head of a wide network have both.
    """
    return INT16X8 if output.bits == 16 else arithmetic


def weight_shape(node: Node, shape: Shape) -> tuple[int, ...]:
    """The shape of the int8 weights of `node`, an IntegerLayer, for an input of `shape`; (0,) where it has none."""
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
    raise QuantizationError(f"layer '{node.name}' ({type(node.layer).__name__}) has no single array of weights.")


def _gate_multipliers(scales: np.ndarray, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """scales = multiplier * 2**-shift * unit; exact, because the scales were made from such multipliers."""
    mantissa, exponent = np.frexp(scales.astype(np.float64) / unit)
    multipliers = mantissa * (1 << int16.MULTIPLIER_BITS)
    return np.rint(multipliers).astype(np.int64), int16.MULTIPLIER_BITS - exponent.astype(np.int64)


def _check_recurrent(where: str, layer: IntegerRecurrent, shape: Shape) -> None:
    """Raise QuantizationError unless every promise of IntegerRecurrent and of `int16` holds."""
    description = layer.node.layer
    if not isinstance(description, RecurrentLayer):
        raise QuantizationError(f"{where}: a recurrent layer's integers belong to a recurrent layer.")
    units, rows = description.units, description.GATES * description.units
    expected = {
        "weights_input": (np.int8, (rows, shape.channels)),
        "weights_hidden": (np.int8, (rows, units)),
        "bias": (np.int32, (rows,)),
        "scales_input": (np.float32, (description.GATES,)),
        "scales_hidden": (np.float32, (description.GATES,)),
    }
    for name, (dtype, dimensions) in expected.items():
        array = getattr(layer, name)
        if array.dtype != dtype or array.shape != dimensions:
            raise QuantizationError(f"{where}: {name} is {array.dtype} {array.shape}, expected {dimensions}.")
    scales = np.array([layer.input.scale, layer.gate_scale, *layer.scales_input, *layer.scales_hidden])
    if not (np.isfinite(scales).all() and (scales > 0).all()):
        raise QuantizationError(f"{where}: a scale is zero, negative or not a number.")
    if layer.output != Quantization(scale=int16.OUTPUT_SCALE, zero_point=0):
        raise QuantizationError(f"{where}: a recurrent layer's output has scale 1/128 and zero point 0.")
    mantissa, _ = np.frexp(layer.gate_scale)
    if mantissa != np.frexp(layer.input.scale)[0] or mantissa == 0.5 or mantissa * 512 != np.rint(mantissa * 512):
        raise QuantizationError(f"{where}: input and gates need one short mantissa in their scales, no power of two.")
    if (layer.weights_input == INT8_LOW).any() or (layer.weights_hidden == INT8_LOW).any():
        raise QuantizationError(f"{where}: weights must lie in [-127, 127].")
    if (layer.bias % 2 == 0).any():
        raise QuantizationError(f"{where}: every bias must be odd.")
    if layer.largest_accumulator().max() >= LARGEST_ACCUMULATOR:
        raise QuantizationError(f"{where}: an accumulator can reach 2**30.")
    for scales, unit, (multipliers, shifts) in (
        (layer.scales_input, layer.gate_scale / layer.input_step, layer.input_multipliers),
        (layer.scales_hidden, layer.gate_scale / int16.STATE_SCALE, layer.hidden_multipliers),
    ):
        exact = multipliers * 2.0**-shifts * unit == scales.astype(np.float64)
        in_range = (shifts >= int16.SMALLEST_SHIFT) & (shifts <= int16.LARGEST_SHIFT)
        if not (exact & in_range & (multipliers % 2 == 1)).all():
            raise QuantizationError(f"{where}: a gate's multiplier is not odd, or its shift lies outside 16 to 32.")


def _check_layer(where: str, layer: IntegerLayer, shape: Shape) -> None:
    """Raise QuantizationError unless every promise of IntegerLayer holds."""
    expected = weight_shape(layer.node, shape)
    found = (layer.weights.dtype, layer.bias.dtype, layer.weight_scales.dtype)
    if layer.weights.shape != expected or found != (np.int8, np.int32, np.float32):
        raise QuantizationError(
            f"{where}: weights are {layer.weights.dtype} {layer.weights.shape}, expected {expected}."
        )
    scales = np.array([layer.input.scale, layer.output.scale, *layer.weight_scales])
    if not (np.isfinite(scales).all() and (scales > 0).all()):
        raise QuantizationError(f"{where}: a scale is zero, negative or not a number.")
    if layer.input.bits != layer.output.bits or (layer.wide and (layer.input.zero_point or layer.output.zero_point)):
        raise QuantizationError(f"{where}: input and output are both int8, or both int16 with zero point 0.")
    description = layer.node.layer
    if isinstance(description, GlobalAverage):
        _check_average(where, layer, shape)
        return
    channels = expected[-1] if isinstance(description, DepthwiseConv | AveragePool) else expected[0]
    if layer.bias.shape != (channels,) or layer.weight_scales.shape != (channels,):
        raise QuantizationError(f"{where}: needs one bias and one weight scale for each of {channels} channels.")
    if isinstance(description, Dense | AveragePool) and (layer.weight_scales != layer.weight_scales[0]).any():
        raise QuantizationError(f"{where}: all weight scales of a dense layer or an average pool are equal.")
    if isinstance(description, AveragePool) and not (
        (layer.weights == WEIGHT_LIMIT).all() and not layer.bias.any() and layer.input == layer.output
    ):
        raise QuantizationError(f"{where}: an average pool has weights of 127, no bias, and its input's quantization.")
    if (layer.weights == INT8_LOW).any():
        raise QuantizationError(f"{where}: weights must lie in [-127, 127].")
    limit = LARGEST_WIDE_ACCUMULATOR if layer.wide else LARGEST_ACCUMULATOR
    if layer.largest_accumulator().max() >= limit:
        raise QuantizationError(f"{where}: an accumulator can reach 2**{limit.bit_length() - 1}.")
    _, shifts = layer.q31_multipliers
    if shifts.min() < SMALLEST_SHIFT or shifts.max() > LARGEST_SHIFT:
        raise QuantizationError(f"{where}: a q31 shift lies outside {SMALLEST_SHIFT} to {LARGEST_SHIFT}.")


def _check_average(where: str, layer: IntegerLayer, shape: Shape) -> None:
    """Raise QuantizationError unless the mean of any rows, of a window or of a continuous stream, stays in range."""
    if layer.bias.size or layer.weight_scales.size:
        raise QuantizationError(f"{where}: a global average has no biases and no weight scales.")
    count = max(shape.time, MEAN_BLOCKS) * shape.frequency
    limit = LARGEST_WIDE_SUM if layer.wide else LARGEST_ACCUMULATOR
    if count * layer.input.reach >= limit:
        raise QuantizationError(f"{where}: the sum of {count} values can reach 2**{limit.bit_length() - 1}.")
    ratio = np.float64(layer.input.scale) / np.float64(layer.output.scale)
    _, shift = q31_multiplier(ratio)
    if ratio > LARGEST_MEAN_RATIO or shift > LARGEST_SHIFT:
        raise QuantizationError(
            f"{where}: a mean's input scale is at most {LARGEST_MEAN_RATIO} times its output's, its q31 shift at most "
            f"{LARGEST_SHIFT}."
        )
