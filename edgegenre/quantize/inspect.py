"""What quantization does to each tensor: noise against the float network, saturation, and where the values lie."""

from dataclasses import dataclass, field

import numpy as np

from edgegenre.integer import reference
from edgegenre.integer.requantize import LARGEST_ACCUMULATOR, Arithmetic, mean_multiplier
from edgegenre.integer.tensors import (
    INT8_HIGH,
    INT8_LOW,
    LARGEST_WIDE_ACCUMULATOR,
    AnyIntegerLayer,
    IntegerLayer,
    IntegerNetwork,
    Quantization,
)
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.shape import Shape
from edgegenre.progress import SILENT, Progress

OUTSIDE = 64
"""How many steps beyond each end of int8 a histogram shows."""


@dataclass(kw_only=True, eq=False)
class TensorFigures:
    """Sums over the clips seen so far. counts: of the float values in int8 steps (of int16 tensors: in 256 steps), from
    INT8_LOW - OUTSIDE to INT8_HIGH + OUTSIDE, what lies farther out in the end bins. saturated: values that are at an
    end of the integers' range because the float network's value lies beyond it.
    """

    signal: float = 0.0
    noise: float = 0.0
    values: int = 0
    saturated: int = 0
    counts: np.ndarray = field(default_factory=lambda: np.zeros(INT8_HIGH - INT8_LOW + 1 + 2 * OUTSIDE, np.int64))

    def add(self, integers: np.ndarray, floats: np.ndarray, quantization: Quantization) -> None:
        """Count a tensor: integers and float values of the same shape."""
        exact = floats.astype(np.float64)
        self.signal += float((exact**2).sum())
        self.noise += float(((quantization.real(integers) - exact) ** 2).sum())
        self.values += exact.size
        steps = exact / quantization.scale + quantization.zero_point
        above = (integers == quantization.high) & (steps > quantization.high + 0.5)
        below = (integers == quantization.low) & (steps < quantization.low - 0.5)
        self.saturated += int((above | below).sum())
        places = np.clip(np.rint(steps / (1 << quantization.bits - 8)), INT8_LOW - OUTSIDE, INT8_HIGH + OUTSIDE).astype(
            np.int64
        )
        self.counts += np.bincount(places.ravel() - (INT8_LOW - OUTSIDE), minlength=len(self.counts))

    @property
    def noise_ratio(self) -> float | None:
        """Signal-to-noise ratio in dB; None where there is no signal or no noise."""
        if not self.noise or not self.signal:
            return None
        return float(10 * np.log10(self.signal / self.noise))

    @property
    def saturation(self) -> float:
        """Share of values that were clipped, 0 to 1."""
        return self.saturated / self.values if self.values else 0.0


def tensor_figures(
    integers: IntegerNetwork,
    floats: FloatNetwork,
    features: np.ndarray,
    *,
    arithmetic: Arithmetic = "float32",
    progress: Progress = SILENT,
    title: str = "comparing tensors",
) -> dict[str, TensorFigures]:
    """Figures of every layer's output, by name, over int8 features [clips, time, frequency] fed to both networks."""
    figures = {layer.node.name: TensorFigures() for layer in integers.layers}
    outputs = {layer.node.name: layer.output for layer in integers.layers}
    with progress.task(title, len(features)) as task:
        for clip in features:
            window = clip[np.newaxis]
            pairs = zip(
                reference.tensors(integers, window, arithmetic),
                floats.tensors(integers.input.real(window)),
                strict=True,
            )
            for (name, quantized), (_, exact) in pairs:
                if name in figures:
                    figures[name].add(quantized, exact, outputs[name])
            task.advance()
    return figures


def headroom_bits(layer: AnyIntegerLayer, shape: Shape) -> float:
    """How often the proven worst case of |accumulator| can double before it reaches its bound.

    The bound is 2**30, with int16 activations 2**45. shape: of the layer's input.
    """
    if _averages(layer):
        reach = max(layer.input.high - layer.input.zero_point, layer.input.zero_point - layer.input.low)
        largest = reach * shape.time * shape.frequency
    else:
        largest = int(layer.largest_accumulator().max())
    wide = isinstance(layer, IntegerLayer) and layer.wide and not _averages(layer)
    return float(np.log2((LARGEST_WIDE_ACCUMULATOR if wide else LARGEST_ACCUMULATOR) / largest))


def shift_range(layer: AnyIntegerLayer, shape: Shape) -> tuple[int, int]:
    """The smallest and the largest shift after a multiplier; a recurrent layer's are those of its gates."""
    if not isinstance(layer, IntegerLayer):
        shifts = np.concatenate([layer.input_multipliers[1], layer.hidden_multipliers[1]])
    elif _averages(layer):
        ratio = np.float64(layer.input.scale) / np.float64(layer.output.scale)
        shifts = np.array([mean_multiplier(ratio, shape.time * shape.frequency)[1]])
    else:
        _, shifts = layer.wide_multipliers if layer.wide else layer.q31_multipliers
    return int(shifts.min()), int(shifts.max())


def _averages(layer: AnyIntegerLayer) -> bool:
    """Whether it has no weights: a global average."""
    return isinstance(layer, IntegerLayer) and not layer.weights.size
