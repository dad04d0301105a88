"""A model file cut off after one of its layers, so that engines which fuse show what they compute inside.

The cut keeps every operator, constant and name in front of it as the file has them: what the engine fuses in the whole
file it fuses in the part.
"""

from typing import Any

from edgegenre.errors import missing


def tflite_prefix(model: bytes, tensor: str) -> bytes:
    """The .tflite whose output is the int8 tensor `tensor`. Raises MissingDependencyError without ai-edge-litert."""
    try:
        from ai_edge_litert import schema_py_generated as schema
    except ImportError as error:
        raise missing("ai-edge-litert", "litert", "Comparing the tensors inside a .tflite file") from error
    from edgegenre.export.tflite.graph import packed

    parsed = schema.ModelT.InitFromPackedBuf(model, 0)
    (graph,) = parsed.subgraphs
    names = [item.name.decode() for item in graph.tensors]
    wanted = names.index(tensor)
    last = next(number for number, item in enumerate(graph.operators) if wanted in item.outputs)
    graph.operators, graph.outputs = graph.operators[: last + 1], [wanted]
    return packed(parsed)


def onnx_prefix(model: bytes, tensor: str) -> bytes:
    """The .onnx whose output "cut" is the tensor `tensor`: what is in front of it is fused as in the whole file.

    What QuantizeLinear makes is dequantized, as the whole file's last tensor is: float32. Bytes that another operator
    makes come out as they are, as int32.

    Raises MissingDependencyError without onnx.
    """
    try:
        import onnx
    except ImportError as error:
        raise missing("onnx", "export", "Comparing the tensors inside an .onnx file") from error
    parsed = onnx.load_from_string(model)
    graph = parsed.graph
    source = next(node for node in graph.node if tensor in node.output)
    needed = _ancestors(graph.node, source)
    kind = onnx.TensorProto.INT32
    end = onnx.helper.make_node("Cast", [tensor], ["cut"], name="cut", to=kind)
    if source.op_type == "QuantizeLinear":
        kind = onnx.TensorProto.FLOAT
        end = onnx.helper.make_node("DequantizeLinear", [tensor, *source.input[1:]], ["cut"], name="cut")
    used = {name for node in needed for name in node.input}
    constants = [item for item in graph.initializer if item.name in used]
    output = onnx.helper.make_tensor_value_info("cut", kind, None)
    del graph.node[:], graph.initializer[:], graph.output[:]
    graph.node.extend([*needed, end])
    graph.initializer.extend(constants)
    graph.output.append(output)
    return bytes(parsed.SerializeToString())


def _ancestors(nodes: Any, last: Any) -> list[Any]:
    """`last` and every node it depends on, in the order of the graph."""
    wanted = set(last.input)
    needed = [last]
    for node in reversed([node for node in nodes if node is not last]):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            needed.append(node)
    return [node for node in nodes if any(node is item for item in needed)]
