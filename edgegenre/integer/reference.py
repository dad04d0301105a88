"""The numpy reference, offline: a whole window of int8 features to int8 logits."""

from collections.abc import Iterator, Mapping

import numpy as np

from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Operation
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.rows import NUMPY, padded_in_time, widened
from edgegenre.network.network import Features, named_inputs


def run(network: IntegerNetwork, features: Features, arithmetic: Arithmetic = "float32") -> np.ndarray:
    """Logits int8 [clips, classes] for int8 features, as `named_inputs` takes them."""
    *_, (_, logits) = tensors(network, features, arithmetic)
    return logits.reshape(len(logits), -1)


def tensors(
    network: IntegerNetwork, features: Features, arithmetic: Arithmetic = "float32"
) -> Iterator[tuple[str, np.ndarray]]:
    """Every tensor in order, the inputs first: (name, int8 [clips, time, frequency, channels])."""
    values = named_inputs(network.name, network.inputs, features)
    yield from list(values.items())
    last_use = {name: operation.name for operation in network.operations for name in operation.inputs}
    for operation in network.operations:
        values[operation.name] = apply(operation, values, arithmetic)
        for name in set(operation.inputs):
            if last_use[name] == operation.name:
                del values[name]
        yield operation.name, values[operation.name]


def apply(operation: Operation, values: Mapping[str, np.ndarray], arithmetic: Arithmetic) -> np.ndarray:
    """What `operation` makes of whole windows [clips, time, frequency, channels], by tensor name."""
    read = (padded_in_time(operation, widened(values[name], operation.input)) for name in operation.inputs)
    made: np.ndarray = NUMPY[type(operation)](operation, arithmetic, *read)
    return made
