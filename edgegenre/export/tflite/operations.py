"""Every integer operation in TFLite's own operators. Tensors are [1, time, frequency, channels], named as they are."""

from collections.abc import Callable, Sequence

import numpy as np

from edgegenre.errors import ExportError
from edgegenre.export.tflite.graph import TfliteWriter, add_reshaped
from edgegenre.export.tflite.recurrent import CellWriter
from edgegenre.integer.operations import (
    Cell,
    Join,
    Largest,
    Lookup,
    Mean,
    Operation,
    PerChannel,
    Product,
    Rearrange,
    Sum,
    WeightedOperation,
    kind_of,
)
from edgegenre.integer.quantization import INT8_LOW
from edgegenre.network.shape import NO_PADDING, Padding, Shape, same_padding


def add_operation(writer: TfliteWriter, operation: Operation, tensors: Sequence[int], shapes: Sequence[Shape]) -> int:
    """Add `operation` on tensors of `shapes`; returns its output, named like the operation.

    Raises ExportError when .tflite has no exact form of it.
    """
    try:
        write = WRITERS[type(operation)]
    except KeyError:
        raise ExportError(f"operation '{operation.name}' ({kind_of(operation)}) has no exact .tflite form.") from None
    made: int = write(writer, operation, list(tensors), list(shapes))
    return made


def add_padded(writer: TfliteWriter, operation: WeightedOperation, source: int, shape: Shape, padding: Padding) -> int:
    """The source with zero points around it."""
    widths = np.array([[0, 0], [padding.top, padding.bottom], [padding.left, padding.right], [0, 0]], np.int32)
    time, frequency = (length + int(added.sum()) for length, added in zip(shape[:2], widths[1:3], strict=True))
    target = (1, time, frequency, shape.channels)
    padded = writer.tensor(f"{operation.name}/padded", target, quantization=operation.input)
    inputs = [source, writer.constant(f"{operation.name}/padding", widths)]
    return writer.operator("PAD", operation.input.bits, inputs, padded, writer.options("Pad"))


def _product(writer: TfliteWriter, operation: Product, tensors: list[int], shapes: list[Shape]) -> int:
    """CONV_2D, a dense layer too: FULLY_CONNECTED would be shorter, but its rounding differs from one version of the
    reference kernels to the next: twice, like a convolution's, in tflite-runtime 2.14, once in LiteRT 2.3.
    """
    return _convolution(writer, operation, tensors[0], shapes[0], "CONV_2D", "Conv2D", operation.weights, 0)


def _per_channel(writer: TfliteWriter, operation: PerChannel, tensors: list[int], shapes: list[Shape]) -> int:
    weights = operation.weights[np.newaxis]
    kind, options = "DEPTHWISE_CONV_2D", "DepthwiseConv2D"
    return _convolution(writer, operation, tensors[0], shapes[0], kind, options, weights, 3, depthMultiplier=1)


def _convolution(
    writer: TfliteWriter,
    operation: WeightedOperation,
    source: int,
    shape: Shape,
    kind: str,
    options: str,
    weights: np.ndarray,
    axis: int,
    **fields: int,
) -> int:
    """SAME where the padding is TFLite's own; any other is added before."""
    window, same = operation.window, writer.schema.Padding.SAME
    made = operation.output_shape(shape)
    if window.padding == NO_PADDING:
        same = writer.schema.Padding.VALID
    elif window.padding != same_padding(shape, window.kernel, window.stride):
        source, same = add_padded(writer, operation, source, shape, window.padding), writer.schema.Padding.VALID
    activation = writer.schema.ActivationFunctionType
    values = {
        "padding": same,
        "strideH": window.stride[0],
        "strideW": window.stride[1],
        "dilationHFactor": 1,
        "dilationWFactor": 1,
        "fusedActivationFunction": activation.RELU if operation.relu else activation.NONE,
    }
    inputs = [source, *_constants(writer, operation, weights, axis)]
    output = writer.tensor(operation.name, (1, *made), quantization=operation.output)
    return writer.operator(kind, operation.output.bits, inputs, output, writer.options(options, **values, **fields))


def _constants(writer: TfliteWriter, operation: WeightedOperation, weights: np.ndarray, axis: int) -> tuple[int, int]:
    """Weights and bias; the bias has scale s_x * s_w. Equal scales are written once, as one for the whole tensor."""
    name, scales = operation.name, operation.weight_scales
    if (scales == scales[0]).all():
        scales, axis = scales[:1], 0
    first = writer.tensor(f"{name}/weights", weights.shape, "INT8", scales=scales, axis=axis, data=weights)
    bias_scales = np.float32(operation.input.scale) * scales
    wide = operation.wide
    bias, kind = (operation.bias.astype("<i8"), "INT64") if wide else (operation.bias.astype("<i4"), "INT32")
    return first, writer.tensor(f"{name}/bias", bias.shape, kind, scales=bias_scales, data=bias)


def _largest(writer: TfliteWriter, operation: Largest, tensors: list[int], shapes: list[Shape]) -> int:
    window = operation.window or shapes[0][:2]
    return add_max_pool(writer, operation.name, operation, tensors[0], shapes[0], window)


def add_max_pool(
    writer: TfliteWriter, name: str, operation: Largest, source: int, shape: Shape, window: tuple[int, int]
) -> int:
    """The largest value of each window of `source`, under `name`."""
    options = writer.options(
        "Pool2D",
        padding=writer.schema.Padding.VALID,
        strideH=window[0],
        strideW=window[1],
        filterHeight=window[0],
        filterWidth=window[1],
        fusedActivationFunction=writer.schema.ActivationFunctionType.NONE,
    )
    made = (1, shape.time // window[0], shape.frequency // window[1], shape.channels)
    output = writer.tensor(name, made, quantization=operation.output)
    return writer.operator("MAX_POOL_2D", 8, [source], output, options)


def _lookup(writer: TfliteWriter, operation: Lookup, tensors: list[int], shapes: list[Shape]) -> int:
    """CAST, ADD 128, GATHER: each exact in every runtime."""
    name, shape = operation.name, (1, *shapes[0])
    types = writer.schema.TensorType
    wide = writer.tensor(f"{name}/int32", shape, "INT32")
    writer.operator("CAST", 8, tensors, wide, writer.options("Cast", inDataType=types.INT8, outDataType=types.INT32))
    offset = writer.constant(f"{name}/offset", np.array([-INT8_LOW], np.int32))
    place = writer.tensor(f"{name}/place", shape, "INT32")
    activation = writer.schema.ActivationFunctionType.NONE
    writer.operator("ADD", 32, [wide, offset], place, writer.options("Add", fusedActivationFunction=activation))
    table = writer.constant(f"{name}/table", operation.table, operation.output)
    output = writer.tensor(name, shape, quantization=operation.output)
    return writer.operator("GATHER", 8, [table, place], output, writer.options("Gather", axis=0))


def _sum(writer: TfliteWriter, operation: Sum, tensors: list[int], shapes: list[Shape]) -> int:
    options = writer.options("Add", fusedActivationFunction=writer.schema.ActivationFunctionType.NONE)
    output = writer.tensor(operation.name, (1, *shapes[0]), quantization=operation.output)
    return writer.operator("ADD", 8, tensors, output, options)


def _join(writer: TfliteWriter, operation: Join, tensors: list[int], shapes: list[Shape]) -> int:
    made = operation.output_shape(*shapes)
    output = writer.tensor(operation.name, (1, *made), quantization=operation.output)
    return writer.operator("CONCATENATION", 8, tensors, output, writer.options("Concatenation", axis=3))


def _mean(writer: TfliteWriter, operation: Mean, tensors: list[int], shapes: list[Shape]) -> int:
    axes = writer.constant(f"{operation.name}/axes", np.array([1, 2], np.int32))
    output = writer.tensor(operation.name, (1, 1, 1, shapes[0].channels), quantization=operation.output)
    options = writer.options("Reducer", keepDims=True)
    return writer.operator("MEAN", operation.output.bits, [tensors[0], axes], output, options)


def _cell(writer: TfliteWriter, operation: Cell, tensors: list[int], shapes: list[Shape]) -> int:
    return CellWriter(writer, operation).window(tensors[0], shapes[0].time)


def _rearrange(writer: TfliteWriter, operation: Rearrange, tensors: list[int], shapes: list[Shape]) -> int:
    made = (1, *operation.output_shape(*shapes))
    if operation.order != "transpose":
        return add_reshaped(writer, operation.name, made, tensors[0], operation.output)
    order = writer.constant(f"{operation.name}/order", np.array([0, 2, 1, 3], np.int32))
    output = writer.tensor(operation.name, made, quantization=operation.output)
    return writer.operator("TRANSPOSE", 8, [tensors[0], order], output, writer.options("Transpose"))


WRITERS: dict[type[Operation], Callable[..., int]] = {
    Product: _product,
    PerChannel: _per_channel,
    Largest: _largest,
    Lookup: _lookup,
    Sum: _sum,
    Join: _join,
    Mean: _mean,
    Cell: _cell,
    Rearrange: _rearrange,
}
"""(writer, operation, its inputs, their shapes) to its output."""
