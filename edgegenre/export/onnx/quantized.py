"""Every integer operation in ONNX. Tensors are [clips, channels, time, frequency].

Products are DequantizeLinear, float operator, QuantizeLinear: engines fuse the three to integers. Maxima, tables and
concatenations work on the integers themselves.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from edgegenre.errors import ExportError
from edgegenre.export.onnx.graph import Graph, convolution_weights, depthwise_weights, pads
from edgegenre.export.onnx.recurrent import UINT8_OFFSET, CellWriter
from edgegenre.integer.network import IntegerNetwork
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
from edgegenre.integer.quantization import Quantization
from edgegenre.network.shape import Shape


def clip_bytes(network: IntegerNetwork) -> type[np.int8] | type[np.uint8]:
    """The bytes of a whole-clip file: with sign for a chain of products and a mean, which is fastest so.

    Any other graph takes bytes without sign: onnxruntime turns signed ones around for x86, but not where a tensor has
    two readers or one that takes integers, and leaves the products beside it unfused.
    """
    plain = all(isinstance(operation, Product | PerChannel | Mean) for operation in network.operations)
    return np.int8 if plain else np.uint8


def byte_offset(network: IntegerNetwork) -> int:
    """What a whole-clip file adds to every int8 value."""
    return UINT8_OFFSET if clip_bytes(network) is np.uint8 else 0


class QuantizedGraph:
    """Adds operations to a graph.

    dtype: int8, or uint8 with every zero point raised by 128. onnxruntime leaves convolutions on int8 graph inputs
    unfused, so graphs with state between runs take uint8; so does what a recurrent layer reads.
    """

    def __init__(self, graph: Graph, dtype: type[np.int8] | type[np.uint8]) -> None:
        self.graph, self.dtype = graph, dtype
        self.offset = 0 if dtype is np.int8 else UINT8_OFFSET

    def add(self, operation: Operation, tensors: Sequence[str], shapes: Sequence[Shape]) -> str:
        """Add `operation` on quantized tensors of `shapes`; its output is named "<name>/q".

        Raises ExportError when .onnx has no exact form of it.
        """
        try:
            write = WRITERS[type(operation)]
        except KeyError:
            raise ExportError(f"operation '{operation.name}' ({kind_of(operation)}) has no exact .onnx form.") from None
        made: str = write(self, operation, list(tensors), list(shapes))
        return made

    def zero_point(self, quantization: Quantization) -> np.generic:
        """The zero point in this graph's integer type."""
        return self.dtype(quantization.zero_point + self.offset)

    def quantize(self, tensor: str, quantization: Quantization, output: str) -> str:
        """Float to integers: rint(x / scale) + zero point, saturating."""
        return self.graph.add("QuantizeLinear", [tensor, *self._parameters(quantization, output)], output)

    def dequantize(self, tensor: str, quantization: Quantization, output: str) -> str:
        """Integers to float: scale * (q - zero point)."""
        return self.graph.add("DequantizeLinear", [tensor, *self._parameters(quantization, output)], output)

    def convolution(self, operation: WeightedOperation, weights: np.ndarray, tensor: str, group: int) -> str:
        """A convolution of `weights` [out, in / group, time, frequency], a ReLU where values below zero are cut off."""
        graph, name, window = self.graph, operation.name, operation.window
        operands = [
            self.dequantize(tensor, operation.input, f"{name}/input"),
            self._stored(f"{name}/weights", weights, operation.weight_scales),
            self._stored(f"{name}/bias", operation.bias, np.float32(operation.input.scale) * operation.weight_scales),
        ]
        attributes: dict[str, Any] = {
            "kernel_shape": list(window.kernel),
            "strides": list(window.stride),
            "pads": pads(window.padding),
            "group": group,
        }
        real = graph.add("Conv", operands, f"{name}/conv", **attributes)
        if operation.relu:
            real = graph.add("Relu", [real], f"{name}/relu")
        return self.quantize(real, operation.output, f"{name}/q")

    def _stored(self, name: str, values: np.ndarray, scales: np.ndarray) -> str:
        """Integer constants, symmetric, one scale for each entry of the first axis; a scalar where all are equal."""
        axis = {"axis": 0}
        scales = scales.astype(np.float32)
        if (scales == scales[0]).all():
            axis, scales = {}, scales[0]
        operands = [
            self.graph.constant(f"{name}/q", values),
            self.graph.constant(f"{name}/scales", scales),
            self.graph.constant(f"{name}/zeros", np.zeros_like(scales, values.dtype)),
        ]
        return self.graph.add("DequantizeLinear", operands, name, **axis)

    def _parameters(self, quantization: Quantization, name: str) -> list[str]:
        return [
            self.graph.constant(f"{name}/scale", np.float32(quantization.scale)),
            self.graph.constant(f"{name}/zero_point", self.zero_point(quantization)),
        ]


def _product(writer: QuantizedGraph, operation: Product, tensors: list[str], shapes: list[Shape]) -> str:
    return writer.convolution(operation, convolution_weights(operation.weights), tensors[0], group=1)


def _per_channel(writer: QuantizedGraph, operation: PerChannel, tensors: list[str], shapes: list[Shape]) -> str:
    return writer.convolution(operation, depthwise_weights(operation.weights), tensors[0], group=operation.channels)


def _largest(writer: QuantizedGraph, operation: Largest, tensors: list[str], shapes: list[Shape]) -> str:
    window = list(operation.window or shapes[0][:2])
    return writer.graph.add("MaxPool", tensors, f"{operation.name}/q", kernel_shape=window, strides=window)


def _lookup(writer: QuantizedGraph, operation: Lookup, tensors: list[str], shapes: list[Shape]) -> str:
    """Gather with the value as index; negative indices count from the end of the table."""
    graph, name = writer.graph, operation.name
    table = (operation.table.astype(np.int16) + writer.offset).astype(writer.dtype)
    if writer.offset == 0:
        table = np.roll(table, UINT8_OFFSET)
    place = graph.cast(tensors[0], np.int32, f"{name}/place")
    return graph.add("Gather", [graph.constant(f"{name}/table", table), place], f"{name}/q")


def _sum(writer: QuantizedGraph, operation: Sum, tensors: list[str], shapes: list[Shape]) -> str:
    name = operation.name
    real = [writer.dequantize(tensor, operation.input, f"{name}/input/{index}") for index, tensor in enumerate(tensors)]
    return writer.quantize(writer.graph.add("Add", real, f"{name}/sum"), operation.output, f"{name}/q")


def _join(writer: QuantizedGraph, operation: Join, tensors: list[str], shapes: list[Shape]) -> str:
    return writer.graph.add("Concat", tensors, f"{operation.name}/q", axis=1)


def _mean(writer: QuantizedGraph, operation: Mean, tensors: list[str], shapes: list[Shape]) -> str:
    name = operation.name
    real = writer.dequantize(tensors[0], operation.input, f"{name}/input")
    mean = writer.graph.add("GlobalAveragePool", [real], f"{name}/mean")
    return writer.quantize(mean, operation.output, f"{name}/q")


def _cell(writer: QuantizedGraph, operation: Cell, tensors: list[str], shapes: list[Shape]) -> str:
    if writer.dtype is not np.uint8:
        raise ExportError(f"operation '{operation.name}': a recurrent layer takes bytes without sign.")
    return CellWriter(writer.graph, operation).window(tensors[0])


def _rearrange(writer: QuantizedGraph, operation: Rearrange, tensors: list[str], shapes: list[Shape]) -> str:
    """The order of values is that of [time, frequency, channels]."""
    graph, name, (time, frequency, channels) = writer.graph, operation.name, shapes[0]
    if operation.order == "transpose":
        return graph.add("Transpose", tensors, f"{name}/q", perm=[0, 1, 3, 2])
    if operation.order == "flatten":
        perm, shape = [0, 2, 3, 1], [-1, time * frequency * channels, 1, 1]
    else:
        perm, shape = [0, 3, 1, 2], [-1, frequency * channels, time, 1]
    ordered = graph.add("Transpose", tensors, f"{name}/ordered", perm=perm)
    return graph.add("Reshape", [ordered, graph.constant(f"{name}/shape", np.array(shape))], f"{name}/q")


WRITERS: dict[type[Operation], Callable[..., str]] = {
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
"""(graph, operation, its inputs, their shapes) to its output."""
