"""From layers to integer operations: the one place that knows both.

Every layer becomes one operation of its own name. Where tensors meet, in a sum or a concatenation, all must have one
quantization: what makes them takes it on where it can, and elsewhere a `Lookup` changes the scale on the way.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from edgegenre.errors import QuantizationError
from edgegenre.integer.network import IntegerInput
from edgegenre.integer.operations import (
    POINT,
    Join,
    Largest,
    Lookup,
    Mean,
    Operation,
    PerChannel,
    Product,
    Rearrange,
    Sum,
    Window,
)
from edgegenre.integer.operations.weighted import WEIGHT_LIMIT
from edgegenre.integer.quantization import INT8_HIGH, INT8_LOW, Quantization, read_as_int16
from edgegenre.network.float_layers import Arrays
from edgegenre.network.float_network import FloatNetwork
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
    Transpose,
)
from edgegenre.network.network import Network, Node
from edgegenre.network.shape import Shape
from edgegenre.quantize.recipe import PER_TENSOR, QuantizationRecipe
from edgegenre.quantize.recurrent import feeds_recurrent, quantize_recurrent
from edgegenre.quantize.scales import (
    activation_quantization,
    mean_quantization,
    rounded_weights,
    short_scale,
    with_scale,
)

Range = tuple[float, float]

KEEPS_QUANTIZATION = (AveragePool, MaxPool, GlobalMax, Flatten, FlattenRows, Transpose)
"""Layers whose output is read as their input is."""

CHOOSES_QUANTIZATION = (Convolution, DepthwiseConv, Dense, *ACTIVATIONS)
"""Layers that can give out any quantization that is asked of them, if its range allows."""


class Lowering:
    """One network's way to integers. ranges: of every tensor, as calibration observed them."""

    def __init__(
        self,
        network: FloatNetwork,
        inputs: Sequence[IntegerInput],
        ranges: Mapping[str, Range],
        recipe: QuantizationRecipe,
    ) -> None:
        self._network, self.ranges = network, ranges
        self.bits, self.per_tensor = recipe.bits, recipe.weights == PER_TENSOR
        self._short = feeds_recurrent(network.network)
        self._targets = _targets(network.network, ranges, self.bits)
        self._asked = _asked(network.network)
        self._shapes = network.network.shapes()
        self.quantizations = {
            item.name: read_as_int16(item.quantization) if self.bits == 16 else item.quantization for item in inputs
        }
        self._made: list[Operation] = []

    def operations(self) -> tuple[Operation, ...]:
        """Every operation in order. Raises QuantizationError when a layer has no integer form."""
        for node in self._network.network.nodes:
            try:
                lower = LOWERINGS[type(node.layer)]
            except KeyError:
                raise QuantizationError(
                    f"layer '{node.name}' ({type(node.layer).__name__}) has no integer form."
                ) from None
            self._add(lower(self, node))
        return tuple(self._made)

    def source(self, node: Node) -> Quantization:
        """How `node` reads its first input."""
        return self.quantizations[node.inputs[0]]

    def shape(self, node: Node) -> Shape:
        """The shape of its first input."""
        return self._shapes[node.inputs[0]]

    def arrays(self, node: Node) -> Arrays:
        """Its real arrays."""
        return self._network.arrays[node.name]

    def short(self, node: Node) -> bool:
        """Whether its output's scale must be one that a recurrent layer can read."""
        return node.name in self._short

    def asked(self, node: Node) -> Quantization | None:
        """The quantization that a sum or concatenation behind it would like it to have."""
        name = self._asked.get(node.name)
        return self._targets[name] if name is not None else None

    def target(self, node: Node) -> Quantization:
        """The one quantization of a sum or concatenation."""
        return self._targets[node.name]

    def rescaled(self, name: str, reader: str, target: Quantization) -> str:
        """The tensor `name` at `target`: itself, or what a table makes of it for `reader`."""
        source = self.quantizations[name]
        if source == target:
            return name
        table = _table(source, target, lambda values: values)
        made = f"{name}_for_{reader}"
        self._add(Lookup(name=made, inputs=(name,), input=source, output=target, table=table))
        return made

    def _add(self, operation: Operation) -> None:
        self.quantizations[operation.name] = operation.output
        self._made.append(operation)


def _targets(network: Network, ranges: Mapping[str, Range], bits: int) -> dict[str, Quantization]:
    """For each sum and concatenation the quantization that holds all that meets there, and a sum's result."""
    found = {}
    for node in network.nodes:
        if isinstance(node.layer, Add | Concat):
            lows, highs = zip(*(ranges.get(name, (-1.0, 1.0)) for name in (*node.inputs, node.name)), strict=True)
            low, high = min(lows), max(highs)
            found[node.name] = activation_quantization(low, high, relu=low >= 0, bits=bits)
    return found


def _asked(network: Network) -> dict[str, str]:
    """By layer that can choose, the first sum or concatenation that it is asked to choose for."""
    nodes = {node.name: node for node in network.nodes}
    found: dict[str, str] = {}
    for node in network.nodes:
        if not isinstance(node.layer, Add | Concat):
            continue
        for name in node.inputs:
            while name in nodes and isinstance(nodes[name].layer, KEEPS_QUANTIZATION):
                name = nodes[name].inputs[0]
            if name in nodes and isinstance(nodes[name].layer, CHOOSES_QUANTIZATION):
                found.setdefault(name, node.name)
    return found


def _convolution(lowering: Lowering, node: Node) -> Operation:
    layer = node.layer
    assert isinstance(layer, Convolution)
    window = Window(kernel=layer.kernel, stride=layer.stride, padding=layer.borders(lowering.shape(node)))
    return _weighted(lowering, node, Product, window, relu=layer.activation == "relu")


def _depthwise(lowering: Lowering, node: Node) -> Operation:
    layer = node.layer
    assert isinstance(layer, DepthwiseConv)
    window = Window(kernel=layer.kernel, stride=layer.stride, padding=layer.borders(lowering.shape(node)))
    return _weighted(lowering, node, PerChannel, window, relu=layer.activation == "relu")


def _dense(lowering: Lowering, node: Node) -> Operation:
    """A product with a kernel of (1, 1); one weight scale, as a dense layer has few channels that differ little."""
    return _weighted(lowering, node, Product, POINT, relu=False, one_scale=True)


def _weighted(
    lowering: Lowering,
    node: Node,
    kind: type[Product] | type[PerChannel],
    window: Window,
    *,
    relu: bool,
    one_scale: bool = False,
) -> Operation:
    source, arrays = lowering.source(node), lowering.arrays(node)
    own = activation_quantization(*lowering.ranges[node.name], relu=relu, bits=source.bits)
    asked = lowering.asked(node)
    choices = [own] if asked is None or (relu and asked.zero_point != INT8_LOW) else [asked, own]
    for wanted in choices:
        rounded = rounded_weights(
            source,
            wanted,
            arrays["weights"],
            arrays["bias"],
            axis=2 if kind is PerChannel else 0,
            one_scale=one_scale or lowering.per_tensor,
            short=lowering.short(node),
        )
        if rounded.output == wanted:
            break
    weights = rounded.weights.reshape(len(rounded.weights), 1, 1, -1) if rounded.weights.ndim == 2 else rounded.weights
    return kind(
        name=node.name,
        inputs=node.inputs,
        input=source,
        output=rounded.output,
        window=window,
        weights=weights,
        bias=rounded.bias,
        weight_scales=rounded.scales,
        low=rounded.output.zero_point if relu else rounded.output.low,
    )


def _average_pool(lowering: Lowering, node: Node) -> Operation:
    """A mean as a depthwise convolution with equal scales: exact on every engine (docs/design.md, "Exactness")."""
    layer, source = node.layer, lowering.source(node)
    assert isinstance(layer, AveragePool)
    rows, columns = layer.window
    channels = lowering.shape(node).channels
    return PerChannel(
        name=node.name,
        inputs=node.inputs,
        input=source,
        output=source,
        window=Window(kernel=layer.window, stride=layer.window),
        weights=np.full((rows, columns, channels), WEIGHT_LIMIT, np.int8),
        bias=np.zeros(channels, np.int32),
        weight_scales=np.full(channels, np.float32(1 / (WEIGHT_LIMIT * rows * columns)), np.float32),
        low=source.low,
    )


def _max_pool(lowering: Lowering, node: Node) -> Operation:
    layer, source = node.layer, lowering.source(node)
    assert isinstance(layer, MaxPool)
    return Largest(name=node.name, inputs=node.inputs, input=source, output=source, window=layer.window)


def _global_max(lowering: Lowering, node: Node) -> Operation:
    source = lowering.source(node)
    return Largest(name=node.name, inputs=node.inputs, input=source, output=source, window=None)


def _global_average(lowering: Lowering, node: Node) -> Operation:
    source, shape = lowering.source(node), lowering.shape(node)
    output = mean_quantization(source, shape.time * shape.frequency, lowering.ranges[node.name])
    return Mean(name=node.name, inputs=node.inputs, input=source, output=output, extent=(shape.time, shape.frequency))


def _activation(lowering: Lowering, node: Node) -> Operation:
    layer, source = node.layer, lowering.source(node)
    assert isinstance(layer, ActivationLayer)
    output = lowering.asked(node) or activation_quantization(*lowering.ranges[node.name], relu=False)
    if lowering.short(node):
        output = with_scale(output, short_scale(output.scale))
    table = _table(source, output, layer.value)
    return Lookup(name=node.name, inputs=node.inputs, input=source, output=output, table=table)


def _add(lowering: Lowering, node: Node) -> Operation:
    target = lowering.target(node)
    inputs = tuple(lowering.rescaled(name, node.name, target) for name in node.inputs)
    return Sum(name=node.name, inputs=inputs, input=target, output=target)


def _concat(lowering: Lowering, node: Node) -> Operation:
    """Where all inputs have one quantization already, it stays."""
    found = {lowering.quantizations[name] for name in node.inputs}
    target = found.pop() if len(found) == 1 else lowering.target(node)
    inputs = tuple(lowering.rescaled(name, node.name, target) for name in node.inputs)
    return Join(name=node.name, inputs=inputs, input=target, output=target)


def _flatten(lowering: Lowering, node: Node) -> Operation:
    source = lowering.source(node)
    return Rearrange(name=node.name, inputs=node.inputs, input=source, output=source, order="flatten")


def _flatten_rows(lowering: Lowering, node: Node) -> Operation:
    source = lowering.source(node)
    return Rearrange(name=node.name, inputs=node.inputs, input=source, output=source, order="flatten_rows")


def _transpose(lowering: Lowering, node: Node) -> Operation:
    source = lowering.source(node)
    return Rearrange(name=node.name, inputs=node.inputs, input=source, output=source, order="transpose")


def _recurrent(lowering: Lowering, node: Node) -> Operation:
    """A recurrent layer reads scales with a short mantissa alone: what has another, a table brings to the next one."""
    (name,) = node.inputs
    source = lowering.quantizations[name]
    short = short_scale(source.scale)
    if short != source.scale and source.bits == 8:
        source = with_scale(source, short)
        name = lowering.rescaled(name, node.name, source)
    return quantize_recurrent(node, name, source, lowering.ranges[node.name][1], lowering.arrays(node))


LOWERINGS: dict[type[AnyLayer], Callable[[Lowering, Node], Operation]] = {
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


def _table(source: Quantization, target: Quantization, value: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The nearest step of `target` to `value` of every step of `source`, from float64: int8 [256]."""
    steps = np.arange(INT8_LOW, INT8_HIGH + 1)
    return target.quantize(value(source.real(steps)))
