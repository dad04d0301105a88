"""What quantization does to each tensor: noise against the float network, saturation, and where the values lie."""

from dataclasses import dataclass, field

import numpy as np

from edgegenre.integer import reference
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell, Mean, Operation, WeightedOperation
from edgegenre.integer.operations.weighted import LARGEST_WIDE_ACCUMULATOR
from edgegenre.integer.quantization import INT8_HIGH, INT8_LOW, Quantization
from edgegenre.integer.requantize import LARGEST_ACCUMULATOR, Arithmetic, mean_multiplier
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.network import Features, each_clip, named_inputs
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
    features: Features,
    *,
    arithmetic: Arithmetic = "float32",
    progress: Progress = SILENT,
    title: str = "comparing tensors",
) -> dict[str, TensorFigures]:
    """Figures of every layer's output, by name, over int8 features (`named_inputs`) fed to both networks."""
    figures = {node.name: TensorFigures() for node in floats.network.nodes}
    outputs = {operation.name: operation.output for operation in integers.operations}
    given = named_inputs(integers.name, integers.inputs, features)
    quantizations = {item.name: item.quantization for item in integers.inputs}
    with progress.task(title, len(next(iter(given.values())))) as task:
        for clip in each_clip(given):
            exact = dict(floats.tensors({name: quantizations[name].real(array) for name, array in clip.items()}))
            for name, quantized in reference.tensors(integers, clip, arithmetic):
                if name in figures:
                    figures[name].add(quantized, exact[name], outputs[name])
            task.advance()
    return figures


def headroom_bits(operation: Operation) -> float | None:
    """How often the proven worst case of |accumulator| can double before it reaches its bound; None without one.

    The bound is 2**30, with int16 activations 2**45.
    """
    if isinstance(operation, Mean):
        rows, columns = operation.extent
        return float(np.log2(LARGEST_ACCUMULATOR / (operation.input.reach * rows * columns)))
    if not isinstance(operation, WeightedOperation | Cell):
        return None
    wide = isinstance(operation, WeightedOperation) and operation.wide
    largest = int(operation.largest_accumulator().max())
    return float(np.log2((LARGEST_WIDE_ACCUMULATOR if wide else LARGEST_ACCUMULATOR) / largest))


def shift_range(operation: Operation) -> tuple[int, int] | None:
    """The smallest and the largest shift after a multiplier, of a recurrent layer those of its gates; None without."""
    if isinstance(operation, Mean):
        rows, columns = operation.extent
        shifts = np.array([mean_multiplier(operation.ratio, rows * columns)[1]])
    elif isinstance(operation, Cell):
        shifts = np.concatenate([operation.input_multipliers[1], operation.hidden_multipliers[1]])
    elif isinstance(operation, WeightedOperation):
        _, shifts = operation.wide_multipliers if operation.wide else operation.q31_multipliers
    else:
        return None
    return int(shifts.min()), int(shifts.max())
