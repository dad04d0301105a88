"""GRU and LSTM."""

from dataclasses import dataclass
from typing import ClassVar

from edgegenre.errors import NetworkError
from edgegenre.network.layers.base import ROW_BY_ROW, TimeWindow
from edgegenre.network.shape import Shape


@dataclass(frozen=True, kw_only=True)
class _Recurring:
    """What recurrent layers share: rows [time, 1, channels] in; the first state is zero.

    returns_rows: the state after every row comes out, for another recurrent layer behind this one; else the last one.
    Deployed arrays: weights_input [GATES * units, channels], weights_hidden [GATES * units, units], bias
    [GATES * units], gate after gate.
    """

    INPUTS: ClassVar[int | None] = 1
    GATES: ClassVar[int]
    STATES: ClassVar[int]

    units: int
    returns_rows: bool = False

    def output_shape(self, shape: Shape) -> Shape:
        """A vector, the last state, or [time, 1, units]. Raises NetworkError unless rows have one frequency bin."""
        if shape.frequency != 1:
            raise NetworkError(f"a recurrent layer needs rows of one frequency bin, its input is {tuple(shape)}.")
        return Shape(shape.time if self.returns_rows else 1, 1, self.units)

    def parameters(self, shape: Shape) -> int:
        """gates * h (in + h + 1)."""
        return self.GATES * self.units * (shape.channels + self.units + 1)

    def multiplies(self, shape: Shape) -> int:
        """gates * h (in + h) a step, one step a row."""
        return shape.time * self.GATES * self.units * (shape.channels + self.units)

    def time_windows(self, shape: Shape) -> tuple[TimeWindow, ...]:
        """Row by row where rows come out; none where the window is reduced to the last state."""
        return (ROW_BY_ROW,) if self.returns_rows else ()

    def state_bytes(self, shape: Shape) -> int:
        """int16 states of every unit."""
        return 2 * self.STATES * self.units


@dataclass(frozen=True, kw_only=True)
class Gru(_Recurring):
    """Gated recurrent unit; torch's reset-after form without the hidden bias. Gates: reset, update, new."""

    GATES = 3
    STATES = 1


@dataclass(frozen=True, kw_only=True)
class Lstm(_Recurring):
    """Long short-term memory with one bias a gate. Gates in torch's order: input, forget, cell, output.

    Its state is the hidden state and the cell; the hidden state comes out.
    """

    GATES = 4
    STATES = 2
