"""The structure of a .tflite file, read from its bytes: a device has no package for it, and no engine has seen it yet.

A .tflite file is a flatbuffer: tables of optional fields, found by their numbers in schema.fbs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from edgegenre.runtime.file_structure import Interface, TensorSpec
from edgegenre.runtime.flatbuffer import Flatbuffer, Table
from edgegenre.untrusted import UnreadableError

OPERATORS = {
    0: "ADD",
    2: "CONCATENATION",
    3: "CONV_2D",
    4: "DEPTHWISE_CONV_2D",
    6: "DEQUANTIZE",
    9: "FULLY_CONNECTED",
    14: "LOGISTIC",
    17: "MAX_POOL_2D",
    18: "MUL",
    22: "RESHAPE",
    28: "TANH",
    34: "PAD",
    36: "GATHER",
    39: "TRANSPOSE",
    40: "MEAN",
    41: "SUB",
    53: "CAST",
    55: "MAXIMUM",
    65: "SLICE",
    114: "QUANTIZE",
    123: "SELECT_V2",
}
"""Those that edgegenre writes, by their numbers in the schema."""

LARGEST_TENSORS = 1 << 29
"""Bytes of all tensors together."""

_ITEM_TYPES = {0: ("float32", 4), 2: ("int32", 4), 4: ("int64", 8), 6: ("bool", 1), 7: ("int16", 2), 9: ("int8", 1)}
_WEIGHED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
_SAME_VALUES = ("CAST", "DEQUANTIZE", "QUANTIZE", "LOGISTIC", "TANH", "RESHAPE", "TRANSPOSE")
_FEWER_VALUES = ("MAX_POOL_2D", "MEAN", "SLICE")
_BROADCAST = ("ADD", "MAXIMUM", "MUL", "SUB", "SELECT_V2")

# Fields of Model, OperatorCode, SubGraph, Tensor, Operator and Buffer.
_CODES, _GRAPHS, _BUFFERS = 1, 2, 4
_OLD_CODE, _CUSTOM_CODE, _CODE = 0, 1, 3
_TENSORS, _INPUTS, _OUTPUTS, _OPERATORS = 0, 1, 2, 3
_SHAPE, _TYPE, _BUFFER, _NAME, _VARIABLE, _SPARSITY, _SIGNATURE = 0, 1, 2, 3, 5, 6, 7
_CODE_INDEX, _OPERATOR_INPUTS, _OPERATOR_OUTPUTS = 0, 1, 2
_DATA, _OFFSET = 0, 1

_Item = TypeVar("_Item")


@dataclass(frozen=True, kw_only=True)
class _Tensor:
    """data: the bytes of a constant, None for what is computed."""

    spec: TensorSpec
    shape: tuple[int, ...]
    data: memoryview | None

    @property
    def values(self) -> int:
        return math.prod(self.shape)


def check_tflite(content: bytes, interface: Interface) -> None:
    """Raise UnreadableError unless the file has this interface, known operators, and sizes that follow from each other.

    Constants are as many bytes as their shapes say. What an operator gives out has the size that it makes of what it
    reads, so that the tensors' own sizes, which are added up, bound what an engine allocates.
    """
    buffer = Flatbuffer(content)
    model = buffer.root()
    names = [_operator_name(code) for code in model.tables(_CODES)]
    stored = [_data(item) for item in model.tables(_BUFFERS)]
    graphs = model.tables(_GRAPHS)
    if not graphs:
        raise UnreadableError("it has no graph")
    total = 0
    for number, graph in enumerate(graphs):
        tensors = [_tensor(item, stored) for item in graph.tables(_TENSORS)]
        total += sum(item.values * np.dtype(item.spec.dtype).itemsize for item in tensors)
        if total > LARGEST_TENSORS:
            raise UnreadableError(f"its tensors have {total} bytes, more than {LARGEST_TENSORS}")
        _check_operators(graph, tensors, names)
        if number == 0 and interface.inputs:
            inputs, outputs = (
                [_at(tensors, index).spec for index in graph.numbers(field)] for field in (_INPUTS, _OUTPUTS)
            )
            interface.check(inputs, outputs)


def _operator_name(code: Table) -> str:
    number = max(code.byte(_OLD_CODE), code.integer(_CODE))
    if code.has(_CUSTOM_CODE) or number not in OPERATORS:
        raise UnreadableError(f"it has the operator {number}, which edgegenre writes nowhere")
    return OPERATORS[number]


def _data(item: Table) -> memoryview:
    if item.has(_OFFSET):
        raise UnreadableError("a constant lies behind the flatbuffer")
    return item.bytes(_DATA)


def _tensor(item: Table, stored: Sequence[memoryview]) -> _Tensor:
    shape = tuple(item.numbers(_SHAPE))
    name, kind = bytes(item.bytes(_NAME)).decode(errors="backslashreplace"), item.byte(_TYPE)
    if kind not in _ITEM_TYPES or item.has(_SPARSITY) or item.byte(_VARIABLE) or item.has(_SIGNATURE):
        raise UnreadableError(f"the tensor '{name[:40]}' is of a kind that edgegenre writes nowhere")
    if len(shape) > 8 or min(shape, default=1) < 1:
        raise UnreadableError(f"the tensor '{name[:40]}' has the shape {list(shape[:8])}")
    dtype, size = _ITEM_TYPES[kind]
    data = _at(stored, item.integer(_BUFFER))
    if len(data) not in (0, math.prod(shape) * size):
        raise UnreadableError(f"the tensor '{name[:40]}' claims {list(shape)} in {len(data)} bytes")
    spec = TensorSpec(name=name, dtype=dtype, shape=shape)
    return _Tensor(spec=spec, shape=shape, data=data if len(data) else None)


def _check_operators(graph: Table, tensors: list[_Tensor], names: list[str]) -> None:
    """Every tensor that is read is a constant, an input, or made before; and each is made once."""
    ready = {index for index, item in enumerate(tensors) if item.data is not None} | set(graph.numbers(_INPUTS))
    for operator in graph.tables(_OPERATORS):
        name = _at(names, operator.integer(_CODE_INDEX))
        inputs, outputs = operator.numbers(_OPERATOR_INPUTS), operator.numbers(_OPERATOR_OUTPUTS)
        if not inputs or not ready.issuperset(inputs) or len(outputs) != 1 or ready.intersection(outputs):
            raise UnreadableError(f"the operator {name} reads or makes tensors that it cannot")
        made = _at(tensors, outputs[0])
        if not _fits(name, [_at(tensors, index) for index in inputs], made):
            raise UnreadableError(f"{name} does not make '{made.spec.name[:40]}' {list(made.shape)} of what it reads")
        ready.update(outputs)
    if not ready.issuperset(graph.numbers(_OUTPUTS)):
        raise UnreadableError("an output is made by no operator")


def _fits(name: str, inputs: list[_Tensor], made: _Tensor) -> bool:
    """Whether an operator of this name makes as many values of its inputs."""
    first = inputs[0]
    if name in _SAME_VALUES:
        return made.values == first.values
    if name in _FEWER_VALUES:
        return made.values <= first.values
    if name == "CONCATENATION":
        return made.values == sum(item.values for item in inputs)
    if name == "GATHER":  # a table of values, one for each index
        return len(inputs) == 2 and len(first.shape) == 1 and made.values == inputs[1].values
    if name in _BROADCAST:
        try:
            return np.broadcast_shapes(*(item.shape for item in inputs)) == made.shape
        except ValueError:
            return False
    if name == "PAD":
        return _padded(first, inputs[1:]) == made.shape
    assert name in _WEIGHED
    return _weighed(name, first, inputs[1:]) >= made.values


def _padded(source: _Tensor, rest: list[_Tensor]) -> tuple[int, ...] | None:
    if len(rest) != 1 or rest[0].data is None or rest[0].spec.dtype != "int32":
        return None
    widths = np.frombuffer(rest[0].data, "<i4").astype(np.int64)
    if len(widths) != 2 * len(source.shape) or widths.min() < 0:
        return None
    added = widths.reshape(-1, 2).sum(axis=1).tolist()
    return tuple(size + more for size, more in zip(source.shape, added, strict=True))


def _weighed(name: str, source: _Tensor, rest: list[_Tensor]) -> int:
    """The most values that a product of `source` with constant weights has; strides make fewer."""
    if not rest or rest[0].data is None or len(rest) > 2:
        return 0
    weights = rest[0].shape
    if name == "FULLY_CONNECTED":
        return source.values // weights[-1] * weights[0] if len(weights) == 2 else 0
    if len(weights) != 4 or len(source.shape) != 4:
        return 0
    channels = weights[0] if name == "CONV_2D" else weights[3]
    return math.prod(source.shape[:3]) * channels


def _at(items: Sequence[_Item], index: int) -> _Item:
    if not 0 <= index < len(items):
        raise UnreadableError(f"it names entry {index} of {len(items)}")
    return items[index]
