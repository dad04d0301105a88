"""Where branches meet: sums and concatenations."""

from dataclasses import dataclass
from typing import ClassVar

from edgegenre.errors import NetworkError
from edgegenre.network.layers.base import ROW_BY_ROW, Stateless, TimeWindow, Untrained
from edgegenre.network.shape import Shape


@dataclass(frozen=True, kw_only=True)
class _Joining(Untrained, Stateless):
    """Two or more inputs, row by row."""

    INPUTS: ClassVar[int | None] = None

    def time_windows(self, *shapes: Shape) -> tuple[TimeWindow, ...]:
        """Row by row, of every input."""
        return (ROW_BY_ROW,) * len(shapes)


@dataclass(frozen=True, kw_only=True)
class Add(_Joining):
    """The sum of two inputs of one shape: a residual connection."""

    INPUTS: ClassVar[int | None] = 2

    def output_shape(self, *shapes: Shape) -> Shape:
        """That of every input. Raises NetworkError when they differ."""
        if len(set(shapes)) != 1:
            raise NetworkError(f"a sum needs inputs of one shape, they are {', '.join(map(str, map(tuple, shapes)))}.")
        return shapes[0]


@dataclass(frozen=True, kw_only=True)
class Concat(_Joining):
    """The inputs' channels one behind another."""

    def output_shape(self, *shapes: Shape) -> Shape:
        """[time, frequency, sum of the channels]. Raises NetworkError when times or frequencies differ."""
        if len({shape[:2] for shape in shapes}) != 1:
            places = ", ".join(f"{shape.time} x {shape.frequency}" for shape in shapes)
            raise NetworkError(f"a concatenation needs inputs of one time and frequency, they are {places}.")
        return shapes[0]._replace(channels=sum(shape.channels for shape in shapes))
