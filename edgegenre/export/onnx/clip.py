"""An IntegerNetwork as a whole-clip QDQ .onnx with float inputs and output."""

import numpy as np

from edgegenre.export.onnx.graph import Graph, metadata_props
from edgegenre.export.onnx.quantized import QuantizedGraph, clip_bytes
from edgegenre.integer.network import IntegerNetwork


def onnx_bytes(network: IntegerNetwork, metadata: str) -> bytes:
    """The .onnx file: float32 [clips, time, frequency] in (with channels behind where an input has several),
    dequantized float32 logits [clips, classes] out.

    The inputs' values must lie on the int8 grid (`Normalization.normalize`). Exact against arithmetic `float32` on
    onnxruntime; x86 processors without VNNI need the session option session.x64quantprecision=1, or products saturate.
    Raises ExportError for an operation that has no such form, MissingDependencyError without onnx.
    """
    graph = Graph(network.name)
    writer = QuantizedGraph(graph, clip_bytes(network))
    tensors = {
        item.name: writer.quantize(graph.features(item), item.quantization, f"{item.name}/q") for item in network.inputs
    }
    for operation, shapes in network.with_shapes():
        tensors[operation.name] = writer.add(operation, [tensors[name] for name in operation.inputs], shapes)
    name = network.logits.name
    real = writer.dequantize(tensors[name], network.output, f"{name}/real")
    logits = graph.add("Flatten", [real], name, axis=1)
    graph.output(logits, np.float32, ["clips", network.classes])
    return graph.finish(metadata_props(metadata))
