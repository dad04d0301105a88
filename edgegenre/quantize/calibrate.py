"""Post-training quantization: a FloatNetwork and training features in, an IntegerNetwork out. No torch."""

import dataclasses
import math

import numpy as np

from edgegenre.errors import QuantizationError
from edgegenre.frontend.normalization import STEPS_PER_DEVIATION
from edgegenre.integer import int16
from edgegenre.integer.requantize import LARGEST_MEAN_RATIO
from edgegenre.integer.tensors import (
    INT8_HIGH,
    INT8_LOW,
    WEIGHT_LIMIT,
    AnyIntegerLayer,
    IntegerLayer,
    IntegerNetwork,
    Quantization,
    read_as_int16,
)
from edgegenre.network.float_network import Arrays, FloatNetwork
from edgegenre.network.layers import AveragePool, Convolution, Dense, DepthwiseConv, GlobalAverage, RecurrentLayer
from edgegenre.network.network import Node
from edgegenre.network.shape import Shape
from edgegenre.progress import SILENT, Progress
from edgegenre.quantize.ranges import MinMax, Observer
from edgegenre.quantize.recipe import PER_TENSOR, QuantizationRecipe
from edgegenre.quantize.recurrent import entering_gates, feeds_recurrent, quantize_recurrent, short_scale

INPUT = Quantization(scale=1 / STEPS_PER_DEVIATION, zero_point=0)
"""The network's input: int8, +-4 standard deviations."""

BATCH = 8
LARGEST_BIAS = 1 << 28
SMALLEST_SCALE = 2.0**-20
LARGEST_SCALE = 0.49
MEAN_DENOMINATOR = 1000


def quantize(
    network: FloatNetwork, features: np.ndarray, recipe: QuantizationRecipe, *, progress: Progress = SILENT
) -> IntegerNetwork:
    """Choose scales from normalized training features [clips, time, frequency] and round every weight.

    Raises QuantizationError when a layer has no integer form, or there are no features.
    """
    if not recipe.quantizes:
        raise QuantizationError(f"recipe '{recipe.name}' makes no integers: it is for the float export.")
    if not len(features):
        raise QuantizationError("calibration needs at least one training clip.")
    ranges = observe(network, features[: recipe.clips], recipe, progress=progress)
    quantizations = {network.network.inputs[0].name: read_as_int16(INPUT) if recipe.bits == 16 else INPUT}
    layers: list[AnyIntegerLayer] = []
    short = feeds_recurrent(network.network)
    for node, shape in network.network.with_shapes():
        source = quantizations[node.inputs[0]]
        arrays = network.arrays.get(node.name, {})
        layer: AnyIntegerLayer
        if isinstance(node.layer, RecurrentLayer):
            layer = quantize_recurrent(node, source, ranges[node.name][1], arrays)
        else:
            per_tensor = recipe.weights == PER_TENSOR
            seen = ranges[node.name]
            layer = _layer(node, shape, source, seen, arrays, per_tensor=per_tensor, short=node.name in short)
        quantizations[node.name] = layer.output
        layers.append(layer)
    return IntegerNetwork(network=network.network, input=INPUT, layers=tuple(layers))


def observe(
    network: FloatNetwork, features: np.ndarray, recipe: QuantizationRecipe, *, progress: Progress = SILENT
) -> dict[str, tuple[float, float]]:
    """The real range of every tensor over the features, by the recipe's observers.

    For a recurrent layer, whose output has a fixed scale: the range of what enters its gates, all of it.
    """
    observers: dict[str, Observer] = {}
    recurrent = {node.inputs[0]: node for node in network.network.nodes if isinstance(node.layer, RecurrentLayer)}
    names = {node.name for node in recurrent.values()}
    with progress.task("calibrating", len(features)) as task:
        for start in range(0, len(features), BATCH):
            batch = features[start : start + BATCH]
            for name, values in network.tensors(batch):
                if name not in names:
                    observers.setdefault(name, recipe.observer()).observe(values)
                if name in recurrent:
                    node = recurrent[name]
                    assert isinstance(node.layer, RecurrentLayer)
                    entering = entering_gates(node.layer, values, network.arrays[node.name])
                    observers.setdefault(node.name, MinMax()).observe(entering)
            task.advance(len(batch))
    return {name: observer.range() for name, observer in observers.items()}


def activation_quantization(low: float, high: float, *, relu: bool, bits: int = 8) -> Quantization:
    """Asymmetric int8 over [low, high]; a ReLU's output uses zero point -128. Symmetric int16."""
    if bits == 16:
        scale = np.float32(max(high, -low, 1e-6) / int16.INT16_HIGH)
        return Quantization(scale=float(scale), zero_point=0, bits=16)
    low, high = (0.0 if relu else min(low, 0.0)), max(high, 0.0)
    scale = np.float32(max(high - low, 1e-6) / (INT8_HIGH - INT8_LOW))
    zero_point = int(np.clip(np.rint(INT8_LOW - low / np.float64(scale)), INT8_LOW, INT8_HIGH))
    return Quantization(scale=float(scale), zero_point=zero_point)


def _layer(
    node: Node,
    shape: Shape,
    source: Quantization,
    seen: tuple[float, float],
    arrays: Arrays,
    *,
    per_tensor: bool,
    short: bool,
) -> IntegerLayer:
    match node.layer:
        case AveragePool(window=window):
            # A mean as a depthwise convolution with equal scales: exact on every engine (DESIGN, section 6).
            weights = np.full((*window, shape.channels), WEIGHT_LIMIT, np.int8)
            scale = np.float32(1 / (WEIGHT_LIMIT * window[0] * window[1]))
            scales, bias = np.full(shape.channels, scale, np.float32), np.zeros(shape.channels, np.int32)
            return _assembled(node, source, source, weights, bias, scales)
        case GlobalAverage():
            empty = np.empty(0, np.int8), np.empty(0, np.int32), np.empty(0, np.float32)
            return _assembled(node, source, _mean_quantization(source, shape, seen), *empty)
        case Convolution() | DepthwiseConv() | Dense() as layer:
            relu = not isinstance(layer, Dense) and layer.activation == "relu"
            output = activation_quantization(*seen, relu=relu, bits=source.bits)
            axis = 2 if isinstance(layer, DepthwiseConv) else 0
            one_scale = per_tensor or isinstance(layer, Dense)
            weights, bias = arrays["weights"], arrays["bias"]
            return _weighted(node, source, output, weights, bias, axis, one_scale=one_scale, short=short)
    raise QuantizationError(f"layer '{node.name}' has no int8 form.")


def _mean_quantization(source: Quantization, shape: Shape, seen: tuple[float, float]) -> Quantization:
    """The output of a mean over n values, its scale raised a little so that no sum lies near a half step.

    Engines part there: onnxruntime scales by s_x / (n * s_y), XNNPACK by (s_x / s_y) * (1 / n), and XNNPACK adds the
    zero point before it rounds. With s_x / (n * s_y) = p / q, q odd, sum * p / q keeps 1 / (2 * q) away from every
    half: far more than float32 errs. An int16 mean has one arithmetic, and needs none of this but a scale in range.
    """
    output = activation_quantization(*seen, relu=source.zero_point == INT8_LOW, bits=source.bits)
    scale = max(output.scale, source.scale / LARGEST_MEAN_RATIO)
    if source.bits == 16:
        return _widened(output, scale)
    count = shape.time * shape.frequency
    share = source.scale / (count * scale)
    numerator = max(1, round(MEAN_DENOMINATOR * share))
    denominator = math.ceil(numerator / share) | 1
    return _widened(output, source.scale * denominator / (count * numerator))


def _weighted(
    node: Node,
    source: Quantization,
    output: Quantization,
    weights: np.ndarray,
    bias: np.ndarray,
    axis: int,
    *,
    one_scale: bool,
    short: bool,
) -> IntegerLayer:
    """Symmetric weights, one scale per output channel or one for all, bias at scale s_x * s_w.

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
        output = _widened(output, needed)
    scales = np.maximum(scales, SMALLEST_SCALE * np.float64(output.scale) / source_scale)
    if one_scale:
        scales = np.full_like(scales, scales.max())
    if short:
        output = _widened(output, short_scale(output.scale))
    scales32 = scales.astype(np.float32)
    steps = np.rint(channels / scales32.astype(np.float64).reshape(-1, *[1] * (channels.ndim - 1)))
    integers = np.clip(steps, -WEIGHT_LIMIT, WEIGHT_LIMIT).astype(np.int8)
    bias_steps = np.rint(bias.astype(np.float64) / (source_scale * scales32.astype(np.float64)))
    return _assembled(
        node,
        source,
        output,
        np.ascontiguousarray(np.moveaxis(integers, 0, axis)),
        np.clip(bias_steps, -LARGEST_BIAS, LARGEST_BIAS).astype(np.int32),
        scales32,
    )


def _widened(output: Quantization, scale: float) -> Quantization:
    steps = output.zero_point if output.zero_point == INT8_LOW else round(output.zero_point * output.scale / scale)
    return dataclasses.replace(output, scale=float(np.float32(scale)), zero_point=steps)


def _assembled(
    node: Node,
    source: Quantization,
    output: Quantization,
    weights: np.ndarray,
    bias: np.ndarray,
    scales: np.ndarray,
) -> IntegerLayer:
    return IntegerLayer(node=node, input=source, output=output, weights=weights, bias=bias, weight_scales=scales)
