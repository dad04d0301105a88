"""The same values in another order or shape."""

from dataclasses import dataclass
from typing import ClassVar

from edgegenre.network.layers.base import ROW_BY_ROW, Stateless, TimeWindow, Untrained
from edgegenre.network.shape import Shape


@dataclass(frozen=True, kw_only=True)
class _Collecting(Untrained):
    """A layer that needs the whole window before its first value is in place."""

    INPUTS: ClassVar[int | None] = 1

    def time_windows(self, shape: Shape) -> tuple[TimeWindow, ...]:
        """None: it rearranges the whole window."""
        return ()

    def state_bytes(self, shape: Shape) -> int:
        """The window, int8. A dense layer behind a `Flatten` needs its sums alone (`network.stream_plan`)."""
        return shape.values


@dataclass(frozen=True, kw_only=True)
class Flatten(_Collecting):
    """All values as one vector: rows one behind another, in each row columns, in each column channels."""

    def output_shape(self, shape: Shape) -> Shape:
        """[1, 1, time * frequency * channels]."""
        return Shape(1, 1, shape.values)


@dataclass(frozen=True, kw_only=True)
class Transpose(_Collecting):
    """Time and frequency change places."""

    def output_shape(self, shape: Shape) -> Shape:
        """[frequency, time, channels]."""
        return Shape(shape.frequency, shape.time, shape.channels)


@dataclass(frozen=True, kw_only=True)
class FlattenRows(Untrained, Stateless):
    """Each row as one vector: what a recurrent layer reads of a map with several columns."""

    INPUTS: ClassVar[int | None] = 1

    def output_shape(self, shape: Shape) -> Shape:
        """[time, 1, frequency * channels]."""
        return Shape(shape.time, 1, shape.frequency * shape.channels)

    def time_windows(self, shape: Shape) -> tuple[TimeWindow, ...]:
        """Row by row."""
        return (ROW_BY_ROW,)
