"""Weights in the order of the C kernels, and all the arrays of an int16 layer."""

import numpy as np

from edgegenre.export.c import text as c_text
from edgegenre.export.c.plan import HIGH_WORD_SHIFT, long_sums, weight_stride
from edgegenre.integer.operations import PerChannel, WeightedOperation


def deployed_weights(layer: WeightedOperation) -> np.ndarray:
    """Depthwise as they are; others [channels_out, weight_stride], zeros after the last value."""
    if isinstance(layer, PerChannel):
        return layer.weights
    flat = layer.weights.reshape(len(layer.weights), -1)
    return np.pad(flat, ((0, 0), (0, weight_stride(layer) - flat.shape[1])))


def wide_arrays(name: str, layer: WeightedOperation) -> str:
    """Weights, biases, multipliers and, with sums of 64 bits, shifts of an int16 layer: eg_requantize_wide.h."""
    multipliers, shifts = layer.wide_multipliers
    weights, declaration = deployed_weights(layer), f"static const int8_t {name}_weights"
    if isinstance(layer, PerChannel):
        listing = c_text.array(declaration, weights)
    else:
        quads = (f"Q({a},{b},{c},{d})" for a, b, c, d in weights.reshape(-1, 4).tolist())
        listing = c_text.listing(declaration, weights.size, quads)
        listing = f"#define Q(a, b, c, d) EG_QUAD(a, b, c, d)\n{listing}#undef Q"
    parts = [listing, c_text.array(f"static const int32_t {name}_bias", layer.bias)]
    if long_sums(layer):
        parts += [
            c_text.array(f"static const int32_t {name}_multipliers", multipliers),
            c_text.array(f"static const uint8_t {name}_shifts", shifts),
        ]
    else:
        high_word = multipliers << (HIGH_WORD_SHIFT - shifts)
        parts.append(c_text.array(f"static const int32_t {name}_multipliers", high_word))
    return "\n".join(parts)


def wide_factors(name: str, layer: WeightedOperation) -> str:
    """The fields of an int16 layer that name its multipliers."""
    shifts = f"        .shifts = {name}_shifts,\n" if long_sums(layer) else ""
    return f"        .multipliers = {name}_multipliers,\n{shifts}"
