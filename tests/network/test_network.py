"""A network as data: what is refused, and that JSON brings back the same network."""

import copy
import json
from typing import Any

import numpy as np
import pytest

from edgegenre.errors import NetworkError
from edgegenre.network.description import network_from_dict, network_to_dict
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.layers import Dense
from edgegenre.network.network import Input, Network, Node
from edgegenre.network.shape import Shape
from edgegenre.zoo.registry import MODELS, model
from tests.networks import odd_network, random_features, random_float_network


@pytest.mark.parametrize("name", MODELS)
def test_json_brings_back_the_same_network(name: str) -> None:
    network = model(name).build(10)
    assert network_from_dict(json.loads(json.dumps(network_to_dict(network)))) == network


def test_a_description_written_before_convolutions_could_lack_a_bias_is_read() -> None:
    data = network_to_dict(odd_network())
    assert sum(node.pop("bias", None) is not None for node in data["nodes"]) > 0
    assert network_from_dict(data) == odd_network()


def broken(change: str) -> dict[str, Any]:
    data = copy.deepcopy(network_to_dict(odd_network()))
    node = data["nodes"][0]
    match change:
        case "unknown kind":
            node["kind"] = "eval"
        case "negative size":
            node["channels"] = -1
        case "huge size":
            node["channels"] = 1 << 40
        case "boolean size":
            node["channels"] = True
        case "missing field":
            del node["kernel"]
        case "empty output":
            data["inputs"][0]["shape"] = [2, 1, 1]
        case "dangling input":
            node["inputs"] = ["nothing"]
        case "name twice":
            data["nodes"][1]["name"] = node["name"]
        case "recurrent layer on six frequency bins":
            data["nodes"][5] |= {"kind": "gru", "units": 4}
            data["nodes"][4]["window"] = [2, 1]
        case "dense layer on rows":
            data["nodes"][5] |= {"kind": "dense", "units": 4}
    return data


@pytest.mark.parametrize(
    "change",
    [
        "unknown kind",
        "negative size",
        "huge size",
        "boolean size",
        "missing field",
        "empty output",
        "dangling input",
        "name twice",
        "recurrent layer on six frequency bins",
        "dense layer on rows",
    ],
)
def test_a_description_from_a_stranger_is_checked(change: str) -> None:
    with pytest.raises(NetworkError):
        network_from_dict(broken(change))


def test_a_node_must_read_what_an_earlier_node_made() -> None:
    source = Input(name="x", shape=Shape(1, 1, 4))
    with pytest.raises(NetworkError, match="made by no earlier node"):
        Network(name="n", inputs=(source,), nodes=(Node(name="a", layer=Dense(units=2), inputs=("b",)),))


def test_arrays_of_another_shape_are_refused() -> None:
    network = odd_network()
    arrays = {name: dict(value) for name, value in random_float_network(network).arrays.items()}
    arrays["logits"]["bias"] = np.zeros(6, np.float32)
    with pytest.raises(NetworkError, match="logits"):
        FloatNetwork(network=network, arrays=arrays)


def test_the_forward_pass_does_not_depend_on_the_batch() -> None:
    network = random_float_network(odd_network())
    features = random_features(network.network, 3).astype(np.float32) / 32
    together = network.forward(features)
    alone = np.concatenate([network.forward(features[index : index + 1]) for index in range(3)])
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-4)
