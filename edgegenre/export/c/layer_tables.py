"""One layer with weights, or a max pool, in the C tables: its arrays and its eg_layer_t."""

import numpy as np

from edgegenre.export.c import text as c_text
from edgegenre.export.c.chain import RowOperation
from edgegenre.export.c.plan import RowLayer, weight_stride
from edgegenre.export.c.weights import deployed_weights, wide_arrays, wide_factors
from edgegenre.integer.operations import POINT, Product, WeightedOperation, Window
from edgegenre.integer.quantization import WIDENING
from edgegenre.network.shape import Shape


def layer_arrays(name: str, layer: WeightedOperation) -> str:
    """The arrays of `layer`, whose names begin with `name`."""
    if layer.wide:
        return wide_arrays(name, layer)
    multipliers, shifts = layer.q31_multipliers
    return "\n".join(
        [
            c_text.comment(layer.name),
            c_text.array(f"static const int8_t {name}_weights", deployed_weights(layer)),
            c_text.array(f"static const int32_t {name}_bias", _folded_bias(layer)),
            "#ifdef EG_ARITHMETIC_Q31",
            c_text.array(f"static const int32_t {name}_multipliers", multipliers),
            c_text.array(f"static const uint8_t {name}_shifts", shifts) + "#else",
            c_text.array(f"static const float {name}_scales", layer.float32_scales.astype(np.float32)) + "#endif\n",
        ]
    )


def _folded_bias(layer: WeightedOperation) -> np.ndarray:
    """bias - zero point * sum of weights, so that kernels multiply the stored values. It stays below 2**30."""
    return layer.bias - layer.input.zero_point * layer.weight_sums()


def row_entry(name: str, item: RowLayer, offsets: tuple[int, int], packed: int) -> str:
    """The element of `eg_row_layers`; offsets: of its input ring in each layout."""
    return _braced(
        _entry(
            name,
            item.layer,
            kind=item.kind,
            input=f"EG_BY_LAYOUT({offsets[0]}, {offsets[1]})",
            shapes=(item.shape, item.layer.output_shape(item.shape)),
            window=item.window,
            packed=packed,
        )
    )


def dense_entry(name: str, layer: WeightedOperation, shape: Shape, packed: int) -> str:
    """The element of `eg_dense_layers`."""
    shapes = (shape, layer.output_shape(shape))
    return _braced(_entry(name, layer, kind="EG_DENSE", input="0", shapes=shapes, window=POINT, packed=packed))


def _entry(
    name: str,
    layer: RowOperation,
    *,
    kind: str,
    input: str,
    shapes: tuple[Shape, Shape],
    window: Window,
    packed: int,
) -> str:
    """The fields of an eg_layer_t; those that a max pool does not have are left to be zero."""
    source, output = shapes
    padding = window.padding
    fields = {
        "kind": kind,
        "input": input,
        "weight_stride": weight_stride(layer) if isinstance(layer, Product) else 0,
        "packed": packed,
        "rows_in": source.time,
        "frequency_in": source.frequency,
        "channels_in": source.channels,
        "frequency_out": output.frequency,
        "channels_out": output.channels,
        "kernel_time": window.kernel[0],
        "kernel_frequency": window.kernel[1],
        "stride_time": window.stride[0],
        "stride_frequency": window.stride[1],
        "top": padding.top,
        "bottom": padding.bottom,
        "left": padding.left,
        "zero_in": layer.input.zero_point,
        "zero_out": layer.output.zero_point,
    }
    if not isinstance(layer, WeightedOperation):
        return c_text.fields(fields)
    fields["low"] = layer.low >> WIDENING if layer.wide else layer.low
    factors = (
        wide_factors(name, layer)
        if layer.wide
        else (
            f"#ifdef EG_ARITHMETIC_Q31\n        .multipliers = {name}_multipliers,\n        .shifts = {name}_shifts,\n"
            f"#else\n        .scales = {name}_scales,\n#endif\n"
        )
    )
    arrays = f"        .weights = {name}_weights,\n        .bias = {name}_bias,\n{factors}"
    return f"{arrays}{c_text.fields(fields)}"


def _braced(entry: str) -> str:
    return f"    {{\n{entry}    }},\n"


def flat_tables(layer: Product, shape: Shape, offset: str) -> str:
    """The dense layer on the flattened rows of `shape`: its weights of one row lie together."""
    shapes = (shape, Shape(1, 1, layer.channels))
    entry = _entry("flat", layer, kind="EG_DENSE", input=offset, shapes=shapes, window=POINT, packed=0)
    return f"{layer_arrays('flat', layer)}\nconst eg_layer_t eg_flat = {{\n{entry}}};\n"
