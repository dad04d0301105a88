"""A network with float32 arrays, batch norm folded: where quantization and the float export begin, without torch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from edgegenre.errors import NetworkError
from edgegenre.network.float_layers import FLOAT_LAYERS, Arrays, array_shapes
from edgegenre.network.network import Features, Network, named_inputs


@dataclass(frozen=True, kw_only=True, eq=False)
class FloatNetwork:
    """`arrays[node name]` holds that layer's float32 arrays under the names and layouts its docstring gives.

    Raises NetworkError when an array is missing or has another shape.
    """

    network: Network
    arrays: Mapping[str, Arrays]

    def __post_init__(self) -> None:
        for node, (shape, *_) in self.network.with_shapes():
            expected = array_shapes(node.layer, shape)
            found = {name: array.shape for name, array in self.arrays.get(node.name, {}).items()}
            if found != expected:
                raise NetworkError(f"'{self.network.name}', layer '{node.name}': arrays {found}, expected {expected}.")

    def forward(self, features: Features) -> np.ndarray:
        """Logits [clips, classes] for normalized features, as `named_inputs` takes them."""
        *_, (_, logits) = self.tensors(features)
        return logits.reshape(len(logits), -1)

    def tensors(self, features: Features) -> Iterator[tuple[str, np.ndarray]]:
        """Every tensor in order, the inputs first: (name, float32 [clips, time, frequency, channels])."""
        network = self.network
        given = named_inputs(network.name, network.inputs, features)
        values = {name: array.astype(np.float32) for name, array in given.items()}
        yield from list(values.items())
        last_use = {name: node.name for node in network.nodes for name in node.inputs}
        for node in network.nodes:
            apply = FLOAT_LAYERS[type(node.layer)]
            read = [values[name] for name in node.inputs]
            values[node.name] = apply(node.layer, self.arrays.get(node.name, {}), *read)
            for name in set(node.inputs):
                if last_use[name] == node.name:
                    del values[name]
            yield node.name, values[node.name]
