"""The torch module of an IntegerNetwork: its numbers forward, trainable backward.

The forward pass agrees with `integer.reference` in the arithmetic `float32` to the bit. It carries every tensor as int8
steps relative to the zero point. Sums of integers are exact in any order in float32 below 2**24, in float64 below
2**53: an operation is computed in float32 while its weights and biases of the moment keep every sum below 2**24 for any
input, and else in float64, which takes two to three times as long.
Gradients pass through every rounding as if it were not there, and stop where a value saturates. The scales are those of
the integers and stay, so that all that is proven of multipliers keeps holding.
"""

import dataclasses
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from edgegenre.errors import TrainingError
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import (
    Cell,
    Join,
    Largest,
    Lookup,
    Mean,
    Operation,
    PerChannel,
    Product,
    Rearrange,
    Sum,
    WeightedOperation,
)
from edgegenre.integer.operations.weighted import WEIGHT_LIMIT
from edgegenre.integer.quantization import INT8_LOW
from edgegenre.network.float_layers import Arrays
from edgegenre.network.float_network import FloatNetwork
from edgegenre.training.fake_recurrent import FakeRecurrent
from edgegenre.training.layers import Concatenated, Flattened, RowsFlattened, Transposed
from edgegenre.training.module import TensorFeatures, images
from edgegenre.training.straight_through import int32_within, replaced, rounded, steps_within

_FLOAT32_INTEGERS = 1 << 24
"""float32 holds every integer of at most this magnitude."""


class FakeQuantized(nn.Module):
    """Real logits [clips, classes] of features, as `NetworkModule` takes them, on the int8 grid.

    The weights start from `float_network`, each within the step that calibration chose, so that the first forward
    pass is that of `integers`. Where the head averages, `time` may be any length. On the CPU.
    Raises TrainingError when activations have 16 bits.
    """

    def __init__(self, integers: IntegerNetwork, float_network: FloatNetwork) -> None:
        super().__init__()
        self._integers, self._network = integers, float_network.network
        self.layers = nn.ModuleDict(
            {
                operation.name: _module(operation, float_network.arrays.get(operation.name, {}))
                for operation in integers.operations
            }
        )

    def forward(self, features: TensorFeatures) -> Tensor:
        *_, logits = self.tensors(features).values()
        return logits.flatten(1) * self._integers.output.scale

    def tensors(self, features: TensorFeatures) -> dict[str, Tensor]:
        """Every tensor by name, in int8 steps relative to its zero point, [clips, channels, time, frequency]."""
        real = images(self._network, features)
        values = {}
        for item in self._integers.inputs:
            source = item.quantization
            low, high = source.low - source.zero_point, source.high - source.zero_point
            values[item.name] = torch.round(real[item.name] / source.scale).clamp(low, high)
        for operation in self._integers.operations:
            values[operation.name] = self.layers[operation.name](*(values[name] for name in operation.inputs))
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
        operations = tuple(
            module.integers() if isinstance(module, _Weighted | FakeRecurrent) else operation
            for operation, module in zip(self._integers.operations, self.layers.values(), strict=True)
        )
        return dataclasses.replace(self._integers, operations=operations)


class _Weighted(nn.Module):
    """Convolution, depthwise convolution or (pointwise on a vector) dense layer.

    weights: in int8 steps, in torch's layout. bias: what training adds to the integers' bias, in output steps.
    """

    def __init__(self, operation: Product | PerChannel, arrays: Arrays) -> None:
        super().__init__()
        self._operation = operation
        real = _to_torch(operation, arrays["weights"].reshape(operation.weights.shape))
        chosen = _to_torch(operation, operation.weights)
        self.weights = nn.Parameter(steps_within(real, chosen, operation.weight_scales[:, None, None, None]))
        self.bias = nn.Parameter(torch.zeros(len(operation.bias)))

    def forward(self, x: Tensor) -> Tensor:
        return _windowed(self._operation, x, rounded(self.weights), self._bias())

    def integers(self) -> Product | PerChannel:
        steps = _from_torch(self._operation, rounded(self.weights).detach().numpy())
        return dataclasses.replace(
            self._operation,
            weights=np.ascontiguousarray(steps.astype(np.int8)),
            bias=int32_within(self._bias()),
        )

    def _bias(self) -> Tensor:
        """Integers in float64."""
        moved = rounded(self.bias / torch.from_numpy(self._operation.float32_scales))
        return torch.from_numpy(self._operation.bias.astype(np.float64)) + moved


class _Pooled(nn.Module):
    """The average pool: a depthwise convolution whose weights stay as they are."""

    def __init__(self, operation: PerChannel) -> None:
        super().__init__()
        self._operation = operation
        self._weights = torch.from_numpy(_to_torch(operation, operation.weights.astype(np.float32)))

    def forward(self, x: Tensor) -> Tensor:
        bias = torch.zeros(len(self._operation.bias), dtype=torch.float64)
        return _windowed(self._operation, x, self._weights, bias)


class _Largest(nn.Module):
    """The largest value of each window, or of everything."""

    def __init__(self, operation: Largest) -> None:
        super().__init__()
        self._window = operation.window

    def forward(self, x: Tensor) -> Tensor:
        return x.amax(dim=(2, 3), keepdim=True) if self._window is None else functional.max_pool2d(x, self._window)


class _LookedUp(nn.Module):
    """A table. Its gradient is the slope between the entries on either side."""

    def __init__(self, operation: Lookup) -> None:
        super().__init__()
        table = operation.table.astype(np.float32) - operation.output.zero_point
        self._first = operation.input.zero_point - INT8_LOW
        self._table = torch.from_numpy(table)
        self._slopes = torch.from_numpy(np.gradient(table).astype(np.float32))

    def forward(self, x: Tensor) -> Tensor:
        place = (x.detach() + self._first).long()
        return replaced(x * self._slopes[place], self._table[place])


class _Summed(nn.Module):
    """The saturating sum."""

    def __init__(self, operation: Sum) -> None:
        super().__init__()
        output = operation.output
        self._low, self._high = output.low - output.zero_point, output.high - output.zero_point

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return (x + y).clamp(self._low, self._high)


class _Averaged(nn.Module):
    """The mean over time and frequency: rint(float32(sum) * (s_x / (count * s_y)))."""

    def __init__(self, operation: Mean) -> None:
        super().__init__()
        self._operation = operation

    def forward(self, x: Tensor) -> Tensor:
        operation, output = self._operation, self._operation.output
        count = x.shape[2] * x.shape[3]
        scale = np.float32(operation.input.scale) / (np.float32(count) * np.float32(output.scale))
        total = x.sum(dim=(2, 3), keepdim=True, dtype=torch.float64)
        return _requantized(total, torch.tensor(scale), output.low - output.zero_point, output.high - output.zero_point)


def _weighted(operation: Product | PerChannel, arrays: Arrays) -> nn.Module:
    """What has no arrays of its own averages, and stays as it is."""
    if not arrays:
        assert isinstance(operation, PerChannel)
        return _Pooled(operation)
    return _Weighted(operation, arrays)


_REARRANGED: dict[str, type[nn.Module]] = {
    "flatten": Flattened,
    "flatten_rows": RowsFlattened,
    "transpose": Transposed,
}

FAKES: dict[type[Operation], Callable[..., nn.Module]] = {
    Product: _weighted,
    PerChannel: _weighted,
    Largest: lambda operation, arrays: _Largest(operation),
    Lookup: lambda operation, arrays: _LookedUp(operation),
    Sum: lambda operation, arrays: _Summed(operation),
    Join: lambda operation, arrays: Concatenated(),
    Mean: lambda operation, arrays: _Averaged(operation),
    Cell: FakeRecurrent,
    Rearrange: lambda operation, arrays: _REARRANGED[operation.order](),
}
"""(operation, the real arrays of its layer) to its module."""


def _module(operation: Operation, arrays: Arrays) -> nn.Module:
    if operation.input.bits != 8 or operation.output.bits != 8:
        raise TrainingError(f"operation '{operation.name}' has 16-bit activations; only int8 can be fine-tuned.")
    return FAKES[type(operation)](operation, arrays)


def _windowed(operation: WeightedOperation, x: Tensor, weights: Tensor, bias: Tensor) -> Tensor:
    """Pad with the zero point (0, relative to it), convolve, requantize.

    weights: integers in float32; bias: in float64.
    """
    window, output = operation.window, operation.output
    padding = window.padding
    x = functional.pad(x, (padding.left, padding.right, padding.top, padding.bottom))
    groups = x.shape[1] if isinstance(operation, PerChannel) else 1
    exact = torch.float32 if largest_sum(operation, weights, bias) < _FLOAT32_INTEGERS else torch.float64
    accumulator = functional.conv2d(x.to(exact), weights.to(exact), stride=window.stride, groups=groups)
    accumulator = accumulator + bias.to(exact)[:, None, None]
    scale = torch.from_numpy(operation.float32_scales)[:, None, None]
    return _requantized(accumulator, scale, operation.low - output.zero_point, output.high - output.zero_point)


@torch.no_grad()
def largest_sum(operation: WeightedOperation, weights: Tensor, bias: Tensor) -> float:
    """The worst case of |accumulator|, and of every sum on the way there, over all channels and any input.

    weights, bias: integers of the moment, as `_windowed` takes them.
    """
    total = weights.double().abs().sum(dim=(1, 2, 3)) * operation.input.reach + bias.abs()
    return float(total.max())


def _requantized(accumulator: Tensor, scale: Tensor, low: int, high: int) -> Tensor:
    """`requantize_float32` and the clamp to the output's range, relative to its zero point.

    accumulator: integers, exact in whichever type; scale: float32.

    The bounds are integers, so clamping may come first: then a ReLU has no gradient just below zero either.
    """
    return rounded((accumulator.float() * scale).clamp(low, high))


def _to_torch(operation: WeightedOperation, weights: np.ndarray) -> np.ndarray:
    """Deployed weights in torch's layout [channels, channels_in / groups, time, frequency]."""
    if isinstance(operation, Product):
        return weights.transpose(0, 3, 1, 2)
    return weights.transpose(2, 0, 1)[:, None]


def _from_torch(operation: WeightedOperation, weights: np.ndarray) -> np.ndarray:
    """The inverse of `_to_torch`."""
    if isinstance(operation, Product):
        return weights.transpose(0, 2, 3, 1)
    return weights[:, 0].transpose(1, 2, 0)
