"""Building .tflite files with the flatbuffer schema alone, no converter."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np

from edgegenre.errors import missing
from edgegenre.integer.quantization import Quantization

FILE_IDENTIFIER = b"TFL3"
BUFFER_ALIGNMENT = 16  # the schema's force_align of Buffer.data
# The oldest operator versions that hold int8, int16, or 32-bit tensors (float32, and int32 that are added):
# tflite-runtime 2.14 and TFLite Micro know them.
VERSIONS = {
    "CONV_2D": {8: 3, 16: 4, 32: 1},
    "DEPTHWISE_CONV_2D": {8: 3, 16: 5, 32: 1},
    "MEAN": {8: 2, 16: 3, 32: 1},
    "MAX_POOL_2D": {8: 2, 32: 1},
    "AVERAGE_POOL_2D": {32: 1},
    "MAXIMUM": {8: 2},
    "RESHAPE": {8: 1, 16: 1, 32: 1},
    "TRANSPOSE": {8: 2, 32: 1},
    "CAST": {8: 1},
    "GATHER": {8: 2},
    "QUANTIZE": {8: 1, 16: 2},
    "DEQUANTIZE": {8: 2, 16: 3},
    "CONCATENATION": {8: 2, 16: 3, 32: 1},
    "SLICE": {8: 2, 16: 4, 32: 1},
    "PAD": {8: 2, 16: 3, 32: 1},
    "SELECT_V2": {8: 1, 16: 1},
    "FULLY_CONNECTED": {16: 7, 32: 1},
    "LOGISTIC": {16: 3, 32: 1},
    "TANH": {16: 3, 32: 1},
    "LEAKY_RELU": {32: 1},
    "ELU": {32: 1},
    "ADD": {8: 2, 16: 3, 32: 1},
    "SUB": {16: 5, 32: 1},
    "MUL": {16: 4, 32: 1},
}


class TfliteWriter:
    """Collects tensors, operators and buffers of one model; `graph` is the subgraph that is being written."""

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
        self.model.subgraphs, self.model.signatureDefs = [], []
        self.begin("main")

    def begin(self, name: str) -> None:
        """What follows goes into a new subgraph."""
        self.graph = self.schema.SubGraphT()
        self.graph.name = name
        self.graph.tensors, self.graph.operators = [], []
        self.model.subgraphs.append(self.graph)

    def signature(self, key: str, inputs: Mapping[str, int], outputs: Mapping[str, int]) -> None:
        """The tensors by which the subgraph is called: inputs and outputs of a signature named `key`."""
        self.graph.inputs, self.graph.outputs = list(inputs.values()), list(outputs.values())
        signature = self.schema.SignatureDefT()
        signature.signatureKey, signature.subgraphIndex = key, len(self.model.subgraphs) - 1
        signature.inputs, signature.outputs = self._named(inputs), self._named(outputs)
        self.model.signatureDefs.append(signature)

    def options(self, kind: str, **values: Any) -> Any:
        """An object of the schema's option type `kind`, such as "Conv2D", with these fields."""
        options = getattr(self.schema, f"{kind}OptionsT")()
        for name, value in values.items():
            assert hasattr(options, name), name
            setattr(options, name, value)
        return options

    def constant(self, name: str, values: np.ndarray, quantization: Quantization | None = None) -> int:
        """A constant tensor without scales, or with those of an activation."""
        return self.tensor(name, values.shape, values.dtype.name.upper(), quantization, data=values)

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

        One scale is the whole tensor's, and `axis` 0.
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

    def operator(self, name: str, bits: int, inputs: list[int], output: int, options: Any = None) -> int:
        """Add one operator on activations of `bits`, with its `options` where it has some; returns `output`."""
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
        if options is not None:
            kind = type(options).__name__.removesuffix("T")
            operator.builtinOptions, operator.builtinOptionsType = options, getattr(self.schema.BuiltinOptions, kind)
        self.graph.operators.append(operator)
        return output

    def finish(self, metadata: Mapping[str, str]) -> bytes:
        """Attach the metadata buffers by name and pack the file."""
        self.model.metadata = []
        for name, text in metadata.items():
            entry = self.schema.MetadataT()
            entry.name, entry.buffer = name, self.buffer(text.encode())
            self.model.metadata.append(entry)
        return packed(self.model)

    def _named(self, tensors: Mapping[str, int]) -> list[Any]:
        entries = []
        for name, index in tensors.items():
            entry = self.schema.TensorMapT()
            entry.name, entry.tensorIndex = name, index
            entries.append(entry)
        return entries


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


def add_widened(
    writer: TfliteWriter, name: str, shape: tuple[int, ...], source: int, quantization: Quantization
) -> int:
    """int8 to int16 of another scale by way of float: older runtimes have no direct way, and this one is exact."""
    real = writer.tensor(f"{name}/real", shape, "FLOAT32")
    writer.operator("DEQUANTIZE", 8, [source], real, writer.options("Dequantize"))
    wide = writer.tensor(f"{name}/int16", shape, quantization=quantization)
    return writer.operator("QUANTIZE", 16, [real], wide, writer.options("Quantize"))


def add_reshaped(writer: TfliteWriter, name: str, shape: tuple[int, ...], source: int, target: Quantization) -> int:
    """The same values, named `name`, in another shape."""
    wanted = writer.constant(f"{name}/shape", np.array(shape, np.int32))
    output = writer.tensor(name, shape, quantization=target)
    options = writer.options("Reshape", newShape=list(shape))
    return writer.operator("RESHAPE", target.bits, [source, wanted], output, options)


def add_slice(
    writer: TfliteWriter,
    name: str,
    begin: tuple[int, ...],
    shape: tuple[int, ...],
    source: int,
    quantization: Quantization,
) -> int:
    """The part of `source` that has `shape` and begins at `begin`."""
    first = writer.constant(f"{name}/begin", np.array(begin, np.int32))
    size = writer.constant(f"{name}/size", np.array(shape, np.int32))
    output = writer.tensor(name, shape, quantization=quantization)
    return writer.operator("SLICE", quantization.bits, [source, first, size], output, writer.options("Slice"))
