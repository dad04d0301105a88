"""integers.npz: an IntegerNetwork on disk. Loading runs no code and trusts nothing."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.errors import BundleError, EdgegenreError
from edgegenre.identifiers import identifier
from edgegenre.integer.network import IntegerInput, IntegerNetwork
from edgegenre.integer.operations import OPERATION_KINDS, Operation, WeightedOperation, Window, kind_of
from edgegenre.integer.quantization import Quantization
from edgegenre.limits import check_network
from edgegenre.network.shape import Padding, Shape
from edgegenre.untrusted import parse_json, read_npz

_LARGEST_SIZE = 1 << 20


def save_integers(network: IntegerNetwork, path: Path) -> None:
    """Write `network` to `path` as an .npz of plain arrays and one JSON text."""
    structure = {
        "name": network.name,
        "inputs": [
            {"name": item.name, "shape": list(item.shape), "quantization": item.quantization.to_dict()}
            for item in network.inputs
        ],
        "operations": [_description(operation) for operation in network.operations],
    }
    arrays = {
        f"{operation.name}/{name}": array
        for operation in network.operations
        for name, array in _fields(operation).items()
        if isinstance(array, np.ndarray)
    }
    text = np.frombuffer(json.dumps(structure).encode(), np.uint8)
    np.savez_compressed(path, **{"structure": text, **arrays})  # type: ignore[arg-type]


def load_integers(path: Path) -> IntegerNetwork:
    """Read what `save_integers` wrote. Raises BundleError when it is missing, damaged or not consistent."""
    try:
        arrays = read_npz(path)
        return _network(parse_json(arrays["structure"].tobytes()), arrays)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, EdgegenreError) as error:
        raise BundleError(f"{path}: the integers cannot be read ({error}). Export the bundle again.") from error


def _fields(operation: Operation) -> dict[str, Any]:
    return {field.name: getattr(operation, field.name) for field in dataclasses.fields(operation)}


def _description(operation: Operation) -> dict[str, Any]:
    """Everything but the arrays, JSON-ready."""
    plain = {name: _plain(value) for name, value in _fields(operation).items() if not isinstance(value, np.ndarray)}
    return {"operation": kind_of(operation), **plain}


def _plain(value: Any) -> Any:
    if isinstance(value, Quantization):
        return value.to_dict()
    if isinstance(value, Window):
        padding = value.padding
        return {
            "kernel": list(value.kernel),
            "stride": list(value.stride),
            "padding": [padding.top, padding.bottom, padding.left, padding.right],
        }
    return list(value) if isinstance(value, tuple) else value


def _network(structure: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> IntegerNetwork:
    inputs = tuple(
        IntegerInput(
            name=identifier(item["name"]),
            shape=Shape(*_pair_or_more(item["shape"], 3)),
            quantization=Quantization.from_dict(item["quantization"]),
        )
        for item in structure["inputs"]
    )
    operations = tuple(_operation(item, arrays) for item in structure["operations"])
    network = IntegerNetwork(name=identifier(structure["name"]), inputs=inputs, operations=operations)
    _check_size(network)
    return network


def _check_size(network: IntegerNetwork) -> None:
    """The bounds of `edgegenre.limits`, with every number of an operation's arrays used at every place it works on.

    A convolution works on the places of its output, whatever the size of the map that its kernel slides over.
    """
    shapes, numbers, work = network.shapes(), {}, {}
    for operation in network.operations:
        read = () if isinstance(operation, WeightedOperation) else operation.inputs
        places = max(shapes[name].time * shapes[name].frequency for name in (operation.name, *read))
        arrays = [value for value in _fields(operation).values() if isinstance(value, np.ndarray)]
        numbers[operation.name] = sum(array.size for array in arrays)
        work[operation.name] = places * numbers[operation.name]
    nothing = dict.fromkeys(numbers, 0)
    check_network(network.name, tensors=shapes, multiplies=work, weights=numbers, state_bytes=nothing)


def _operation(item: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Operation:
    kind: Callable[..., Operation] = OPERATION_KINDS[item["operation"]]
    name = identifier(item["name"])
    values: dict[str, Any] = {
        field.name: FIELDS[field.name](item[field.name]) if field.name in FIELDS else arrays[f"{name}/{field.name}"]
        for field in dataclasses.fields(OPERATION_KINDS[item["operation"]])
    }
    return kind(**values)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(_text, value))


def _whole(value: Any, low: int = -_LARGEST_SIZE) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= _LARGEST_SIZE:
        raise ValueError(f"{value!r} is not a whole number from {low} to {_LARGEST_SIZE}")
    return value


def _pair_or_more(value: Any, count: int = 2, low: int = 1) -> tuple[int, ...]:
    if len(value) != count:
        raise ValueError(f"{value!r} are not {count} numbers")
    return tuple(_whole(part, low) for part in value)


def _pair(value: Any) -> tuple[int, int]:
    first, second = _pair_or_more(value)
    return first, second


def _window(value: Mapping[str, Any]) -> Window:
    top, bottom, left, right = _pair_or_more(value["padding"], 4, low=0)
    padding = Padding(top=top, bottom=bottom, left=left, right=right)
    return Window(kernel=_pair(value["kernel"]), stride=_pair(value["stride"]), padding=padding)


def _window_or_pair(value: Any) -> Any:
    """A sliding window of a product, or that of a maximum: two numbers, or none."""
    if value is None or isinstance(value, list):
        return None if value is None else _pair(value)
    return _window(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


FIELDS: dict[str, Callable[[Any], Any]] = {
    "name": identifier,
    "inputs": _texts,
    "input": Quantization.from_dict,
    "output": Quantization.from_dict,
    "window": _window_or_pair,
    "extent": _pair,
    "low": _whole,
    "order": _text,
    "kind": _text,
    "gate_scale": float,
    "returns_rows": _flag,
}
"""How each field that is no array is read, by its name."""
