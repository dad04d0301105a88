"""A network: named inputs and nodes in topological order, all of it plain data."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from edgegenre.errors import NetworkError
from edgegenre.identifiers import check_identifiers
from edgegenre.limits import check_network
from edgegenre.network.layers import LAYER_KINDS, AnyLayer, RecurrentLayer
from edgegenre.network.shape import Shape


@dataclass(frozen=True, kw_only=True)
class Input:
    """A named input of the network and its shape for one window."""

    name: str
    shape: Shape


@dataclass(frozen=True, kw_only=True)
class Node:
    """A layer under a name, and the names of the tensors it reads. Its output bears its own name."""

    name: str
    layer: AnyLayer
    inputs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Network:
    """A directed graph in topological order; the last node's output is the logits.

    Raises NetworkError when a node reads a tensor that no earlier node makes, or a name is used twice.
    """

    name: str
    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]

    def __post_init__(self) -> None:
        known = {item.name for item in self.inputs}
        if len(known) != len(self.inputs) or not self.nodes:
            raise NetworkError(f"network '{self.name}': needs at least one node and inputs of different names.")
        for node in self.nodes:
            unknown = [name for name in node.inputs if name not in known]
            if unknown or not node.inputs:
                raise NetworkError(
                    f"network '{self.name}': node '{node.name}' reads {unknown}, made by no earlier node."
                )
            if node.name in known:
                raise NetworkError(f"network '{self.name}': the name '{node.name}' is used twice.")
            known.add(node.name)

    @property
    def input_shape(self) -> Shape:
        """The shape of the only input."""
        (only,) = self.inputs
        return only.shape

    @property
    def output(self) -> Node:
        """The node whose output is the logits."""
        return self.nodes[-1]

    @property
    def classes(self) -> int:
        """How many logits come out."""
        return self.shapes()[self.output.name].channels

    @property
    def recurrent(self) -> bool:
        """Whether a layer carries a recurrent state."""
        return any(isinstance(node.layer, RecurrentLayer) for node in self.nodes)

    def shapes(self) -> dict[str, Shape]:
        """The shape of every tensor, by name. Raises NetworkError when a layer cannot take what it reads."""
        shapes = {item.name: item.shape for item in self.inputs}
        for node in self.nodes:
            try:
                shapes[node.name] = node.layer.output_shape(*(shapes[name] for name in node.inputs))
            except NetworkError as error:
                raise NetworkError(f"network '{self.name}', layer '{node.name}': {error}") from error
        return shapes

    def with_shapes(self) -> Iterator[tuple[Node, Shape]]:
        """Every node with the shape of its (first) input."""
        shapes = self.shapes()
        for node in self.nodes:
            yield node, shapes[node.inputs[0]]


def chain(
    name: str, *, input_shape: Shape, layers: Sequence[tuple[str, AnyLayer]], input_name: str = "features"
) -> Network:
    """The common case: every layer reads the one before it."""
    nodes = []
    previous = input_name
    for layer_name, layer in layers:
        nodes.append(Node(name=layer_name, layer=layer, inputs=(previous,)))
        previous = layer_name
    return Network(name=name, inputs=(Input(name=input_name, shape=input_shape),), nodes=tuple(nodes))


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
        inputs = tuple(
            Input(name=str(item["name"]), shape=Shape(*map(_size, item["shape"]))) for item in data["inputs"]
        )
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
    layers = [(node.name, node.layer, shapes[node.inputs[0]]) for node in network.nodes]
    check_network(
        network.name,
        tensors=shapes,
        multiplies={name: layer.multiplies(shape) for name, layer, shape in layers},
        weights={name: layer.parameters(shape) for name, layer, shape in layers},
        state_bytes={name: layer.state_bytes(shape) for name, layer, shape in layers},
    )


def _node(item: dict[str, Any]) -> Node:
    layer_type = LAYER_KINDS[item["kind"]]
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(layer_type):
        value = item[field.name]
        if field.name in ("kernel", "stride", "window"):
            time, frequency = map(_size, value)
            fields[field.name] = (time, frequency)
        elif field.name in ("channels", "units"):
            fields[field.name] = _size(value)
        elif field.name == "activation":
            fields[field.name] = {"relu": "relu", "none": "none"}[value]
        else:
            fields[field.name] = bool(value)
    return Node(name=str(item["name"]), layer=layer_type(**fields), inputs=tuple(map(str, item["inputs"])))


def _size(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1 << 20:
        raise ValueError(f"{value!r} is not a size")
    return value


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
