"""A recurrent layer in the C tables: weights in the order of its kernels, biases, multipliers, a lookup table."""

import numpy as np

from edgegenre.errors import ExportError
from edgegenre.export.c import text as c_text
from edgegenre.export.c.plan import PRODUCT_SUMS, VECTOR, cell_units, padded
from edgegenre.integer import int16
from edgegenre.integer.operations import Cell
from edgegenre.integer.recurrent import first_state
from edgegenre.integer.stream_heads import STAGGERED_WINDOWS, staggered_starts
from edgegenre.network.shape import Shape

# A slice of a step is about as much work as a row of a small layer: a step as a whole would be the longest of all.
SLICE_MULTIPLIES = 1 << 16
# Times any int16 value it stays within int32.
LARGEST_LOOKUP_MULTIPLIER = 0xFFFF


def recurrent_sizes(layer: Cell, shape: Shape) -> dict[str, int | str]:
    """What eg_model.h defines of a recurrent layer that reads `shape`."""
    return {
        "EG_LSTM": int(layer.kind == "lstm"),
        "EG_UNITS": layer.units,
        "EG_STATE_VALUES": first_state(layer, 1).size,
        "EG_CELL_UNITS": cell_units(layer),
        "EG_CELL_PRODUCTS": _block_sums(layer) // PRODUCT_SUMS,
        "EG_HEAD_CHANNELS": shape.channels,
        "EG_INPUT_SLICE": _slice_blocks(layer, shape.channels),
        "EG_STATE_SLICE": _slice_blocks(layer, layer.units),
        "EG_STATES": f"(EG_BLOCKS == 1 ? 1 : {len(staggered_starts(shape.time))})",
    }


def recurrent_tables(layer: Cell, shape: Shape, offset: str) -> str:
    """The arrays and `eg_recurrent`. offset: of the row it reads.

    Raises ExportError when the values before the gates have too coarse a scale for the runtime.
    """
    lookup_multiplier, lookup_shift = int16.lookup_multiplier(layer.gate_scale)
    if lookup_multiplier > LARGEST_LOOKUP_MULTIPLIER:
        raise ExportError(f"layer '{layer.name}': the scale of its gates is too coarse for the C runtime.")
    wide = layer.input.bits == 16
    starts = [*staggered_starts(shape.time), *[0] * STAGGERED_WINDOWS][:STAGGERED_WINDOWS]
    fields = {
        "input_weights": "recurrent_input_weights",
        "state_weights": "recurrent_state_weights",
        "bias": "recurrent_bias",
        "input_multipliers": _listed(_high_word_multipliers(layer, *layer.input_multipliers)),
        "state_multipliers": _listed(_high_word_multipliers(layer, *layer.hidden_multipliers)),
        "lookup": _listed([lookup_multiplier, 1 << lookup_shift >> 1, lookup_shift]),
        "input": offset,
        "starts": _listed(starts),
    }
    input_pair = "low, high" if wide else "EG_PAIR(low, high)"
    return "\n".join(
        [
            _weights("recurrent_input_weights", _arranged(layer, layer.weights_input), input_pair),
            _weights("recurrent_state_weights", _arranged(layer, layer.weights_hidden), "EG_PAIR(low, high)"),
            c_text.array("static const int32_t recurrent_bias", _arranged(layer, _folded_bias(layer))),
            c_text.array("const uint16_t eg_sigmoid_table", int16.SIGMOID_TABLE),
            "const eg_recurrent_t eg_recurrent = {",
            *(f"    .{name} = {value}," for name, value in fields.items()),
            "};\n",
        ]
    )


def _block_sums(layer: Cell) -> int:
    return len(layer.scales_input) * cell_units(layer)


def _slice_blocks(layer: Cell, depth: int) -> int:
    return max(1, SLICE_MULTIPLIES // (_block_sums(layer) * padded(depth)))


def _arranged(layer: Cell, rows: np.ndarray) -> np.ndarray:
    """[gates * units, ...] to [products, 3, 2, ...] with zeros for units that do not exist.

    A pair is a GRU's gate of two units, or two of an LSTM's gates: then the three are units.
    """
    block, gates = cell_units(layer), len(layer.scales_input)
    by_gate = rows.reshape(gates, layer.units, *rows.shape[1:])
    missing = padded(layer.units, block) - layer.units
    by_gate = np.pad(by_gate, [(0, 0), (0, missing), *[(0, 0)] * (rows.ndim - 1)])
    if layer.kind == "lstm":
        by_unit = by_gate.reshape(2, 2, -1, block, *rows.shape[1:])
        ordered = np.moveaxis(by_unit, (2, 0, 3, 1), (0, 1, 2, 3))
    else:
        ordered = np.moveaxis(by_gate.reshape(gates, -1, block, *rows.shape[1:]), 1, 0)
    return ordered.reshape(-1, PRODUCT_SUMS // 2, 2, *rows.shape[1:])


def _weights(name: str, arranged: np.ndarray, pair: str) -> str:
    """int8 [products, 3, 2, depth] to pairs [products, chunks, 3, 16]. The DSP kernel reads whole words."""
    products, pairs, two, depth = arranged.shape
    whole = np.pad(arranged, [(0, 0), (0, 0), (0, 0), (0, padded(depth) - depth)])
    chunks = whole.reshape(products, pairs, two, -1, VECTOR).transpose(0, 3, 1, 4, 2)
    words = (f"P({low},{high})" for low, high in chunks.reshape(-1, two).tolist())
    declaration = f"static const EG_ALIGNED_4 int8_t {name}"
    return f"#define P(low, high) {pair}\n{c_text.listing(declaration, chunks.size, words)}#undef P\n"


def _folded_bias(layer: Cell) -> np.ndarray:
    """bias - (zero point << 7) * sum of weights, for a product with the stored values. Below 2**30."""
    sums = layer.weights_input.astype(np.int64).sum(axis=1)
    return layer.bias - (layer.input.zero_point << int16.INPUT_SHIFT) * sums


def _high_word_multipliers(layer: Cell, multipliers: np.ndarray, shifts: np.ndarray) -> list[int]:
    """Of a block's sums, shifted left so that the rounded high word of the product is the result."""
    shifted = np.repeat(multipliers << (int16.LARGEST_SHIFT - shifts), layer.units)
    return _arranged(layer, shifted).reshape(-1)[: _block_sums(layer)].tolist()


def _listed(values: list[int]) -> str:
    return "{" + ", ".join(map(str, values)) + "}"
