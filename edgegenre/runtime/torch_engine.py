"""torch as an engine: a run's float network on the CPU. The only file of this room that knows torch."""

import dataclasses

import numpy as np

from edgegenre.errors import missing
from edgegenre.frontend.spec import STEPS_PER_DEVIATION
from edgegenre.integer.streaming import Mode
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.layers import Convolution, Dense, DepthwiseConv, Gru
from edgegenre.network.network import Network
from edgegenre.runtime.window_stream import WindowStream


class TorchEngine:
    """The torch module of a FloatNetwork, batch norm folded as it is deployed.

    threads: of torch, for the whole process. Raises MissingDependencyError without torch.
    """

    name = "torch"
    arithmetic = "float"
    output = None

    def __init__(self, float_network: FloatNetwork, *, threads: int = 1) -> None:
        try:
            import torch
        except ImportError as error:
            raise missing("torch", "train", "The engine 'torch'") from error
        from edgegenre.training.module import build_module

        torch.set_num_threads(threads)
        self._torch = torch
        self._network = float_network.network
        self._module = build_module(_without_batch_norm(self._network)).eval()
        self._module.load_state_dict({name: torch.from_numpy(array) for name, array in _state(float_network).items()})

    def logits(self, features: np.ndarray) -> np.ndarray:
        """float32 logits [clips, classes] of int8 features [clips, time, frequency], one clip at a time."""
        real = self._torch.from_numpy(features.astype(np.float32) / np.float32(STEPS_PER_DEVIATION))
        with self._torch.inference_mode():
            return np.concatenate([self._module(clip[None]).numpy() for clip in real])

    def stream(self, mode: Mode) -> WindowStream:
        """One answer a window."""
        return WindowStream(self.logits, self._network, mode)


def _without_batch_norm(network: Network) -> Network:
    """The same network whose convolutions have a bias instead of batch norm: the form of folded arrays."""
    nodes = tuple(
        dataclasses.replace(node, layer=dataclasses.replace(node.layer, batch_norm=False))
        if isinstance(node.layer, Convolution | DepthwiseConv)
        else node
        for node in network.nodes
    )
    return dataclasses.replace(network, nodes=nodes)


def _state(float_network: FloatNetwork) -> dict[str, np.ndarray]:
    """The folded arrays under the names and in the layouts of the torch module: the inverse of `training.fold.fold`."""
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
            case Gru():
                inputs = np.concatenate([arrays["weights_input"], arrays["bias"][:, None]], axis=1)
                state[f"{prefix}.gru.weight_ih_l0"] = inputs
                state[f"{prefix}.gru.weight_hh_l0"] = arrays["weights_hidden"]
            case Dense():
                state[f"{prefix}.dense.weight"] = arrays["weights"]
                state[f"{prefix}.dense.bias"] = arrays["bias"]
    return {name: np.array(array, order="C") for name, array in state.items()}
