"""Networks as JSON: what a bundle and a run folder hold of them, read without trust."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

from edgegenre.errors import NetworkError
from edgegenre.identifiers import check_identifiers
from edgegenre.limits import check_network
from edgegenre.network.layers import LAYER_KINDS
from edgegenre.network.network import Input, Network, Node
from edgegenre.network.shape import Shape

_LARGEST_SIZE = 1 << 20


def network_to_dict(network: Network) -> dict[str, Any]:
    """The network as JSON-ready data; `network_from_dict` reads it back."""
    kinds = {layer: kind for kind, layer in LAYER_KINDS.items()}
    return {
        "name": network.name,
        "inputs": [{"name": item.name, "shape": list(item.shape)} for item in network.inputs],
        "nodes": [
            {
                "name": node.name,
                "kind": kinds[type(node.layer)],
                "inputs": list(node.inputs),
                **{field.name: _plain(getattr(node.layer, field.name)) for field in dataclasses.fields(node.layer)},
            }
            for node in network.nodes
        ],
    }


def network_from_dict(data: dict[str, Any]) -> Network:
    """Read a network from untrusted JSON data.

    Raises NetworkError when a layer kind, a field or a size is not one this version knows, a name is no identifier, a
    layer cannot take what it reads, or the whole is beyond the bounds of `edgegenre.limits`.
    """
    try:
        inputs = tuple(Input(name=str(item["name"]), shape=_shape(item["shape"])) for item in data["inputs"])
        nodes = tuple(_node(item) for item in data["nodes"])
        check_identifiers(data["name"], *(item.name for item in inputs), *(node.name for node in nodes))
        network = Network(name=str(data["name"]), inputs=inputs, nodes=nodes)
        shapes = network.shapes()
    except (KeyError, TypeError, ValueError) as error:
        raise NetworkError(f"the network description cannot be read ({error!r}). Export the bundle again.") from error
    if any(min(shape) < 1 for shape in shapes.values()):
        raise NetworkError(f"network '{network.name}': a layer's output is empty; its input window is too small.")
    _check_size(network, shapes)
    return network


def _check_size(network: Network, shapes: dict[str, Shape]) -> None:
    layers = [(node.name, node.layer, read) for node, read in network.with_shapes()]
    check_network(
        network.name,
        tensors=shapes,
        multiplies={name: layer.multiplies(*read) for name, layer, read in layers},
        weights={name: layer.parameters(*read) for name, layer, read in layers},
        state_bytes={name: layer.state_bytes(*read) for name, layer, read in layers},
    )


def _node(item: dict[str, Any]) -> Node:
    """What was written before a layer had some field has that field's default."""
    layer_type = LAYER_KINDS[item["kind"]]
    fields = {
        field.name: FIELDS[field.name](item[field.name])
        for field in dataclasses.fields(layer_type)
        if field.name in item or field.default is dataclasses.MISSING
    }
    return Node(name=str(item["name"]), layer=layer_type(**fields), inputs=tuple(map(str, item["inputs"])))


def _shape(value: Any) -> Shape:
    time, frequency, channels = map(_size, value)
    return Shape(time, frequency, channels)


def _size(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _LARGEST_SIZE:
        raise ValueError(f"{value!r} is not a size")
    return value


def _sizes(value: Any) -> tuple[int, int]:
    time, frequency = map(_size, value)
    return time, frequency


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _slope(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not (math.isfinite(value) and 0 <= value <= 1):
        raise ValueError(f"{value!r} is not a slope from 0 to 1")
    return float(value)


def _one_of(*words: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in words:
            raise ValueError(f"{value!r} is none of {', '.join(words)}")
        return str(value)

    return read


FIELDS: dict[str, Callable[[Any], Any]] = {
    "kernel": _sizes,
    "stride": _sizes,
    "window": _sizes,
    "channels": _size,
    "units": _size,
    "activation": _one_of("relu", "none"),
    "padding": _one_of("same", "valid"),
    "batch_norm": _flag,
    "bias": _flag,
    "returns_rows": _flag,
    "slope": _slope,
}
"""How each field of a layer is read, by its name."""


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
