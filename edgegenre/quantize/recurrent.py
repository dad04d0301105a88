"""Quantizing a GRU or LSTM: short mantissas, odd multipliers and odd biases, so that every engine rounds alike."""

import numpy as np

from edgegenre.errors import QuantizationError
from edgegenre.integer import int16
from edgegenre.integer.operations import Cell
from edgegenre.integer.operations.cell import CellKind, recurrent_input_step
from edgegenre.integer.operations.weighted import WEIGHT_LIMIT
from edgegenre.integer.quantization import Quantization
from edgegenre.network.float_layers import Arrays
from edgegenre.network.float_recurrent import recurrent_steps
from edgegenre.network.layers import (
    AnyLayer,
    AveragePool,
    Flatten,
    FlattenRows,
    Gru,
    Lstm,
    MaxPool,
    RecurrentLayer,
    Transpose,
)
from edgegenre.network.network import Network, Node
from edgegenre.quantize.scales import short_scale

SMALLEST_GATE_RANGE = 8.0
GATE_MARGIN = 1.05
LARGEST_BIAS = 1 << 29


def feeds_recurrent(network: Network) -> set[str]:
    """The tensors whose scale must have a short mantissa: what a recurrent layer, or a layer that keeps the scale of
    its input before it, reads."""
    keeping = (AveragePool, MaxPool, Flatten, FlattenRows, Transpose)
    names: set[str] = set()
    for node in reversed(network.nodes):
        if isinstance(node.layer, RecurrentLayer) or (isinstance(node.layer, keeping) and node.name in names):
            names.update(node.inputs)
    return names


def entering_gates(layer: RecurrentLayer, x: np.ndarray, arrays: Arrays) -> np.ndarray:
    """The largest magnitude at each place and step of what the int16 tensors before the gates hold.

    x: float32 [clips, rows, 1, channels]. Returns float32 [rows, clips, gates * units].
    """
    steps = recurrent_steps(layer, x, arrays)
    return np.stack([np.max(np.abs([step.from_input, step.from_state, step.entering]), axis=0) for step in steps])


CELL_KINDS: dict[type[AnyLayer], CellKind] = {Gru: "gru", Lstm: "lstm"}


def quantize_recurrent(node: Node, name: str, source: Quantization, largest: float, arrays: Arrays) -> Cell:
    """The integers of a recurrent layer that reads the tensor `name`. largest: magnitude of what enters its gates, from
    `entering_gates`.

    Raises QuantizationError when the input's scale is a power of two: then no layer before it chose it.
    """
    if short_scale(source.scale) != source.scale:
        raise QuantizationError(
            f"layer '{node.name}': it cannot read the network's int16 input itself; put a convolution before it."
        )
    gate_scale = _gate_scale(source.scale, largest)
    input_step = recurrent_input_step(source)
    layer = node.layer
    assert isinstance(layer, RecurrentLayer)
    weights_input, scales_input = _gate_weights(arrays["weights_input"], layer.GATES, gate_scale / input_step)
    weights_hidden, scales_hidden = _gate_weights(arrays["weights_hidden"], layer.GATES, gate_scale / int16.STATE_SCALE)
    scales = np.repeat(scales_input.astype(np.float64), layer.units)
    bias = np.rint(arrays["bias"].astype(np.float64) / (input_step * scales))
    return Cell(
        name=node.name,
        inputs=(name,),
        input=source,
        output=Quantization(scale=int16.OUTPUT_SCALE, zero_point=0),
        kind=CELL_KINDS[type(layer)],
        weights_input=weights_input,
        weights_hidden=weights_hidden,
        bias=np.clip(bias, -LARGEST_BIAS, LARGEST_BIAS).astype(np.int32) | 1,
        scales_input=scales_input,
        scales_hidden=scales_hidden,
        gate_scale=gate_scale,
        returns_rows=layer.returns_rows,
    )


def _gate_scale(input_scale: float, largest: float) -> float:
    """The input scale times a power of two that reaches the larger of +-8 and what was seen."""
    mantissa, _ = np.frexp(input_scale)
    scale = float(mantissa) * 2.0**-int16.MULTIPLIER_BITS
    while scale * int16.INT16_HIGH < max(SMALLEST_GATE_RANGE, GATE_MARGIN * largest):
        scale *= 2
    return scale


def _gate_weights(weights: np.ndarray, gates: int, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """int8 weights and one float32 scale a gate: `unit` times an odd multiplier and a power of two."""
    integers, scales = [], []
    for gate in np.split(weights.astype(np.float64), gates):
        multiplier, shift = int16.odd_multiplier(max(np.abs(gate).max() / WEIGHT_LIMIT, 1e-9) / unit)
        scale = multiplier * 2.0**-shift * unit
        integers.append(np.clip(np.rint(gate / scale), -WEIGHT_LIMIT, WEIGHT_LIMIT).astype(np.int8))
        scales.append(scale)
    return np.concatenate(integers), np.array(scales, np.float32)
