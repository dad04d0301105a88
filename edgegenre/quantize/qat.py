"""Quantization-aware training: the weights and biases of a calibrated network, fine-tuned under its own rounding.

All scales stay as calibration chose them, so that every proof of IntegerNetwork about multipliers keeps holding. The
network is trained to give the float network's logits on the training tracks: labels that the float network has learnt
by heart teach nothing more, and their gradients vanish.

The forward pass agrees with `integer.reference` in the arithmetic `float32` to the bit. It carries every tensor as int8
steps relative to the zero point, in float32: products and sums of integers below 2**24 are exact in any order. A GRU's
steps are those of `integer.gru` itself. Gradients pass through every rounding as if it were not there, and stop where
a value saturates; those of a GRU are of its real-valued step at the integer state.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from edgegenre.datasets.track import Track
from edgegenre.errors import QuantizationError
from edgegenre.frontend.cache import FeatureCache
from edgegenre.integer import int16, recurrent
from edgegenre.integer.tensors import (
    INT8_HIGH,
    INT8_LOW,
    WEIGHT_LIMIT,
    AnyIntegerLayer,
    IntegerLayer,
    IntegerNetwork,
    IntegerRecurrent,
)
from edgegenre.network.float_network import Arrays, FloatNetwork
from edgegenre.network.layers import AveragePool, Convolution, Dense, DepthwiseConv, GlobalAverage
from edgegenre.network.shape import Shape
from edgegenre.progress import SILENT, Progress
from edgegenre.quantize.calibrate import LARGEST_BIAS
from edgegenre.quantize.fine_tuned import Fidelity, FineTuned
from edgegenre.quantize.recurrent import LARGEST_BIAS as LARGEST_GRU_BIAS
from edgegenre.training.data import Batches, Examples, examples, in_order
from edgegenre.training.recipe import Phase
from edgegenre.training.run_folder import Run
from edgegenre.training.unfold import unfold

VALIDATE_EVERY = 10
"""Iterations between two looks at the validation tracks."""

_CPU = torch.device("cpu")

# How far from the integer that calibration chose a weight may start, in steps: it must round to this integer.
_WITHIN_STEP = 0.499


def fine_tune_run(
    run: Run, integers: IntegerNetwork, float_network: FloatNetwork, schedule: Phase, *, progress: Progress = SILENT
) -> tuple[IntegerNetwork, FineTuned]:
    """`fine_tune` on the training tracks of `run`, judged by its validation tracks, with the run's seed."""
    training, validation = (
        _examples(run, tracks, f"reading {part} tracks", progress)
        for part, tracks in (("training", run.split.train), ("validation", run.split.validation))
    )
    return fine_tune(integers, float_network, training, validation, schedule=schedule, seed=run.seed, progress=progress)


def fine_tune(
    integers: IntegerNetwork,
    float_network: FloatNetwork,
    training: Examples,
    validation: Examples,
    *,
    schedule: Phase,
    seed: int,
    progress: Progress = SILENT,
) -> tuple[IntegerNetwork, FineTuned]:
    """Train `integers`, calibrated from `float_network`, to answer like it; the better network and what was done.

    Of the states after every VALIDATE_EVERY iterations the best on `validation` is returned (`Fidelity.better_than`);
    where none is better than `integers`, these come back unchanged. The learning rate, in int8 steps an iteration of
    Adam, falls linearly to 0. On a CPU with the same number of threads the same seed gives the same integers.
    Raises QuantizationError for a layer that cannot be fine-tuned.
    """
    teacher = unfold(float_network)
    student = FakeQuantized(integers, float_network)
    track, labels = validation.track.numpy(), validation.labels.numpy()
    expected = _logits(teacher, validation)

    def fidelity() -> Fidelity:
        return Fidelity.of(_logits(student, validation), expected, track, labels)

    before = best = fidelity()
    network, kept = integers, 0
    batches = Batches(training, torch.Generator().manual_seed(seed), None)
    optimizer = torch.optim.Adam(student.parameters())
    with progress.task("fine-tuning", schedule.iterations) as task:
        for iteration in range(1, schedule.iterations + 1):
            for group in optimizer.param_groups:
                group["lr"] = schedule.learning_rate * (1 - (iteration - 1) / schedule.iterations)
            features, _ = batches.draw(schedule)
            with torch.no_grad():
                wanted = teacher(features)
            loss = functional.mse_loss(student(features), wanted)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            student.saturate()
            if iteration % VALIDATE_EVERY == 0 or iteration == schedule.iterations:
                found = fidelity()
                if found.better_than(best):
                    best, network, kept = found, student.integers(), iteration
            task.advance(1, f"logit error {best.logit_error:.4f}")
    return network, FineTuned(schedule=schedule, seed=seed, kept_iteration=kept, before=before, after=best)


class FakeQuantized(nn.Module):
    """`integers` as a torch module: real logits [clips, classes] of features [clips, time, frequency] on the int8 grid.

    The weights start from `float_network`, each within the step that calibration chose, so that the first forward
    pass is that of `integers`. Where the head averages, `time` may be any length.
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
        network = self._integers.network
        (only,) = network.inputs
        scale, zero_point = self._integers.input.scale, self._integers.input.zero_point
        steps = torch.round(features / scale).clamp(INT8_LOW - zero_point, INT8_HIGH - zero_point)
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
        """The integers that the forward pass computes with, under the scales it was given."""
        layers = tuple(
            module.integers() if isinstance(module, _Weighted | _Recurrent) else layer
            for layer, module in zip(self._integers.layers, self.layers.values(), strict=True)
        )
        return dataclasses.replace(self._integers, layers=layers)


class _Weighted(nn.Module):
    """Convolution, depthwise convolution or (pointwise on a vector) dense layer.

    weights: in int8 steps, in torch's layout. bias: what fine-tuning adds to the integers' bias, in output steps.
    """

    def __init__(self, layer: IntegerLayer, shape: Shape, arrays: Arrays) -> None:
        super().__init__()
        self._layer, self._shape = layer, shape
        real, chosen = _to_torch(layer, arrays["weights"]), _to_torch(layer, layer.weights)
        self.weights = nn.Parameter(_start(real, chosen, layer.weight_scales[:, None, None, None]))
        self.bias = nn.Parameter(torch.zeros(len(layer.bias)))

    def forward(self, x: Tensor) -> Tensor:
        return _windowed(self._layer, self._shape, x, self._steps(), self._bias())

    def integers(self) -> IntegerLayer:
        steps = _from_torch(self._layer, self._steps().detach().numpy())
        return dataclasses.replace(
            self._layer,
            weights=np.ascontiguousarray(steps.astype(np.int8)),
            bias=self._bias().detach().numpy().astype(np.int32),
        )

    def _steps(self) -> Tensor:
        return _rounded(self.weights)

    def _bias(self) -> Tensor:
        scales = torch.from_numpy(self._layer.float32_scales)
        bias = torch.from_numpy(self._layer.bias.astype(np.float32))
        return (bias + _rounded(self.bias / scales)).clamp(-LARGEST_BIAS, LARGEST_BIAS)


class _Recurrent(nn.Module):
    """A GRU. [clips, channels, time, 1] -> [clips, units, 1, 1].

    weights_input, weights_hidden: in int8 steps, as they are deployed. bias: what fine-tuning adds to the integers'
    bias, in steps of 1/128, those of the state as int8.
    """

    def __init__(self, layer: IntegerRecurrent, arrays: Arrays) -> None:
        super().__init__()
        self._layer = layer
        each_input, each_hidden = (
            np.repeat(scales, layer.units) for scales in (layer.scales_input, layer.scales_hidden)
        )
        self.weights_input = nn.Parameter(_start(arrays["weights_input"], layer.weights_input, each_input[:, None]))
        self.weights_hidden = nn.Parameter(_start(arrays["weights_hidden"], layer.weights_hidden, each_hidden[:, None]))
        self.bias = nn.Parameter(torch.zeros(len(layer.bias)))
        self._input_scales, self._hidden_scales = torch.from_numpy(each_input), torch.from_numpy(each_hidden)
        # Real value of one step of the bias.
        self._bias_scales = torch.from_numpy(layer.input_step * each_input.astype(np.float64))

    def forward(self, x: Tensor) -> Tensor:
        layer, units = self.integers(), self._layer.units
        rows = x.squeeze(3).transpose(1, 2)
        exact_rows = (rows.detach().numpy() + self._layer.input.zero_point).astype(np.int8)
        weights_input = _rounded(self.weights_input) * self._input_scales[:, None]
        weights_hidden = _rounded(self.weights_hidden) * self._hidden_scales[:, None]
        bias = (self._bias() * self._bias_scales).float()
        from_input = functional.linear(rows * self._layer.input.scale, weights_input, bias)
        exact = recurrent.first_state(layer, len(rows))
        state = torch.zeros(exact.shape)
        for time in range(rows.shape[1]):
            rounded = _Replaced.apply(state, _float(recurrent.output(layer, exact)) * int16.OUTPUT_SCALE)
            from_state = functional.linear(rounded, weights_hidden)
            reset, update = torch.sigmoid(from_input[:, time, : 2 * units] + from_state[:, : 2 * units]).chunk(2, dim=1)
            new = torch.tanh(from_input[:, time, 2 * units :] + reset * from_state[:, 2 * units :])
            exact = recurrent.step(layer, exact_rows[:, time], exact)
            state = _Replaced.apply(update * state + (1 - update) * new, _float(exact) * int16.STATE_SCALE)
        steps: Tensor = _Replaced.apply(state / int16.OUTPUT_SCALE, _float(recurrent.output(layer, exact)))
        return steps[:, :, None, None]

    def integers(self) -> IntegerRecurrent:
        return dataclasses.replace(
            self._layer,
            weights_input=_rounded(self.weights_input).detach().numpy().astype(np.int8),
            weights_hidden=_rounded(self.weights_hidden).detach().numpy().astype(np.int8),
            bias=self._bias().detach().numpy().astype(np.int32),
        )

    def _bias(self) -> Tensor:
        """float64; moved by even steps, as it has to stay odd."""
        bias = torch.from_numpy(self._layer.bias.astype(np.float64))
        moved = bias + 2 * _rounded(self.bias * int16.OUTPUT_SCALE / self._bias_scales / 2)
        return moved.clamp(1 - LARGEST_GRU_BIAS, LARGEST_GRU_BIAS - 1)


class _Pooled(nn.Module):
    """The average pool: a depthwise convolution whose weights stay as they are."""

    def __init__(self, layer: IntegerLayer, shape: Shape) -> None:
        super().__init__()
        self._layer, self._shape = layer, shape
        self._weights = torch.from_numpy(_to_torch(layer, layer.weights.astype(np.float32)))

    def forward(self, x: Tensor) -> Tensor:
        return _windowed(self._layer, self._shape, x, self._weights, torch.zeros(len(self._layer.bias)))


class _Averaged(nn.Module):
    """The mean over time and frequency: rint(float32(sum) * (s_x / (count * s_y)))."""

    def __init__(self, layer: IntegerLayer) -> None:
        super().__init__()
        self._layer = layer

    def forward(self, x: Tensor) -> Tensor:
        count = x.shape[2] * x.shape[3]
        scale = np.float32(self._layer.input.scale) / (np.float32(count) * np.float32(self._layer.output.scale))
        return _requantized(self._layer, x.sum(dim=(2, 3), keepdim=True), torch.tensor(scale))


def _layer(layer: AnyIntegerLayer, shape: Shape, arrays: Arrays) -> nn.Module:
    if isinstance(layer, IntegerRecurrent):
        return _Recurrent(layer, arrays)
    match layer.node.layer:
        case Convolution() | DepthwiseConv() | Dense():
            return _Weighted(layer, shape, arrays)
        case AveragePool():
            return _Pooled(layer, shape)
        case GlobalAverage():
            return _Averaged(layer)
    raise QuantizationError(f"layer '{layer.node.name}' cannot be fine-tuned. Export without --qat.")


def _windowed(layer: IntegerLayer, shape: Shape, x: Tensor, weights: Tensor, bias: Tensor) -> Tensor:
    """Pad with the zero point (0, relative to it), convolve, requantize. weights and bias: integers in float32."""
    description = layer.node.layer
    stride = (1, 1)
    if isinstance(description, Convolution | DepthwiseConv):
        padding, stride = description.padding(shape), description.stride
        x = functional.pad(x, (padding.left, padding.right, padding.top, padding.bottom))
    elif isinstance(description, AveragePool):
        stride = description.window
    groups = x.shape[1] if isinstance(description, DepthwiseConv | AveragePool) else 1
    accumulator = functional.conv2d(x, weights, stride=stride, groups=groups) + bias[:, None, None]
    return _requantized(layer, accumulator, torch.from_numpy(layer.float32_scales)[:, None, None])


def _requantized(layer: IntegerLayer, accumulator: Tensor, scale: Tensor) -> Tensor:
    """`requantize_float32` and the clamp to the layer's range, relative to the output's zero point.

    The bounds are integers, so clamping may come first: then a ReLU has no gradient just below zero either.
    """
    zero_point = layer.output.zero_point
    return _rounded((accumulator * scale).clamp(layer.low - zero_point, INT8_HIGH - zero_point))


class _StraightThrough(torch.autograd.Function):
    """Rounds half to even; its gradient is that of the identity."""

    @staticmethod
    def forward(context: Any, x: Tensor) -> Tensor:
        return torch.round(x)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        return gradients[0]


class _Replaced(torch.autograd.Function):
    """A value in the place of another that has its gradient."""

    @staticmethod
    def forward(context: Any, x: Tensor, value: Tensor) -> Tensor:
        return value

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None


def _rounded(x: Tensor) -> Tensor:
    result: Tensor = _StraightThrough.apply(x)
    return result


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


def _start(real: np.ndarray, chosen: np.ndarray, scales: np.ndarray) -> Tensor:
    """`real` weights in int8 steps, each within the step that calibration has `chosen`."""
    steps, chosen = real.astype(np.float64) / scales.astype(np.float64), chosen.astype(np.float64)
    return torch.from_numpy(np.clip(steps, chosen - _WITHIN_STEP, chosen + _WITHIN_STEP).astype(np.float32))


def _float(values: np.ndarray) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))


@torch.no_grad()
def _logits(module: nn.Module, source: Examples) -> np.ndarray:
    """float64 [windows, classes]."""
    return torch.cat([module(features) for features in in_order(source)]).double().numpy()


def _examples(run: Run, tracks: Sequence[Track], title: str, progress: Progress) -> Examples:
    cache = FeatureCache()
    features = []
    with progress.task(title, len(tracks)) as task:
        for track in tracks:
            features.append(cache.features(track.path, run.frontend))
            task.advance(1, track.path.name)
    labels = [run.labels.index(track.label) for track in tracks]
    return examples(features, labels, spec=run.frontend, normalization=run.normalization, device=_CPU)
