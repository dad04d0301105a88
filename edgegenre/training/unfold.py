"""From a FloatNetwork back to the torch module: the inverse of `fold`, its convolutions with a bias."""

import dataclasses

import numpy as np
import torch

from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.layers import Convolution, Dense, DepthwiseConv, Gru, Lstm
from edgegenre.network.network import Network
from edgegenre.training.module import NetworkModule, build_module


def unfold(float_network: FloatNetwork) -> NetworkModule:
    """The module of the folded arrays, in eval mode on the CPU: batch norm stays folded, as it is deployed."""
    module = build_module(_without_batch_norm(float_network.network)).eval()
    module.load_state_dict({name: torch.from_numpy(array) for name, array in _state(float_network).items()})
    return module


def _without_batch_norm(network: Network) -> Network:
    """The same network whose convolutions have a bias instead of batch norm: the form of folded arrays."""
    nodes = tuple(
        dataclasses.replace(node, layer=dataclasses.replace(node.layer, batch_norm=False, bias=True))
        if isinstance(node.layer, Convolution | DepthwiseConv)
        else node
        for node in network.nodes
    )
    return dataclasses.replace(network, nodes=nodes)


def _state(float_network: FloatNetwork) -> dict[str, np.ndarray]:
    """The folded arrays under the names and in the layouts of the torch module."""
    state: dict[str, np.ndarray] = {}
    for node in float_network.network.nodes:
        arrays, prefix = float_network.arrays.get(node.name, {}), f"layers.{node.name}"
        match node.layer:
            case Convolution():
                state[f"{prefix}.convolution.weight"] = arrays["weights"].transpose(0, 3, 1, 2)
                state[f"{prefix}.convolution.bias"] = arrays["bias"]
            case DepthwiseConv():
                state[f"{prefix}.convolution.weight"] = arrays["weights"].transpose(2, 0, 1)[:, None]
                state[f"{prefix}.convolution.bias"] = arrays["bias"]
            case Gru() | Lstm():
                inputs = np.concatenate([arrays["weights_input"], arrays["bias"][:, None]], axis=1)
                state[f"{prefix}.cell.weight_ih_l0"] = inputs
                state[f"{prefix}.cell.weight_hh_l0"] = arrays["weights_hidden"]
            case Dense():
                state[f"{prefix}.dense.weight"] = arrays["weights"]
                state[f"{prefix}.dense.bias"] = arrays["bias"]
    return {name: np.array(array, order="C") for name, array in state.items()}
