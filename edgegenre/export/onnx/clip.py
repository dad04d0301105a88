"""An IntegerNetwork as a whole-clip QDQ .onnx with float input and output."""

import numpy as np

from edgegenre.export.onnx.graph import Graph, QuantizedLayers, metadata_props
from edgegenre.export.onnx.recurrent import last_output
from edgegenre.integer.tensors import IntegerNetwork, IntegerRecurrent


def onnx_bytes(network: IntegerNetwork, metadata: str) -> bytes:
    """The .onnx file: float32 [clips, time, frequency] in, dequantized float32 logits [clips, classes] out.

    The input's values must lie on the int8 grid (`Normalization.normalize`). Exact against arithmetic `float32` on
    onnxruntime; x86 processors without VNNI need the session option session.x64quantprecision=1, or products saturate.
    Raises ExportError for a layer that has no such form, MissingDependencyError without onnx.
    """
    graph = Graph(network.network.name)
    # A recurrent layer takes bytes without sign; everything else is fastest on signed ones.
    layers = QuantizedLayers(graph, np.uint8 if network.network.recurrent else np.int8)
    (only,) = network.network.inputs
    features = graph.input(only.name, np.float32, ["clips", only.shape.time, only.shape.frequency])
    image = graph.add("Unsqueeze", [features, graph.constant("channel_axis", np.array([1]))], f"{only.name}/image")
    tensors = {only.name: layers.quantize(image, network.input, f"{only.name}/q")}
    for layer, shape in network.with_shapes():
        source = tensors[layer.node.inputs[0]]
        if isinstance(layer, IntegerRecurrent):
            tensors[layer.node.name] = last_output(graph, layers, layer, source)
        else:
            tensors[layer.node.name] = layers.layer(layer, shape, source)
    name = network.network.output.name
    real = layers.dequantize(tensors[name], network.output, f"{name}/real")
    logits = graph.add("Flatten", [real], name, axis=1)
    graph.output(logits, np.float32, ["clips", network.network.classes])
    return graph.finish(metadata_props(metadata))
