"""Float weights in 16 bits: half the file, nothing else changes."""

import numpy as np

from edgegenre.errors import QuantizationError
from edgegenre.network.float_network import FloatNetwork


def float16_weights(network: FloatNetwork) -> FloatNetwork:
    """The same network with its weights rounded to IEEE 754 half precision; biases, few as they are, stay float32.

    numpy and the float export widen them to float32 before they compute. Raises QuantizationError when a weight is
    larger than half precision holds (65504).
    """
    arrays = {}
    for node, group in network.arrays.items():
        with np.errstate(over="ignore"):
            arrays[node] = {
                name: array.astype(np.float16) if name.startswith("weights") else array for name, array in group.items()
            }
        if not all(np.isfinite(array).all() for array in arrays[node].values()):
            raise QuantizationError(
                f"'{network.network.name}', layer '{node}': float16 cannot hold a weight. Export without --recipe."
            )
    return FloatNetwork(network=network.network, arrays=arrays)
