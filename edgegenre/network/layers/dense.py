"""The fully connected layer."""

from dataclasses import dataclass
from typing import ClassVar

from edgegenre.errors import NetworkError
from edgegenre.network.layers.base import ROW_BY_ROW, Stateless, TimeWindow
from edgegenre.network.shape import Shape


@dataclass(frozen=True, kw_only=True)
class Dense(Stateless):
    """Fully connected with bias, without activation. Deployed weights: [units, channels_in], bias [units].

    With batch norm or an activation it is a `Convolution` with kernel (1, 1) on the vector.
    """

    INPUTS: ClassVar[int | None] = 1

    units: int

    def output_shape(self, shape: Shape) -> Shape:
        """A vector. Raises NetworkError unless the input is one, too."""
        if shape.values != shape.channels:
            raise NetworkError(f"a dense layer needs a vector, its input is {tuple(shape)}.")
        return Shape(1, 1, self.units)

    def parameters(self, shape: Shape) -> int:
        """Weights and bias."""
        return (shape.channels + 1) * self.units

    def multiplies(self, shape: Shape) -> int:
        """in * out."""
        return shape.channels * self.units

    def time_windows(self, shape: Shape) -> tuple[TimeWindow, ...]:
        """Row by row, of one row: a stream that nothing else ends is ended by it (`network.stream_plan`)."""
        return (ROW_BY_ROW,)
