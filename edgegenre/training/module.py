"""The torch module of a Network: the same layers, the same frozen padding, the same parameter count."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from edgegenre.network.network import Network, only_input
from edgegenre.training.layers import layer_module

TensorFeatures = Tensor | Mapping[str, Tensor]
"""Features by the name of the input that takes them; a tensor alone is for the only input."""


class NetworkModule(nn.Module):
    """Logits [clips, classes] of normalized features [clips, time, frequency], with channels behind where an input has
    several.

    `layers` holds a module under the name of each node. Where the head averages, `time` may be any length; the
    padding stays that of the whole window.
    """

    def __init__(self, network: Network, *, momentum: float) -> None:
        super().__init__()
        self.network = network
        self.layers = nn.ModuleDict(
            {node.name: layer_module(node.layer, shapes[0], momentum) for node, shapes in network.with_shapes()}
        )

    def forward(self, features: TensorFeatures) -> Tensor:
        return self.tensors(features)[self.network.output.name].flatten(1)

    def tensors(self, features: TensorFeatures) -> dict[str, Tensor]:
        """Every tensor by name, [clips, channels, time, frequency], the inputs first."""
        values = images(self.network, features)
        for node in self.network.nodes:
            values[node.name] = self.layers[node.name](*(values[name] for name in node.inputs))
        return values


def images(network: Network, features: TensorFeatures) -> dict[str, Tensor]:
    """Features by input as [clips, channels, time, frequency]; `time` may be any length."""
    given = features if isinstance(features, Mapping) else {only_input(network.name, network.inputs).name: features}
    return {item.name: _image(given[item.name]) for item in network.inputs}


def _image(features: Tensor) -> Tensor:
    return features.unsqueeze(1) if features.dim() == 3 else features.permute(0, 3, 1, 2)


def build_module(network: Network, *, momentum: float = 0.01) -> NetworkModule:
    """The trainable form of `network`, initialized from torch's global generator.

    momentum: batch norm's, in torch's sense (weight of the new batch). Weights are Glorot-uniform, biases and beta 0,
    gamma 1.
    """
    module = NetworkModule(network, momentum=momentum)
    initialize(module)
    return module


@torch.no_grad()
def initialize(module: NetworkModule) -> None:
    """Glorot-uniform: within +-sqrt(6 / (fan_in + fan_out)); a recurrent layer gate by gate, its biases 0."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(part.weight)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
        elif isinstance(part, nn.RNNBase):
            gates = 4 if isinstance(part, nn.LSTM) else 3
            for gate in part.get_parameter("weight_ih_l0").chunk(gates):
                nn.init.xavier_uniform_(gate[:, :-1])
                nn.init.zeros_(gate[:, -1])
            for gate in part.get_parameter("weight_hh_l0").chunk(gates):
                nn.init.xavier_uniform_(gate)
