"""An IntegerNetwork as a whole-clip int8 .tflite, written with the flatbuffer schema alone: no converter."""

from types import ModuleType
from typing import Any

import numpy as np

from edgegenre.bundle import METADATA_KEY
from edgegenre.errors import ExportError, missing
from edgegenre.integer.tensors import IntegerGru, IntegerLayer, IntegerNetwork, Quantization
from edgegenre.network.layers import AveragePool, Convolution, Dense, DepthwiseConv, GlobalAverage, WindowedLayer
from edgegenre.network.shape import Shape

FILE_IDENTIFIER = b"TFL3"
BUFFER_ALIGNMENT = 16  # the schema's force_align of Buffer.data
# The oldest operator versions that hold int8 or int16 tensors: tflite-runtime 2.14 and TFLite Micro know them.
VERSIONS = {
    "CONV_2D": {8: 3, 16: 4},
    "DEPTHWISE_CONV_2D": {8: 3, 16: 5},
    "MEAN": {8: 2, 16: 3},
    "RESHAPE": {8: 1, 16: 1},
    "QUANTIZE": {8: 1, 16: 2},
    "DEQUANTIZE": {8: 2, 16: 3},
}


def tflite_bytes(network: IntegerNetwork, metadata: str) -> bytes:
    """The .tflite file: int8 [1, time, frequency, 1] in, logits [1, classes] out, tensors named like the nodes.

    A dense layer is a 1 x 1 convolution, an average pool a depthwise one with equal weights (DESIGN, "The integer
    arithmetic"). `metadata` rides in the metadata buffer "edgegenre". Raises ExportError for a layer that has no such
    form, MissingDependencyError without flatbuffers or ai-edge-litert.
    Activations and logits are int8, or int16 where the network is `wide`.
    """
    writer = _Writer(network.network.name)
    (only,) = network.network.inputs
    indices = {only.name: writer.tensor(only.name, (1, *only.shape), quantization=network.input)}
    writer.graph.inputs = [indices[only.name]]
    if network.wide:
        indices[only.name] = _widened(writer, network, indices[only.name])
    for layer, shape in network.with_shapes():
        if isinstance(layer, IntegerGru):
            raise ExportError(f"'{network.network.name}' has no whole-clip .tflite: layer '{layer.node.name}'.")
        indices[layer.node.name] = _add(writer, layer, shape, indices[layer.node.inputs[0]])
    writer.graph.outputs = [_flat(writer, network, indices[network.network.output.name])]
    return writer.finish(metadata)


class _Writer:
    """Collects tensors, operators and buffers of one model."""

    def __init__(self, name: str) -> None:
        try:
            from ai_edge_litert import schema_py_generated as schema
        except ImportError as error:
            raise missing("ai-edge-litert", "export", "writing .tflite files") from error
        self.schema: ModuleType = schema
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.description = f"edgegenre {name}"
        self.model.operatorCodes = []
        self.model.buffers = [schema.BufferT()]  # buffer 0 is the empty one of tensors without data
        self.graph = schema.SubGraphT()
        self.graph.name = "main"
        self.graph.tensors, self.graph.operators = [], []
        self.model.subgraphs = [self.graph]

    def tensor(
        self,
        name: str,
        shape: tuple[int, ...],
        kind: str = "",
        quantization: Quantization | None = None,
        *,
        scales: np.ndarray | None = None,
        axis: int = 0,
        data: np.ndarray | None = None,
    ) -> int:
        """Add a tensor: an activation with its quantization, or a constant with symmetric `scales` along `axis`.

        kind: a name of the schema's TensorType; an activation's follows from its quantization.
        """
        kind = f"INT{quantization.bits}" if quantization is not None else kind
        tensor = self.schema.TensorT()
        tensor.name, tensor.shape = name, list(map(int, shape))
        tensor.type = getattr(self.schema.TensorType, kind)
        if quantization is not None:
            scales = np.array([quantization.scale], np.float32)
        if scales is not None:
            parameters = self.schema.QuantizationParametersT()
            parameters.scale = scales.astype(np.float32)
            zero_point = quantization.zero_point if quantization is not None else 0
            parameters.zeroPoint = np.full(len(scales), zero_point, np.int64)
            parameters.quantizedDimension = axis
            tensor.quantization = parameters
        tensor.buffer = 0 if data is None else self.buffer(np.ascontiguousarray(data).tobytes())
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def buffer(self, content: bytes) -> int:
        """Add constant bytes."""
        self.model.buffers.append(_aligned_buffer(self.schema, content))
        return len(self.model.buffers) - 1

    def operator(self, name: str, bits: int, inputs: list[int], output: int, options: Any) -> None:
        """Add one operator on activations of `bits`; `options` is an object of the schema's option type for it."""
        code, version = getattr(self.schema.BuiltinOperator, name), VERSIONS[name][bits]
        known = [(item.builtinCode, item.version) for item in self.model.operatorCodes]
        if (code, version) not in known:
            item = self.schema.OperatorCodeT()
            item.builtinCode, item.deprecatedBuiltinCode, item.version = code, min(code, 127), version
            self.model.operatorCodes.append(item)
            known.append((code, version))
        operator = self.schema.OperatorT()
        operator.opcodeIndex = known.index((code, version))
        operator.inputs, operator.outputs = inputs, [output]
        operator.builtinOptions = options
        operator.builtinOptionsType = getattr(self.schema.BuiltinOptions, type(options).__name__.removesuffix("T"))
        self.graph.operators.append(operator)

    def finish(self, metadata: str) -> bytes:
        """Attach the metadata and pack the file."""
        entry = self.schema.MetadataT()
        entry.name, entry.buffer = METADATA_KEY, self.buffer(metadata.encode())
        self.model.metadata = [entry]
        return packed(self.model)


def packed(model: Any) -> bytes:
    """The bytes of a schema ModelT."""
    try:
        import flatbuffers
    except ImportError as error:
        raise missing("flatbuffers", "export", "writing .tflite files") from error
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), file_identifier=FILE_IDENTIFIER)
    return bytes(builder.Output())


def _aligned_buffer(schema: ModuleType, content: bytes) -> Any:
    class AlignedBuffer(schema.BufferT):  # type: ignore[name-defined]
        """The generated code forgets the alignment that the schema asks for."""

        def Pack(self, builder: Any) -> Any:  # noqa: N802 (the schema's name)
            builder.Prep(BUFFER_ALIGNMENT, len(self.data))
            return super().Pack(builder)

    buffer = AlignedBuffer()
    buffer.data = np.frombuffer(content, np.uint8)
    return buffer


def _widened(writer: _Writer, network: IntegerNetwork, source: int) -> int:
    """The int8 input as int16, by way of float: older runtimes have no direct way, and this one is exact."""
    (only,) = network.network.inputs
    real = writer.tensor(f"{only.name}/real", (1, *only.shape), "FLOAT32")
    writer.operator("DEQUANTIZE", 8, [source], real, writer.schema.DequantizeOptionsT())
    wide = writer.tensor(f"{only.name}/int16", (1, *only.shape), quantization=network.layers[0].input)
    writer.operator("QUANTIZE", 16, [real], wide, writer.schema.QuantizeOptionsT())
    return wide


def _add(writer: _Writer, layer: IntegerLayer, shape: Shape, source: int) -> int:
    """Add the operator of `layer` on tensor `source`; returns its output's index."""
    match layer.node.layer:
        case Convolution() | DepthwiseConv() | AveragePool() as description:
            return _windowed(writer, layer, description, shape, source)
        case GlobalAverage():
            return _mean(writer, layer, shape, source)
        case Dense():
            return _dense(writer, layer, shape, source)
    raise ExportError(f"layer '{layer.node.name}' ({type(layer.node.layer).__name__}) has no int8 .tflite form.")


def _windowed(writer: _Writer, layer: IntegerLayer, description: WindowedLayer, shape: Shape, source: int) -> int:
    schema, name = writer.schema, layer.node.name
    stride = description.window if isinstance(description, AveragePool) else description.stride
    options: Any
    if isinstance(description, Convolution):
        options, weights, axis, operator = schema.Conv2DOptionsT(), layer.weights, 0, "CONV_2D"
    else:
        options, weights, axis, operator = schema.DepthwiseConv2DOptionsT(), layer.weights[None], 3, "DEPTHWISE_CONV_2D"
        options.depthMultiplier = 1
    valid = isinstance(description, AveragePool)
    options.padding = schema.Padding.VALID if valid else schema.Padding.SAME
    options.strideH, options.strideW = stride
    options.dilationHFactor = options.dilationWFactor = 1
    relu = not isinstance(description, AveragePool) and description.activation == "relu"
    activation = schema.ActivationFunctionType
    options.fusedActivationFunction = activation.RELU if relu else activation.NONE
    inputs = [source, *_constants(writer, layer, weights, layer.weight_scales, axis)]
    output = writer.tensor(name, (1, *description.output_shape(shape)), quantization=layer.output)
    writer.operator(operator, layer.output.bits, inputs, output, options)
    return output


def _mean(writer: _Writer, layer: IntegerLayer, shape: Shape, source: int) -> int:
    axes = writer.tensor(f"{layer.node.name}/axes", (2,), "INT32", data=np.array([1, 2], np.int32))
    options = writer.schema.ReducerOptionsT()
    options.keepDims = True
    output = writer.tensor(layer.node.name, (1, 1, 1, shape.channels), quantization=layer.output)
    writer.operator("MEAN", layer.output.bits, [source, axes], output, options)
    return output


def _dense(writer: _Writer, layer: IntegerLayer, shape: Shape, source: int) -> int:
    """A 1 x 1 convolution on the vector.

    FULLY_CONNECTED would be shorter, but its rounding differs from one version of the reference kernels to the next:
    twice, like a convolution's, in tflite-runtime 2.14, once in LiteRT 2.3.
    """
    if shape.values != shape.channels:
        raise ExportError(f"layer '{layer.node.name}': a dense layer needs a vector, its input is {tuple(shape)}.")
    weights = layer.weights[:, np.newaxis, np.newaxis]
    options = writer.schema.Conv2DOptionsT()
    options.padding = writer.schema.Padding.VALID
    options.strideH = options.strideW = options.dilationHFactor = options.dilationWFactor = 1
    options.fusedActivationFunction = writer.schema.ActivationFunctionType.NONE
    inputs = [source, *_constants(writer, layer, weights, layer.weight_scales, 0)]
    output = writer.tensor(layer.node.name, (1, 1, 1, len(layer.weights)), quantization=layer.output)
    writer.operator("CONV_2D", layer.output.bits, inputs, output, options)
    return output


def _flat(writer: _Writer, network: IntegerNetwork, logits: int) -> int:
    shape = (1, network.network.classes)
    wanted = writer.tensor("output/shape", (2,), "INT32", data=np.array(shape, np.int32))
    options = writer.schema.ReshapeOptionsT()
    options.newShape = list(shape)
    output = writer.tensor("output", shape, quantization=network.output)
    writer.operator("RESHAPE", network.output.bits, [logits, wanted], output, options)
    return output


def _constants(
    writer: _Writer, layer: IntegerLayer, weights: np.ndarray, scales: np.ndarray, axis: int
) -> tuple[int, int]:
    """Weights and bias; the bias has scale s_x * s_w."""
    name = layer.node.name
    first = writer.tensor(f"{name}/weights", weights.shape, "INT8", scales=scales, axis=axis, data=weights)
    bias_scales = np.float32(layer.input.scale) * scales
    bias, kind = (layer.bias.astype("<i8"), "INT64") if layer.wide else (layer.bias.astype("<i4"), "INT32")
    return first, writer.tensor(f"{name}/bias", bias.shape, kind, scales=bias_scales, data=bias)
