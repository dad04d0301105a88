"""The shape of a tensor, and where SAME padding puts its rows."""

from dataclasses import dataclass
from typing import NamedTuple


class Shape(NamedTuple):
    """[time, frequency, channels]; a vector is (1, 1, channels)."""

    time: int
    frequency: int
    channels: int

    @property
    def values(self) -> int:
        """How many numbers a tensor of this shape holds."""
        return self.time * self.frequency * self.channels


@dataclass(frozen=True, kw_only=True)
class Padding:
    """Rows and columns of zero point that a layer sees around its input."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0


NO_PADDING = Padding()


def same_padding(shape: Shape, kernel: tuple[int, int], stride: tuple[int, int]) -> Padding:
    """SAME padding as TensorFlow defines it: the output has ceil(input / stride) positions, the odd one goes last.

    It is taken from the whole window once and then frozen: a stream must not inherit a rule that changes with length.
    """
    top, bottom = _same(shape.time, kernel[0], stride[0])
    left, right = _same(shape.frequency, kernel[1], stride[1])
    return Padding(top=top, bottom=bottom, left=left, right=right)


def _same(length: int, kernel: int, stride: int) -> tuple[int, int]:
    outputs = -(-length // stride)
    total = max((outputs - 1) * stride + kernel - length, 0)
    return total // 2, total - total // 2


def valid_length(length: int, kernel: int, stride: int) -> int:
    """Whole windows of `kernel` positions at steps of `stride` in `length`: 0 where not one fits."""
    return max(0, (length - kernel) // stride + 1)
