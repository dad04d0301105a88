"""The torch module of a Network: the same layers, the same frozen padding, the same parameter count."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from edgegenre.network.layers import (
    AnyLayer,
    AveragePool,
    Convolution,
    Dense,
    DepthwiseConv,
    GlobalAverage,
    Gru,
    Lstm,
    RecurrentLayer,
)
from edgegenre.network.network import Network
from edgegenre.network.shape import Padding, Shape

BATCH_NORM_EPSILON = 1e-3


class Convolved(nn.Module):
    """Padding, convolution (full or depthwise), batch norm, ReLU. [clips, channels, time, frequency] in and out."""

    def __init__(self, layer: Convolution | DepthwiseConv, shape: Shape, momentum: float) -> None:
        super().__init__()
        depthwise = isinstance(layer, DepthwiseConv)
        channels = layer.output_shape(shape).channels
        self.padding = layer.padding(shape)
        self.convolution = nn.Conv2d(
            shape.channels,
            channels,
            layer.kernel,
            stride=layer.stride,
            padding=_symmetric(self.padding) or 0,
            groups=shape.channels if depthwise else 1,
            bias=not layer.batch_norm,
        )
        self.norm = nn.BatchNorm2d(channels, eps=BATCH_NORM_EPSILON, momentum=momentum) if layer.batch_norm else None
        self.activation = layer.activation

    def forward(self, x: Tensor) -> Tensor:
        if _symmetric(self.padding) is None:
            x = functional.pad(x, (self.padding.left, self.padding.right, self.padding.top, self.padding.bottom))
        x = self.convolution(x)
        if self.norm is not None:
            x = self.norm(x)
        return functional.relu(x) if self.activation == "relu" else x


class Averaged(nn.Module):
    """Means over windows that do not overlap; incomplete windows are dropped."""

    def __init__(self, layer: AveragePool) -> None:
        super().__init__()
        self.window = layer.window

    def forward(self, x: Tensor) -> Tensor:
        return functional.avg_pool2d(x, self.window)


class GloballyAveraged(nn.Module):
    """[clips, channels, time, frequency] -> [clips, channels, 1, 1]."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(dim=(2, 3), keepdim=True)


class Recurrent(nn.Module):
    """A GRU or LSTM over time with one bias vector a gate. [clips, channels, time, 1] -> [clips, units, 1, 1].

    The bias is the weight of an input that is always 1, the last one: torch's own bias=True would train a second,
    hidden bias that neither the paper's count nor the deployed form has.
    """

    def __init__(self, layer: RecurrentLayer, shape: Shape) -> None:
        super().__init__()
        kind = nn.LSTM if isinstance(layer, Lstm) else nn.GRU
        self.cell = kind(shape.channels + 1, layer.units, bias=False, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        steps = functional.pad(x.squeeze(3).transpose(1, 2), (0, 1), value=1.0)
        outputs, _ = self.cell(steps)
        return outputs[:, -1, :, None, None]


class Classifying(nn.Module):
    """Dropout and the dense layer. [clips, channels, 1, 1] -> [clips, units, 1, 1]."""

    def __init__(self, layer: Dense, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(shape.channels, layer.units)

    def forward(self, x: Tensor) -> Tensor:
        return self.dense(self.dropout(x.flatten(1)))[:, :, None, None]


class NetworkModule(nn.Module):
    """Logits [clips, classes] of normalized features [clips, time, frequency].

    `layers` holds a module under the name of each node. Where the head averages, `time` may be any length; the
    padding stays that of the whole window.
    """

    def __init__(self, network: Network, *, dropout: float, momentum: float) -> None:
        super().__init__()
        self.network = network
        self.layers = nn.ModuleDict(
            {node.name: _layer(node.layer, shape, dropout, momentum) for node, shape in network.with_shapes()}
        )

    def forward(self, features: Tensor) -> Tensor:
        return self.tensors(features)[self.network.output.name].flatten(1)

    def tensors(self, features: Tensor) -> dict[str, Tensor]:
        """Every tensor by name, [clips, channels, time, frequency], the input first."""
        (only,) = self.network.inputs
        values = {only.name: features.unsqueeze(1)}
        for node in self.network.nodes:
            values[node.name] = self.layers[node.name](*(values[name] for name in node.inputs))
        return values


def build_module(network: Network, *, dropout: float = 0.5, momentum: float = 0.01) -> NetworkModule:
    """The trainable form of `network`, initialized from torch's global generator.

    dropout: probability, before the dense layer. momentum: batch norm's, in torch's sense (weight of the new batch).
    Weights are Glorot-uniform, biases and beta 0, gamma 1.
    """
    module = NetworkModule(network, dropout=dropout, momentum=momentum)
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


def _layer(layer: AnyLayer, shape: Shape, dropout: float, momentum: float) -> nn.Module:
    match layer:
        case Convolution() | DepthwiseConv():
            return Convolved(layer, shape, momentum)
        case AveragePool():
            return Averaged(layer)
        case GlobalAverage():
            return GloballyAveraged()
        case Gru() | Lstm():
            return Recurrent(layer, shape)
        case Dense():
            return Classifying(layer, shape, dropout)


def _symmetric(padding: Padding) -> tuple[int, int] | None:
    """The padding as the convolution itself can do it, or None when its sides differ."""
    if (padding.top, padding.left) == (padding.bottom, padding.right):
        return padding.top, padding.left
    return None
