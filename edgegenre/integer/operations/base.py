"""What every integer operation holds and answers.

An operation is frozen data: its name, the names of the tensors it reads (`inputs`), the quantization that all of them
have (`input`) and that of what it makes (`output`), and its integers. It proves its ranges when it is made, from the
worst case over all inputs, and raises QuantizationError where it cannot. It answers, given the shapes of its inputs:

output_shape(*shapes)   the shape it makes; QuantizationError when it takes no such inputs
time_windows(*shapes)   as the layers do (`edgegenre.network.layers.base`)
"""

import copy
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from edgegenre.errors import QuantizationError
from edgegenre.integer.quantization import Quantization
from edgegenre.network.layers.base import ROW_BY_ROW, TimeWindow
from edgegenre.network.shape import NO_PADDING, Padding, Shape, valid_length

AnyOperation = TypeVar("AnyOperation", bound="BaseOperation")


@dataclass(frozen=True, kw_only=True, eq=False)
class BaseOperation:
    """What all operations have in common."""

    name: str
    inputs: tuple[str, ...]
    input: Quantization
    output: Quantization

    def require(self, promise: bool, broken: str) -> None:
        """Raise QuantizationError with the clause `broken` unless the promise is kept."""
        if not promise:
            raise QuantizationError(f"operation '{self.name}': {broken}.")

    def require_inputs(self, count: int) -> None:
        """Raise QuantizationError unless it reads `count` tensors."""
        self.require(len(self.inputs) == count, f"it reads {len(self.inputs)} tensors and takes {count}")

    def require_int8(self) -> None:
        """Raise QuantizationError where values have 16 bits."""
        self.require(self.input.bits == self.output.bits == 8, "it has no int16 form; use a recipe of 8 bits")

    def require_equal_quantization(self) -> None:
        """Raise QuantizationError unless what comes out is read as what goes in."""
        self.require(self.input == self.output, "input and output need one quantization")


def unproven(operation: AnyOperation, **integers: np.ndarray) -> AnyOperation:
    """The operation with other integers, whose ranges are not proven: what training computes with on its way."""
    other = copy.copy(operation)
    for name, values in integers.items():
        object.__setattr__(other, name, values)
    return other


class RowByRow:
    """An operation whose output row t is made of row t of each input."""

    def time_windows(self, *shapes: Shape) -> tuple[TimeWindow, ...]:
        """Row by row."""
        return (ROW_BY_ROW,) * len(shapes)


@dataclass(frozen=True, kw_only=True)
class Window:
    """A kernel that slides over [time, frequency] in steps of `stride`, over an input with `padding` around it.

    The padding is frozen from the whole window: a stream must not inherit a rule that changes with length.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: Padding = NO_PADDING

    def places(self, shape: Shape) -> tuple[int, int]:
        """How many positions the kernel has in time and frequency."""
        padding = self.padding
        padded = (shape.time + padding.top + padding.bottom, shape.frequency + padding.left + padding.right)
        time, frequency = (
            valid_length(length, kernel, stride)
            for length, kernel, stride in zip(padded, self.kernel, self.stride, strict=True)
        )
        return time, frequency

    def time_windows(self, shape: Shape) -> tuple[TimeWindow, ...]:
        """The kernel's rows."""
        return (TimeWindow(kernel=self.kernel[0], stride=self.stride[0], before=self.padding.top),)


POINT = Window(kernel=(1, 1))


def positive(*scales: float | np.ndarray) -> bool:
    """Whether every scale is a finite number above zero."""
    values = np.concatenate([np.ravel(scale) for scale in scales])
    return bool(np.isfinite(values).all() and (values > 0).all())
