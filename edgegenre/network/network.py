"""A network: named inputs and nodes in topological order, all of it plain data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from edgegenre.errors import NetworkError
from edgegenre.network.layers import AnyLayer, Concat, Convolution, Dense, Flatten, RecurrentLayer
from edgegenre.network.shape import Shape
from edgegenre.network.stream_plan import Reader, Role, StreamPlan, stream_plan

Features = np.ndarray | Mapping[str, np.ndarray]
"""Features by the name of the input that takes them; an array alone is for the only input."""


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


class WithInputs:
    """What has named inputs: a network of layers, or one of operations."""

    name: str
    inputs: tuple[Input, ...]

    @property
    def only_input(self) -> Input:
        """The only input. Raises NetworkError when there are several."""
        return only_input(self.name, self.inputs)

    @property
    def input_shape(self) -> Shape:
        """The shape of the only input. Raises NetworkError when there are several."""
        return self.only_input.shape


@dataclass(frozen=True, kw_only=True)
class Network(WithInputs):
    """A directed graph in topological order; the last node's output is the logits.

    Raises NetworkError when a node reads a tensor that no earlier node makes, or not as many as its layer takes, or a
    name is used twice.
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
            takes = node.layer.INPUTS
            if len(node.inputs) != takes if takes is not None else len(node.inputs) < 2:
                raise NetworkError(
                    f"network '{self.name}': node '{node.name}' reads {len(node.inputs)} tensors, its layer takes "
                    f"{'two or more' if takes is None else takes}."
                )
            if node.name in known:
                raise NetworkError(f"network '{self.name}': the name '{node.name}' is used twice.")
            known.add(node.name)

    @property
    def output(self) -> Node:
        """The node whose output is the logits."""
        return self.nodes[-1]

    @cached_property
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

    def with_shapes(self) -> Iterator[tuple[Node, tuple[Shape, ...]]]:
        """Every node with the shapes of its inputs."""
        shapes = self.shapes()
        for node in self.nodes:
            yield node, tuple(shapes[name] for name in node.inputs)

    def stream_plan(self) -> StreamPlan:
        """How it runs as a stream. Raises NetworkError when it cannot."""
        shapes = self.shapes()
        readers = [
            Reader(
                name=node.name,
                inputs=node.inputs,
                windows=node.layer.time_windows(*read),
                shape=shapes[node.name],
                role=_role(node.layer),
            )
            for node, read in self.with_shapes()
        ]
        try:
            return stream_plan({item.name: item.shape for item in self.inputs}, readers)
        except NetworkError as error:
            raise NetworkError(f"network '{self.name}': {error}") from error


def only_input(name: str, inputs: Sequence[Input]) -> Input:
    """The one entry of `inputs`, those of the network `name`. Raises NetworkError when there are several."""
    if len(inputs) != 1:
        names = ", ".join(f"'{item.name}'" for item in inputs)
        raise NetworkError(f"network '{name}' takes {len(inputs)} inputs ({names}); this takes one.")
    return inputs[0]


def each_clip(features: Mapping[str, np.ndarray]) -> Iterator[dict[str, np.ndarray]]:
    """One clip after another, each as arrays [1, ...] by input."""
    for index in range(len(next(iter(features.values())))):
        yield {name: array[index : index + 1] for name, array in features.items()}


def named_inputs(name: str, inputs: Sequence[Input], features: Features) -> dict[str, np.ndarray]:
    """Features [clips, *shape] by input. name, inputs: of the network that takes them.

    features: arrays [clips, time, frequency] or [clips, time, frequency, channels] by input name, or one array for the
    only input. Raises NetworkError when an input is missing or unknown, or an array has another size.
    """
    given = features if isinstance(features, Mapping) else {only_input(name, inputs).name: features}
    if set(given) != {item.name for item in inputs}:
        wanted = ", ".join(item.name for item in inputs)
        raise NetworkError(f"network '{name}' takes the inputs {wanted}; it was given {', '.join(given) or 'none'}.")
    clips = {len(array) for array in given.values()}
    if len(clips) != 1:
        raise NetworkError(f"network '{name}': its inputs hold {sorted(clips)} clips; give equally many.")
    shaped = {}
    for item in inputs:
        array = given[item.name]
        if array[0:1].size != item.shape.values and len(array):
            raise NetworkError(
                f"network '{name}': input '{item.name}' takes {' x '.join(map(str, item.shape))}, it was given "
                f"{' x '.join(map(str, array.shape[1:])) or 'single values'}."
            )
        shaped[item.name] = array.reshape(len(array), *item.shape)
    return shaped


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


def _role(layer: AnyLayer) -> Role:
    if isinstance(layer, Dense) or (isinstance(layer, Convolution) and layer.kernel == (1, 1)):
        return "product"
    if isinstance(layer, Flatten):
        return "flatten"
    return "concat" if isinstance(layer, Concat) else "other"
