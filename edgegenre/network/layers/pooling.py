"""Means and maxima: over windows that do not overlap, and over the whole window."""

from dataclasses import dataclass
from typing import ClassVar

from edgegenre.errors import NetworkError
from edgegenre.network.layers.base import Stateless, TimeWindow, Untrained
from edgegenre.network.shape import Shape


@dataclass(frozen=True, kw_only=True)
class _Pooling(Untrained, Stateless):
    """Windows that do not overlap; a last incomplete window is dropped (VALID): 75 x 3 becomes 37 x 1 with (2, 2)."""

    INPUTS: ClassVar[int | None] = 1

    window: tuple[int, int]

    def output_shape(self, shape: Shape) -> Shape:
        """[floor(time / window), floor(frequency / window), channels]. Raises NetworkError where nothing is left."""
        time, frequency = shape.time // self.window[0], shape.frequency // self.window[1]
        if time < 1 or frequency < 1:
            raise NetworkError(f"a pool of {self.window} leaves nothing of {tuple(shape)}.")
        return Shape(time, frequency, shape.channels)

    def time_windows(self, shape: Shape) -> tuple[TimeWindow, ...]:
        """`window` rows, none of them padding."""
        return (TimeWindow(kernel=self.window[0], stride=self.window[0], before=0),)


@dataclass(frozen=True, kw_only=True)
class AveragePool(_Pooling):
    """Mean of each window. Deployed as a depthwise convolution with equal weights (docs/design.md, "Exactness")."""


@dataclass(frozen=True, kw_only=True)
class MaxPool(_Pooling):
    """Largest value of each window (Pandey et al., section IV)."""


@dataclass(frozen=True, kw_only=True)
class _GlobalPooling(Untrained):
    """One value a channel from all rows and columns of the window."""

    INPUTS: ClassVar[int | None] = 1

    def output_shape(self, shape: Shape) -> Shape:
        """A vector."""
        return Shape(1, 1, shape.channels)

    def time_windows(self, shape: Shape) -> tuple[TimeWindow, ...]:
        """None: it reduces over the whole window."""
        return ()


@dataclass(frozen=True, kw_only=True)
class GlobalAverage(_GlobalPooling):
    """Mean over time and frequency: the pooled head of CNN and DS-CNN."""

    def state_bytes(self, shape: Shape) -> int:
        """One int32 sum a channel."""
        return 4 * shape.channels


@dataclass(frozen=True, kw_only=True)
class GlobalMax(_GlobalPooling):
    """Largest value over time and frequency (Zhang et al.'s residual networks join it with the mean)."""

    def state_bytes(self, shape: Shape) -> int:
        """One int8 maximum a channel."""
        return shape.channels
