"""A GRU's part of the C tables: weights in the order of its kernels, biases, multipliers, the sigmoid's table."""

import numpy as np

from edgegenre.errors import ExportError
from edgegenre.export import c_text
from edgegenre.export.c_plan import GRU_BLOCK, VECTOR, padded
from edgegenre.integer import int16
from edgegenre.integer.stream_heads import STAGGERED_WINDOWS, staggered_starts
from edgegenre.integer.tensors import IntegerRecurrent
from edgegenre.network.layers import Gru
from edgegenre.network.shape import Shape

# A slice of a step is about as much work as a row of a small layer: a step as a whole would be the longest of all.
SLICE_MULTIPLIES = 1 << 16
# Times any int16 value it stays within int32.
LARGEST_LOOKUP_MULTIPLIER = 0xFFFF


def gru_sizes(layer: IntegerRecurrent, shape: Shape) -> dict[str, int | str]:
    """What eg_model.h defines of a GRU that reads `shape`."""
    return {
        "EG_UNITS": layer.units,
        "EG_GRU_CHANNELS": shape.channels,
        "EG_GRU_INPUT_BLOCKS": _slice_blocks(shape.channels),
        "EG_GRU_STATE_BLOCKS": _slice_blocks(layer.units),
        "EG_STATES": f"(EG_BLOCKS == 1 ? 1 : {len(staggered_starts(shape.time))})",
    }


def gru_tables(layer: IntegerRecurrent, shape: Shape, offset: str) -> str:
    """The arrays and `eg_gru`. offset: of the row it reads.

    Raises ExportError when the values before the gates have too coarse a scale for the runtime.
    """
    lookup_multiplier, lookup_shift = int16.lookup_multiplier(layer.gate_scale)
    if lookup_multiplier > LARGEST_LOOKUP_MULTIPLIER:
        raise ExportError(f"layer '{layer.node.name}': the scale of its gates is too coarse for the C runtime.")
    wide = layer.input.bits == 16
    starts = [*staggered_starts(shape.time), *[0] * STAGGERED_WINDOWS][:STAGGERED_WINDOWS]
    fields = {
        "input_weights": "gru_input_weights",
        "state_weights": "gru_state_weights",
        "bias": "gru_bias",
        "input_multipliers": _listed(_high_word_multipliers(*layer.input_multipliers)),
        "state_multipliers": _listed(_high_word_multipliers(*layer.hidden_multipliers)),
        "lookup_multiplier": lookup_multiplier,
        "lookup_rounding": 1 << lookup_shift >> 1,
        "lookup_shift": lookup_shift,
        "input": offset,
        "starts": _listed(starts),
    }
    return "\n".join(
        [
            _weights("gru_input_weights", layer.weights_input, "low, high" if wide else "EG_PAIR(low, high)"),
            _weights("gru_state_weights", layer.weights_hidden, "EG_PAIR(low, high)"),
            c_text.array("static const int32_t gru_bias", _folded_bias(layer)),
            c_text.array("const uint16_t eg_sigmoid_table", int16.SIGMOID_TABLE),
            "const eg_gru_t eg_gru = {",
            *(f"    .{name} = {value}," for name, value in fields.items()),
            "};\n",
        ]
    )


def _slice_blocks(depth: int) -> int:
    return max(1, SLICE_MULTIPLIES // (Gru.GATES * GRU_BLOCK * padded(depth)))


def _weights(name: str, weights: np.ndarray, pair: str) -> str:
    """int8 [3 * units, depth] to pairs [blocks, chunks, 3, 16] of two units. The DSP kernel reads whole words."""
    depth, units = weights.shape[1], len(weights) // Gru.GATES
    gates = np.zeros((Gru.GATES, padded(units, GRU_BLOCK), padded(depth)), np.int64)
    gates[:, :units, :depth] = weights.reshape(Gru.GATES, units, depth)
    pairs = gates.reshape(Gru.GATES, -1, GRU_BLOCK, padded(depth) // VECTOR, VECTOR).transpose(1, 3, 0, 4, 2)
    words = (f"P({low},{high})" for low, high in pairs.reshape(-1, GRU_BLOCK).tolist())
    declaration = f"static const __attribute__((aligned(4))) int8_t {name}"
    return f"#define P(low, high) {pair}\n{c_text.listing(declaration, pairs.size, words)}#undef P\n"


def _folded_bias(layer: IntegerRecurrent) -> np.ndarray:
    """[blocks, 3, 2]: bias - (zero point << 7) * sum of weights, for a product with the stored values. Below 2**30."""
    sums = layer.weights_input.astype(np.int64).sum(axis=1)
    folded = layer.bias - (layer.input.zero_point << int16.INPUT_SHIFT) * sums
    gates = np.zeros((Gru.GATES, padded(layer.units, GRU_BLOCK)), np.int64)
    gates[:, : layer.units] = folded.reshape(Gru.GATES, layer.units)
    return gates.reshape(Gru.GATES, -1, GRU_BLOCK).transpose(1, 0, 2)


def _high_word_multipliers(multipliers: np.ndarray, shifts: np.ndarray) -> list[int]:
    """Shifted left so that the rounded high word of the product is the result."""
    return (multipliers << (int16.LARGEST_SHIFT - shifts)).tolist()


def _listed(values: list[int]) -> str:
    return "{" + ", ".join(map(str, values)) + "}"
