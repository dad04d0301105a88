"""Operations without weights: maxima, tables, sums, concatenations, means and rearrangements."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from edgegenre.integer.operations.base import BaseOperation, RowByRow, positive
from edgegenre.integer.requantize import LARGEST_ACCUMULATOR, LARGEST_MEAN_RATIO, LARGEST_SHIFT, q31_multiplier
from edgegenre.network.layers.base import ROW_BY_ROW, TimeWindow
from edgegenre.network.shape import Shape, valid_length

LARGEST_WIDE_SUM = 1 << 31
"""Of a mean's int16 values: devices sum them in 32 bits, and times a multiplier of 31 bits they stay within 63."""

MEAN_BLOCKS = 10
"""Block sums of a continuous pooled head (`stream_heads`); a block has at least one row, however short the window."""

TABLE_SIZE = 256


@dataclass(frozen=True, kw_only=True, eq=False)
class Largest(BaseOperation):
    """The largest value of each window; windows do not overlap, an incomplete one is dropped. None: of everything."""

    window: tuple[int, int] | None

    def __post_init__(self) -> None:
        self.require_inputs(1)
        self.require_int8()
        self.require_equal_quantization()

    def time_windows(self, shape: Shape) -> tuple[TimeWindow, ...]:
        """The window's rows; none where everything is reduced."""
        if self.window is None:
            return ()
        return (TimeWindow(kernel=self.window[0], stride=self.window[0], before=0),)

    def output_shape(self, shape: Shape) -> Shape:
        """[floor(time / window), floor(frequency / window), channels], or a vector."""
        if self.window is None:
            return Shape(1, 1, shape.channels)
        time, frequency = (valid_length(length, at, at) for length, at in zip(shape[:2], self.window, strict=True))
        self.require(min(time, frequency) > 0, f"a pool of {self.window} leaves nothing of {tuple(shape)}")
        return Shape(time, frequency, shape.channels)


@dataclass(frozen=True, kw_only=True, eq=False)
class Lookup(RowByRow, BaseOperation):
    """Any function of one int8 value: table[q + 128]. Activations, and a change of scale."""

    table: np.ndarray

    def __post_init__(self) -> None:
        self.require_inputs(1)
        self.require_int8()
        self.require(
            self.table.dtype == np.int8 and self.table.shape == (TABLE_SIZE,),
            f"the table is {self.table.dtype} {self.table.shape}, expected int8 ({TABLE_SIZE},)",
        )
        self.require(positive(self.input.scale, self.output.scale), "a scale is zero, negative or not a number")

    def output_shape(self, shape: Shape) -> Shape:
        """That of the input."""
        return shape


@dataclass(frozen=True, kw_only=True, eq=False)
class Sum(RowByRow, BaseOperation):
    """Of two tensors, saturating: a + b - zero point. All three have one quantization, so nothing is rounded."""

    def __post_init__(self) -> None:
        self.require_inputs(2)
        self.require_int8()
        self.require_equal_quantization()

    def output_shape(self, *shapes: Shape) -> Shape:
        """That of both."""
        self.require(shapes[0] == shapes[1], f"it adds {tuple(shapes[0])} to {tuple(shapes[1])}")
        return shapes[0]


@dataclass(frozen=True, kw_only=True, eq=False)
class Join(RowByRow, BaseOperation):
    """The inputs' channels one behind another; all have one quantization."""

    def __post_init__(self) -> None:
        self.require(len(self.inputs) >= 2, "it joins two tensors or more")
        self.require_int8()
        self.require_equal_quantization()

    def output_shape(self, *shapes: Shape) -> Shape:
        """[time, frequency, sum of the channels]."""
        self.require(len({shape[:2] for shape in shapes}) == 1, "its inputs differ in time or frequency")
        return shapes[0]._replace(channels=sum(shape.channels for shape in shapes))


@dataclass(frozen=True, kw_only=True, eq=False)
class Mean(BaseOperation):
    """Over time and frequency. extent: rows and columns of a window.

    Proven: the sum over a window stays below 2**30 (2**31 of int16 values), also where a continuous stream has at least
    MEAN_BLOCKS rows; the input's scale is at most LARGEST_MEAN_RATIO times the output's, and the q31 shift, before the
    count is folded in, at most 30.
    """

    extent: tuple[int, int]

    def __post_init__(self) -> None:
        self.require_inputs(1)
        self.require(positive(self.input.scale, self.output.scale), "a scale is zero, negative or not a number")
        same = self.input.bits == self.output.bits
        wide = self.output.bits == 16
        self.require(
            same and not (wide and (self.input.zero_point or self.output.zero_point)),
            "input and output are both int8, or both int16 with zero point 0",
        )
        rows, columns = self.extent
        count = max(rows, MEAN_BLOCKS) * columns
        limit = LARGEST_WIDE_SUM if wide else LARGEST_ACCUMULATOR
        self.require(
            count * self.input.reach < limit, f"the sum of {count} values can reach 2**{limit.bit_length() - 1}"
        )
        _, shift = q31_multiplier(self.ratio)
        self.require(
            bool(self.ratio <= LARGEST_MEAN_RATIO and shift <= LARGEST_SHIFT),
            f"a mean's input scale is at most {LARGEST_MEAN_RATIO} times its output's, its q31 shift at most "
            f"{LARGEST_SHIFT}",
        )

    @property
    def ratio(self) -> float:
        """Scale of the input over that of the output, float64."""
        return float(np.float64(self.input.scale) / np.float64(self.output.scale))

    def time_windows(self, shape: Shape) -> tuple[TimeWindow, ...]:
        """None: it reduces over the window."""
        return ()

    def output_shape(self, shape: Shape) -> Shape:
        """A vector."""
        self.require(shape[:2] == self.extent, f"it averages {self.extent}, its input is {tuple(shape)}")
        return Shape(1, 1, shape.channels)


Order = Literal["flatten", "flatten_rows", "transpose"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Rearrange(BaseOperation):
    """The same values in another shape.

    order: flatten, all as one vector; flatten_rows, each row as one; transpose, time and frequency change places.
    """

    order: Order

    def __post_init__(self) -> None:
        self.require_inputs(1)
        self.require_int8()
        self.require_equal_quantization()
        self.require(self.order in ("flatten", "flatten_rows", "transpose"), f"it knows no order {self.order!r}")

    def time_windows(self, shape: Shape) -> tuple[TimeWindow, ...]:
        """Row by row for flatten_rows; the others need the whole window."""
        return (ROW_BY_ROW,) if self.order == "flatten_rows" else ()

    def output_shape(self, shape: Shape) -> Shape:
        """A vector, rows of one column, or frequency x time."""
        if self.order == "flatten":
            return Shape(1, 1, shape.values)
        if self.order == "flatten_rows":
            return Shape(shape.time, 1, shape.frequency * shape.channels)
        return Shape(shape.frequency, shape.time, shape.channels)
