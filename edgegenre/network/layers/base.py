"""What every layer answers, and the words it answers in.

A layer is frozen data. It says how many inputs it takes (`INPUTS`; None: two or more) and answers, given the shapes
[time, frequency, channels] of all of them, without a batch axis:

output_shape(*shapes)   the shape it makes; NetworkError when it takes no such inputs
parameters(*shapes)     trained parameters, counted as the papers count
multiplies(*shapes)     multiplications for one whole window; convolutions, recurrent and dense layers alone have some
time_windows(*shapes)   which input rows output row t needs, one answer an input; empty where no rows come out in the
                        order of time: the layer reduces over the window or rearranges it
state_bytes(*shapes)    bytes that an int8 stream keeps between rows for the layer itself: sums, maxima, recurrent
                        states; the input rows that it keeps follow from the time windows (`network.stream_plan`)
"""

from dataclasses import dataclass
from typing import ClassVar

from edgegenre.network.shape import Shape


@dataclass(frozen=True, kw_only=True)
class TimeWindow:
    """Which input rows a layer needs for output row t: from t * stride - before, `kernel` of them.

    Rows outside the layer's input range are its zero point.
    """

    kernel: int
    stride: int
    before: int

    @property
    def lookahead(self) -> int:
        """Input rows after row t * stride that output row t has to wait for."""
        return self.kernel - 1 - self.before


ROW_BY_ROW = TimeWindow(kernel=1, stride=1, before=0)
"""Output row t needs input row t alone."""


class Untrained:
    """A layer that has no parameters and that the papers count no multiplies for."""

    def parameters(self, *shapes: Shape) -> int:
        """None."""
        return 0

    def multiplies(self, *shapes: Shape) -> int:
        """None: the papers' formulas count convolutions, recurrent and dense layers."""
        return 0


class Stateless:
    """A layer that keeps nothing between rows but input rows."""

    def state_bytes(self, *shapes: Shape) -> int:
        """None."""
        return 0


class Elementwise(Untrained, Stateless):
    """A layer whose output has the shape of its one input, each value made from the one in its place."""

    INPUTS: ClassVar[int | None] = 1

    def output_shape(self, shape: Shape) -> Shape:
        """That of the input."""
        return shape

    def time_windows(self, shape: Shape) -> tuple[TimeWindow, ...]:
        """Row by row."""
        return (ROW_BY_ROW,)
