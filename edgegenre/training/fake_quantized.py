"""The torch module of an IntegerNetwork: its numbers forward, trainable backward.

The forward pass agrees with `integer.reference` in the arithmetic `float32` to the bit. It carries every tensor as int8
steps relative to the zero point. Sums of integers are exact in any order in float32 below 2**24, in float64 below
2**53: a layer is computed in float32 while its weights and biases of the moment keep every sum below 2**24 for any
input, and else in float64, which takes two to three times as long.
Gradients pass through every rounding as if it were not there, and stop where a value saturates. The scales are those of
the integers and stay, so that all that IntegerNetwork proves of multipliers keeps holding.
"""

import dataclasses

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from edgegenre.errors import TrainingError
from edgegenre.integer.tensors import WEIGHT_LIMIT, AnyIntegerLayer, IntegerLayer, IntegerNetwork, IntegerRecurrent
from edgegenre.network.float_network import Arrays, FloatNetwork
from edgegenre.network.layers import AveragePool, Convolution, Dense, DepthwiseConv, GlobalAverage
from edgegenre.network.shape import Shape
from edgegenre.training.fake_recurrent import FakeRecurrent
from edgegenre.training.straight_through import int32_within, rounded, steps_within

_FLOAT32_INTEGERS = 1 << 24
"""float32 holds every integer of at most this magnitude."""


class FakeQuantized(nn.Module):
    """Real logits [clips, classes] of features [clips, time, frequency] on the int8 grid.

    The weights start from `float_network`, each within the step that calibration chose, so that the first forward
    pass is that of `integers`. Where the head averages, `time` may be any length. On the CPU.
    Raises TrainingError when activations have 16 bits.
    """

    def __init__(self, integers: IntegerNetwork, float_network: FloatNetwork) -> None:
        super().__init__()
        self._integers = integers
        self.layers = nn.ModuleDict(
            {
                layer.node.name: _layer(layer, shape, float_network.arrays.get(layer.node.name, {}))
                for layer, shape in integers.with_shapes()
            }
        )

    def forward(self, features: Tensor) -> Tensor:
        *_, logits = self.tensors(features).values()
        return logits.flatten(1) * self._integers.output.scale

    def tensors(self, features: Tensor) -> dict[str, Tensor]:
        """Every tensor by name, in int8 steps relative to its zero point, [clips, channels, time, frequency]."""
        network, source = self._integers.network, self._integers.input
        (only,) = network.inputs
        steps = torch.round(features / source.scale).clamp(
            source.low - source.zero_point, source.high - source.zero_point
        )
        values = {only.name: steps.unsqueeze(1)}
        for node in network.nodes:
            values[node.name] = self.layers[node.name](*(values[name] for name in node.inputs))
        return values

    @torch.no_grad()
    def saturate(self) -> None:
        """Bring weights that left the int8 range back to its edge, where gradients move them again."""
        for layer in self.layers.values():
            for name, parameter in layer.named_parameters():
                if name.startswith("weights"):
                    parameter.clamp_(-WEIGHT_LIMIT, WEIGHT_LIMIT)

    def integers(self) -> IntegerNetwork:
        """The integers that the forward pass computes with, under the scales it was given.

        Raises QuantizationError when an accumulator could overflow.
        """
        layers = tuple(
            module.integers() if isinstance(module, _Weighted | FakeRecurrent) else layer
            for layer, module in zip(self._integers.layers, self.layers.values(), strict=True)
        )
        return dataclasses.replace(self._integers, layers=layers)


class _Weighted(nn.Module):
    """Convolution, depthwise convolution or (pointwise on a vector) dense layer.

    weights: in int8 steps, in torch's layout. bias: what training adds to the integers' bias, in output steps.
    """

    def __init__(self, layer: IntegerLayer, shape: Shape, arrays: Arrays) -> None:
        super().__init__()
        self._layer, self._shape = layer, shape
        real, chosen = _to_torch(layer, arrays["weights"]), _to_torch(layer, layer.weights)
        self.weights = nn.Parameter(steps_within(real, chosen, layer.weight_scales[:, None, None, None]))
        self.bias = nn.Parameter(torch.zeros(len(layer.bias)))

    def forward(self, x: Tensor) -> Tensor:
        return _windowed(self._layer, self._shape, x, rounded(self.weights), self._bias())

    def integers(self) -> IntegerLayer:
        steps = _from_torch(self._layer, rounded(self.weights).detach().numpy())
        return dataclasses.replace(
            self._layer,
            weights=np.ascontiguousarray(steps.astype(np.int8)),
            bias=int32_within(self._bias()),
        )

    def _bias(self) -> Tensor:
        """Integers in float64."""
        moved = rounded(self.bias / torch.from_numpy(self._layer.float32_scales))
        return torch.from_numpy(self._layer.bias.astype(np.float64)) + moved


class _Pooled(nn.Module):
    """The average pool: a depthwise convolution whose weights stay as they are."""

    def __init__(self, layer: IntegerLayer, shape: Shape) -> None:
        super().__init__()
        self._layer, self._shape = layer, shape
        self._weights = torch.from_numpy(_to_torch(layer, layer.weights.astype(np.float32)))

    def forward(self, x: Tensor) -> Tensor:
        bias = torch.zeros(len(self._layer.bias), dtype=torch.float64)
        return _windowed(self._layer, self._shape, x, self._weights, bias)


class _Averaged(nn.Module):
    """The mean over time and frequency: rint(float32(sum) * (s_x / (count * s_y)))."""

    def __init__(self, layer: IntegerLayer) -> None:
        super().__init__()
        self._layer = layer

    def forward(self, x: Tensor) -> Tensor:
        count = x.shape[2] * x.shape[3]
        scale = np.float32(self._layer.input.scale) / (np.float32(count) * np.float32(self._layer.output.scale))
        total = x.sum(dim=(2, 3), keepdim=True, dtype=torch.float64)
        return _requantized(self._layer, total, torch.tensor(scale))


def _layer(layer: AnyIntegerLayer, shape: Shape, arrays: Arrays) -> nn.Module:
    if layer.input.bits != 8 or layer.output.bits != 8:
        raise TrainingError(f"layer '{layer.node.name}' has 16-bit activations; only int8 can be fine-tuned.")
    if isinstance(layer, IntegerRecurrent):
        return FakeRecurrent(layer, arrays)
    match layer.node.layer:
        case AveragePool():
            return _Pooled(layer, shape)
        case GlobalAverage():
            return _Averaged(layer)
    return _Weighted(layer, shape, arrays)


def _windowed(layer: IntegerLayer, shape: Shape, x: Tensor, weights: Tensor, bias: Tensor) -> Tensor:
    """Pad with the zero point (0, relative to it), convolve, requantize.

    weights: integers in float32; bias: in float64.
    """
    description = layer.node.layer
    stride = (1, 1)
    if isinstance(description, Convolution | DepthwiseConv):
        padding, stride = description.padding(shape), description.stride
        x = functional.pad(x, (padding.left, padding.right, padding.top, padding.bottom))
    elif isinstance(description, AveragePool):
        stride = description.window
    groups = x.shape[1] if isinstance(description, DepthwiseConv | AveragePool) else 1
    exact = torch.float32 if largest_sum(layer, weights, bias) < _FLOAT32_INTEGERS else torch.float64
    accumulator = functional.conv2d(x.to(exact), weights.to(exact), stride=stride, groups=groups)
    accumulator = accumulator + bias.to(exact)[:, None, None]
    return _requantized(layer, accumulator, torch.from_numpy(layer.float32_scales)[:, None, None])


@torch.no_grad()
def largest_sum(layer: IntegerLayer, weights: Tensor, bias: Tensor) -> float:
    """The worst case of |accumulator|, and of every sum on the way there, over all channels and any input.

    weights, bias: integers of the moment, as `_windowed` takes them.
    """
    total = weights.double().abs().sum(dim=(1, 2, 3)) * layer.input.reach + bias.abs()
    return float(total.max())


def _requantized(layer: IntegerLayer, accumulator: Tensor, scale: Tensor) -> Tensor:
    """`requantize_float32` and the clamp to the layer's range, relative to the output's zero point.

    accumulator: integers, exact in whichever type; scale: float32.

    The bounds are integers, so clamping may come first: then a ReLU has no gradient just below zero either.
    """
    output = layer.output
    return rounded((accumulator.float() * scale).clamp(layer.low - output.zero_point, output.high - output.zero_point))


def _to_torch(layer: IntegerLayer, weights: np.ndarray) -> np.ndarray:
    """Deployed weights in torch's layout [channels, channels_in / groups, time, frequency]."""
    match layer.node.layer:
        case Convolution():
            return weights.transpose(0, 3, 1, 2)
        case Dense():
            return weights[:, :, None, None]
    return weights.transpose(2, 0, 1)[:, None]


def _from_torch(layer: IntegerLayer, weights: np.ndarray) -> np.ndarray:
    """The inverse of `_to_torch`."""
    match layer.node.layer:
        case Convolution():
            return weights.transpose(0, 2, 3, 1)
        case Dense():
            return weights[:, :, 0, 0]
    return weights[:, 0].transpose(1, 2, 0)
