"""float16 weights: rounded as IEEE 754 says, refused where they do not fit."""

import numpy as np
import pytest

from edgegenre.errors import QuantizationError
from edgegenre.network.float_network import FloatNetwork
from edgegenre.quantize.float16 import float16_weights
from edgegenre.zoo.registry import model
from tests.networks import plain_network, random_features, random_float_network


@pytest.mark.parametrize("network", [plain_network(), model("ds-crnn1").build(4)], ids=["plain", "recurrent"])
def test_the_network_computes_in_float32_with_the_rounded_weights(network) -> None:
    floats = random_float_network(network)
    halved = float16_weights(floats)
    widened = {
        node: {name: array.astype(np.float32) for name, array in group.items()} for node, group in halved.arrays.items()
    }
    features = random_features(network, 2).astype(np.float32) / 32
    found = halved.forward(features)
    assert found.dtype == np.float32
    np.testing.assert_allclose(
        found, FloatNetwork(network=network, arrays=widened).forward(features), rtol=1e-5, atol=1e-6
    )
    for node, group in floats.arrays.items():
        for name, array in group.items():
            # Half precision keeps 11 bits: half a unit in the last place is 2**-11 of the value.
            bound = np.abs(array) * 2.0**-11 + 2.0**-25
            assert (np.abs(widened[node][name] - array) <= (0 if name == "bias" else bound)).all()


def test_a_weight_that_float16_cannot_hold_is_refused() -> None:
    floats = random_float_network(plain_network())
    arrays = {node: {name: array.copy() for name, array in group.items()} for node, group in floats.arrays.items()}
    arrays["second"]["weights"][0, 0, 0, 0] = 70_000
    with pytest.raises(QuantizationError, match="layer 'second': float16 cannot hold"):
        float16_weights(FloatNetwork(network=floats.network, arrays=arrays))
