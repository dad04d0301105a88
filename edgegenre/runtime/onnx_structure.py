"""The structure of an .onnx file, read from its bytes: a device has no package for it, and no engine has seen it yet.

An .onnx file is a protocol buffer: fields of a number, a wire type and a value; numbers as in onnx.proto.
"""

import math
from collections.abc import Iterator
from typing import Any

from edgegenre.runtime.file_structure import Interface, TensorSpec
from edgegenre.untrusted import UnreadableError

# fmt: off
OPERATORS = frozenset((
    "Add", "And", "AveragePool", "Cast", "Clip", "Concat", "Conv", "DequantizeLinear", "Div", "Elu", "Expand",
    "Flatten", "Floor", "GRU", "Gather", "GlobalAveragePool", "GlobalMaxPool", "GreaterOrEqual", "Identity", "LSTM",
    "LeakyRelu", "Less", "MatMulInteger", "Max", "MaxPool", "Min", "Mul", "QuantizeLinear", "ReduceSum", "Relu",
    "Reshape", "Round", "Scan", "Shape", "Slice", "Split", "Squeeze", "Sub", "Transpose", "Unsqueeze", "Where",
))
# fmt: on
"""Those that edgegenre writes."""

MOST_FIELDS = 500_000
MOST_NODES = 20_000
DEEPEST = 2
"""Graphs inside each other: the body of a Scan."""

_VARINT, _WORD, _BYTES, _HALF_WORD = 0, 1, 2, 5
_ITEM_TYPES = {
    1: ("float32", 4),
    2: ("uint8", 1),
    3: ("int8", 1),
    5: ("int16", 2),
    6: ("int32", 4),
    7: ("int64", 8),
    9: ("bool", 1),
    10: ("float16", 2),
    11: ("float64", 8),
}

# ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto, ValueInfoProto
_MODEL_GRAPH, _MODEL_KNOWN = 7, {1, 2, 3, 4, 5, 6, 7, 8, 14}
_GRAPH_NODE, _GRAPH_CONSTANT, _GRAPH_INPUT, _GRAPH_OUTPUT, _GRAPH_KNOWN = 1, 5, 11, 12, {1, 2, 5, 10, 11, 12}
_NODE_OPERATOR, _NODE_ATTRIBUTE, _NODE_DOMAIN = 4, 5, 7
_ATTRIBUTE_GRAPH, _ATTRIBUTE_KNOWN = 6, {1, 2, 3, 6, 7, 8, 20}
_TENSOR_DIMS, _TENSOR_TYPE, _TENSOR_NAME, _TENSOR_RAW, _TENSOR_KNOWN = 1, 2, 8, 9, {1, 2, 8, 9}

Message = dict[int, list[Any]]


def check_onnx(content: bytes, interface: Interface) -> None:
    """Raise UnreadableError unless the file has this interface, known operators, and constants that are all there.

    A constant lies in the file itself, as many bytes as its shape says. What an engine computes from it is bounded by
    the engine's memory limit (`onnxruntime_session`).
    """
    reader = _Reader()
    model = reader.message(memoryview(content))
    _known(model, _MODEL_KNOWN, "the model")
    graph = reader.message(_only(model, _MODEL_GRAPH, "a graph"))
    _check_graph(reader, graph, DEEPEST)
    constants = {_text(reader.message(item), _TENSOR_NAME) for item in graph.get(_GRAPH_CONSTANT, [])}
    inputs = [_tensor(reader, item) for item in graph.get(_GRAPH_INPUT, [])]
    outputs = [_tensor(reader, item) for item in graph.get(_GRAPH_OUTPUT, [])]
    if constants & {item.name for item in inputs}:
        raise UnreadableError("a constant bears the name of an input")
    interface.check(inputs, outputs)


def _check_graph(reader: "_Reader", graph: Message, depth: int) -> None:
    _known(graph, _GRAPH_KNOWN, "a graph")
    nodes = graph.get(_GRAPH_NODE, [])
    if depth == 0 or len(nodes) > MOST_NODES:
        raise UnreadableError(f"its graph has {len(nodes)} operators, or graphs inside graphs")
    for item in graph.get(_GRAPH_CONSTANT, []):
        _check_constant(reader.message(item))
    for item in nodes:
        node = reader.message(item)
        operator, domain = _text(node, _NODE_OPERATOR), _text(node, _NODE_DOMAIN)
        if operator not in OPERATORS or domain:
            raise UnreadableError(f"it has the operator '{domain[:40]}{'.' if domain else ''}{operator[:40]}'")
        for part in node.get(_NODE_ATTRIBUTE, []):
            attribute = reader.message(part)
            _known(attribute, _ATTRIBUTE_KNOWN, f"an attribute of '{operator}'")
            for inner in attribute.get(_ATTRIBUTE_GRAPH, []):
                _check_graph(reader, reader.message(inner), depth - 1)


def _check_constant(tensor: Message) -> None:
    name = _text(tensor, _TENSOR_NAME)[:40]
    _known(tensor, _TENSOR_KNOWN, f"the constant '{name}'")
    number = _number(tensor, _TENSOR_TYPE)
    if number not in _ITEM_TYPES:
        raise UnreadableError(f"the constant '{name}' has the type {number}")
    dimensions = _numbers(tensor.get(_TENSOR_DIMS, []))
    stored = len(_only(tensor, _TENSOR_RAW, f"the bytes of '{name}'"))
    if len(dimensions) > 8 or math.prod(dimensions) * _ITEM_TYPES[number][1] != stored:
        raise UnreadableError(f"the constant '{name}' claims {dimensions[:8]} in {stored} bytes")


def _tensor(reader: "_Reader", item: memoryview) -> TensorSpec:
    """ValueInfoProto: name 1, type 2 (tensor_type 1: elem_type 1, shape 2 (dim 1: dim_value 1, dim_param 2))."""
    value = reader.message(item)
    kind = reader.message(_only(reader.message(_only(value, 2, "a type")), 1, "a tensor type"))
    number = _number(kind, 1)
    shape: list[int | None] = []
    for part in reader.message(_only(kind, 2, "a shape")).get(1, []):
        size = reader.message(part)
        shape.append(_number(size, 1) if 1 in size else None)
    return TensorSpec(name=_text(value, 1), dtype=_ITEM_TYPES.get(number, (str(number), 0))[0], shape=tuple(shape))


class _Reader:
    """Splits messages into fields; the fields of one file are counted."""

    def __init__(self) -> None:
        self._left = MOST_FIELDS

    def message(self, data: Any) -> Message:
        """Values by field number, in order. Raises UnreadableError when the bytes are no message."""
        if not isinstance(data, memoryview):
            raise UnreadableError("a number stands where a message should")
        found: Message = {}
        for number, value in _fields(data):
            self._left -= 1
            if self._left < 0:
                raise UnreadableError(f"it has more than {MOST_FIELDS} parts")
            found.setdefault(number, []).append(value)
        return found


def _fields(data: memoryview) -> Iterator[tuple[int, Any]]:
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, place = _varint(data, place)
            yield number, value
            continue
        if wire == _BYTES:
            size, place = _varint(data, place)
        elif wire in (_WORD, _HALF_WORD):
            size = 8 if wire == _WORD else 4
        else:
            raise UnreadableError(f"no .onnx file: wire type {wire}")
        if size > len(data) - place:
            raise UnreadableError("no .onnx file: it ends in the middle of a field")
        yield number, data[place : place + size]
        place += size


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for index in range(10):
        if place + index >= len(data):
            break
        byte = data[place + index]
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, place + index + 1
    raise UnreadableError("no .onnx file: a number without end")


def _numbers(values: list[Any]) -> list[int]:
    """Of a repeated field: one by one, or packed into bytes."""
    numbers: list[int] = []
    for value in values:
        if isinstance(value, int):
            numbers.append(value)
            continue
        place = 0
        while place < len(value):
            number, place = _varint(value, place)
            numbers.append(number)
    return numbers


def _known(message: Message, known: set[int], what: str) -> None:
    unknown = sorted(set(message) - known)
    if unknown:
        raise UnreadableError(f"{what} has a part that edgegenre writes nowhere (field {unknown[0]})")


def _only(message: Message, number: int, what: str) -> Any:
    values = message.get(number, [])
    if len(values) != 1:
        raise UnreadableError(f"it has {len(values)} times {what}")
    if not isinstance(values[0], memoryview):
        raise UnreadableError(f"{what} is a number")
    return values[0]


def _number(message: Message, number: int) -> int:
    values = message.get(number, [0])
    if not isinstance(values[-1], int):
        raise UnreadableError("bytes stand where a number should")
    return values[-1]


def _text(message: Message, number: int) -> str:
    values = message.get(number, [memoryview(b"")])
    if not isinstance(values[-1], memoryview):
        raise UnreadableError("a number stands where a text should")
    return bytes(values[-1]).decode(errors="backslashreplace")
