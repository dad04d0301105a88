"""Weights of graphs whose tensors have names of no meaning, .onnx and .tflite: the convolutions in their order.

Both readers give "conv/0/weights", "conv/0/bias", "conv/1/weights" …, in our layouts: [channels, time, frequency,
channels in], or [time, frequency, channels] of a depthwise one; batch norm that follows is folded.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.errors import first_line, missing
from edgegenre.network.folding import folded
from edgegenre.untrusted import UnreadableError, read_bytes


def read_onnx(path: Path, *, largest: int) -> Mapping[str, np.ndarray]:
    """The convolutions of an .onnx. Raises UnreadableError when it is damaged, or has weights in other files or of
    other types than floats; MissingDependencyError without onnx."""
    try:
        import onnx
    except ImportError as error:
        raise missing("onnx", "export", "Reading .onnx") from error
    try:
        graph = onnx.load_model_from_string(read_bytes(path, largest=largest)).graph
        constants = {item.name: item for item in graph.initializer}
        constants |= {
            node.output[0]: attribute.t
            for node in graph.node
            if node.op_type == "Constant"
            for attribute in node.attribute
            if attribute.name == "value"
        }
        readers = {name: node for node in graph.node for name in node.input}
        arrays: dict[str, np.ndarray] = {}
        for number, node in enumerate(node for node in graph.node if node.op_type == "Conv"):
            weights = _onnx_array(constants[node.input[1]])
            groups = next((item.i for item in node.attribute if item.name == "group"), 1)
            kernel = weights[:, 0].transpose(1, 2, 0) if groups > 1 else weights.transpose(0, 2, 3, 1)
            bias = _onnx_array(constants[node.input[2]]) if len(node.input) > 2 else np.zeros(len(weights), np.float32)
            after = readers.get(node.output[0])
            if after is not None and after.op_type == "BatchNormalization":
                epsilon = next((item.f for item in after.attribute if item.name == "epsilon"), 1e-5)
                gamma, beta, mean, variance = (_onnx_array(constants[name]) for name in after.input[1:5])
                kernel, bias = folded(kernel, bias, gamma, beta, mean, variance, epsilon, depthwise=groups > 1)
            arrays[f"conv/{number}/weights"], arrays[f"conv/{number}/bias"] = kernel, bias
        return _some(arrays)
    except (UnreadableError, OSError):
        raise
    except Exception as error:  # protobuf and onnx raise what they like for a damaged file
        raise UnreadableError(f"no sound .onnx with float weights: {first_line(error)}") from error


def _some(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    if not arrays:
        raise UnreadableError("it has no convolution")
    return arrays


def _onnx_array(tensor: Any) -> np.ndarray:
    from onnx import TensorProto, numpy_helper

    if tensor.data_location == TensorProto.EXTERNAL:
        raise UnreadableError(f"the weights '{tensor.name}' lie in another file")
    return np.asarray(numpy_helper.to_array(tensor), np.float32)


def read_tflite(path: Path, *, largest: int) -> Mapping[str, np.ndarray]:
    """The convolutions of a .tflite. Raises UnreadableError when it is damaged or has weights of other types than
    float32, MissingDependencyError without ai-edge-litert."""
    try:
        from ai_edge_litert import schema_py_generated as schema
    except ImportError as error:
        raise missing("ai-edge-litert", "litert", "Reading .tflite") from error
    content = read_bytes(path, largest=largest)
    try:
        model = schema.ModelT.InitFromPackedBuf(content, 0)
        (graph, *_) = model.subgraphs
        codes = [code.builtinCode for code in model.operatorCodes]
        wanted = (schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.DEPTHWISE_CONV_2D)
        arrays: dict[str, np.ndarray] = {}
        for number, item in enumerate(item for item in graph.operators if codes[item.opcodeIndex] in wanted):
            tensors = [graph.tensors[index] for index in item.inputs[1:3]]
            if any(tensor.type != schema.TensorType.FLOAT32 for tensor in tensors):
                raise UnreadableError("its weights are no float32: take the float model, not a quantized one")
            kernel, bias = (
                np.frombuffer(model.buffers[tensor.buffer].data.tobytes(), "<f4").reshape(tuple(tensor.shape))
                for tensor in tensors
            )
            depthwise = codes[item.opcodeIndex] == schema.BuiltinOperator.DEPTHWISE_CONV_2D
            arrays[f"conv/{number}/weights"] = kernel[0] if depthwise else kernel
            arrays[f"conv/{number}/bias"] = bias
        return _some(arrays)
    except UnreadableError:
        raise
    except Exception as error:  # flatbuffers raises what Python does when offsets lead nowhere
        raise UnreadableError(f"no sound .tflite: {first_line(error)}") from error
