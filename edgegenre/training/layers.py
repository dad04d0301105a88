"""Every layer as a torch module. Tensors are [clips, channels, time, frequency]."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from edgegenre.network.layers import (
    Add,
    AnyLayer,
    AveragePool,
    Concat,
    Convolution,
    Dense,
    DepthwiseConv,
    Elu,
    Flatten,
    FlattenRows,
    GlobalAverage,
    GlobalMax,
    Gru,
    LeakyRelu,
    Lstm,
    MaxPool,
    RecurrentLayer,
    Transpose,
)
from edgegenre.network.shape import Padding, Shape

BATCH_NORM_EPSILON = 1e-3


class Convolved(nn.Module):
    """Padding, convolution (full or depthwise), batch norm, ReLU. [clips, channels, time, frequency] in and out."""

    def __init__(self, layer: Convolution | DepthwiseConv, shape: Shape, momentum: float) -> None:
        super().__init__()
        depthwise = isinstance(layer, DepthwiseConv)
        channels = layer.output_shape(shape).channels
        self.padding = layer.borders(shape)
        self.convolution = nn.Conv2d(
            shape.channels,
            channels,
            layer.kernel,
            stride=layer.stride,
            padding=_symmetric(self.padding) or 0,
            groups=shape.channels if depthwise else 1,
            bias=layer.bias and not layer.batch_norm,
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


class Pooled(nn.Module):
    """Means or largest values of windows that do not overlap; incomplete windows are dropped."""

    def __init__(self, layer: AveragePool | MaxPool) -> None:
        super().__init__()
        self.window = layer.window
        self.pool = functional.max_pool2d if isinstance(layer, MaxPool) else functional.avg_pool2d

    def forward(self, x: Tensor) -> Tensor:
        pooled: Tensor = self.pool(x, self.window)
        return pooled


class GloballyAveraged(nn.Module):
    """[clips, channels, time, frequency] -> [clips, channels, 1, 1]."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(dim=(2, 3), keepdim=True)


class GloballyLargest(nn.Module):
    """[clips, channels, time, frequency] -> [clips, channels, 1, 1]."""

    def forward(self, x: Tensor) -> Tensor:
        return x.amax(dim=(2, 3), keepdim=True)


class Activated(nn.Module):
    """LeakyReLU or ELU."""

    def __init__(self, layer: LeakyRelu | Elu) -> None:
        super().__init__()
        self.function = nn.LeakyReLU(layer.slope) if isinstance(layer, LeakyRelu) else nn.ELU()

    def forward(self, x: Tensor) -> Tensor:
        activated: Tensor = self.function(x)
        return activated


class Added(nn.Module):
    """The sum of two tensors."""

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return x + y


class Concatenated(nn.Module):
    """Channels one behind another."""

    def forward(self, *x: Tensor) -> Tensor:
        return torch.cat(x, dim=1)


class Flattened(nn.Module):
    """[clips, channels, time, frequency] -> [clips, time * frequency * channels, 1, 1], channels fastest."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1).reshape(len(x), -1, 1, 1)


class RowsFlattened(nn.Module):
    """[clips, channels, time, frequency] -> [clips, frequency * channels, time, 1], channels fastest."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 3, 1, 2).reshape(len(x), -1, x.shape[2], 1)


class Transposed(nn.Module):
    """Time and frequency change places."""

    def forward(self, x: Tensor) -> Tensor:
        return x.transpose(2, 3)


class Recurrent(nn.Module):
    """A GRU or LSTM over time with one bias vector a gate. [clips, channels, time, 1] -> [clips, units, 1 or time, 1].

    The bias is the weight of an input that is always 1, the last one: torch's own bias=True would train a second,
    hidden bias that neither the paper's count nor the deployed form has.
    """

    def __init__(self, layer: RecurrentLayer, shape: Shape) -> None:
        super().__init__()
        kind = nn.LSTM if isinstance(layer, Lstm) else nn.GRU
        self.cell = kind(shape.channels + 1, layer.units, bias=False, batch_first=True)
        self.returns_rows = layer.returns_rows

    def forward(self, x: Tensor) -> Tensor:
        steps = functional.pad(x.squeeze(3).transpose(1, 2), (0, 1), value=1.0)
        outputs, _ = self.cell(steps)
        rows = outputs if self.returns_rows else outputs[:, -1:]
        return rows.transpose(1, 2)[..., None]


class Classifying(nn.Module):
    """The dense layer. [clips, channels, 1, 1] -> [clips, units, 1, 1]."""

    def __init__(self, layer: Dense, shape: Shape) -> None:
        super().__init__()
        self.dense = nn.Linear(shape.channels, layer.units)

    def forward(self, x: Tensor) -> Tensor:
        return self.dense(x.flatten(1))[:, :, None, None]


def layer_module(layer: AnyLayer, shape: Shape, momentum: float) -> nn.Module:
    """The module of `layer` for a first input of `shape`. momentum: of batch norm, in torch's sense."""
    return MODULES[type(layer)](layer, shape, momentum)


MODULES: dict[type[AnyLayer], Callable[..., nn.Module]] = {
    Convolution: Convolved,
    DepthwiseConv: Convolved,
    AveragePool: lambda layer, shape, momentum: Pooled(layer),
    MaxPool: lambda layer, shape, momentum: Pooled(layer),
    GlobalAverage: lambda layer, shape, momentum: GloballyAveraged(),
    GlobalMax: lambda layer, shape, momentum: GloballyLargest(),
    LeakyRelu: lambda layer, shape, momentum: Activated(layer),
    Elu: lambda layer, shape, momentum: Activated(layer),
    Add: lambda layer, shape, momentum: Added(),
    Concat: lambda layer, shape, momentum: Concatenated(),
    Flatten: lambda layer, shape, momentum: Flattened(),
    FlattenRows: lambda layer, shape, momentum: RowsFlattened(),
    Transpose: lambda layer, shape, momentum: Transposed(),
    Gru: lambda layer, shape, momentum: Recurrent(layer, shape),
    Lstm: lambda layer, shape, momentum: Recurrent(layer, shape),
    Dense: lambda layer, shape, momentum: Classifying(layer, shape),
}
"""(layer, shape of its first input, batch norm's momentum) to its module."""


def _symmetric(padding: Padding) -> tuple[int, int] | None:
    """The padding as the convolution itself can do it, or None when its sides differ."""
    if (padding.top, padding.left) == (padding.bottom, padding.right):
        return padding.top, padding.left
    return None
