"""The layers, each a frozen description that knows its own shape, parameters, multiplies and needs in a stream.

No framework is imported here. The torch module, the integer arithmetic and every export read these fields.
Parameters follow Liang et al., Table II: convolutions without bias, batch norm's gamma and beta after every
convolution, the dense layer with bias, a GRU with one bias vector a gate.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from edgegenre.errors import NetworkError
from edgegenre.network.shape import NO_PADDING, Padding, Shape, same_padding

Activation = Literal["relu", "none"]


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


class Layer(Protocol):
    """What every layer answers. Shapes are those of one clip, without a batch axis."""

    def output_shape(self, shape: Shape) -> Shape:
        """The shape this layer makes of an input of `shape`. Raises NetworkError when it takes no such input."""

    def parameters(self, shape: Shape) -> int:
        """Trained parameters, counted as the paper counts."""

    def multiplies(self, shape: Shape) -> int:
        """Multiplications for one whole input of `shape`."""

    def time_window(self, shape: Shape) -> TimeWindow | None:
        """The rows needed for one output row; None where the layer reduces over time or works on a vector."""

    def state_bytes(self, shape: Shape) -> int:
        """Bytes an int8 stream keeps between rows (int32 sums, int16 recurrent state)."""


@dataclass(frozen=True, kw_only=True)
class _Convolving(Layer):
    """What standard and depthwise convolutions share: a kernel that slides under SAME padding."""

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    batch_norm: bool = True
    activation: Activation = "relu"

    def padding(self, shape: Shape) -> Padding:
        """Zero-point rows and columns around the input."""
        return same_padding(shape, self.kernel, self.stride)

    def time_window(self, shape: Shape) -> TimeWindow:
        """`kernel` rows, of which `padding.top` lie before row t * stride."""
        return TimeWindow(kernel=self.kernel[0], stride=self.stride[0], before=self.padding(shape).top)

    def state_bytes(self, shape: Shape) -> int:
        """A ring of kernel rows of the input; none for one row."""
        return _ring_bytes(self.kernel[0], shape)


@dataclass(frozen=True, kw_only=True)
class Convolution(_Convolving):
    """Standard 2-D convolution, SAME padding, batch norm, activation (Liang et al., section II-A).

    Deployed weights: [channels, kernel_time, kernel_frequency, channels_in]. A pointwise convolution has kernel (1, 1).
    """

    channels: int

    def output_shape(self, shape: Shape) -> Shape:
        """[ceil(time / stride), ceil(frequency / stride), channels]."""
        return _same_output(shape, self.stride, self.channels)

    def parameters(self, shape: Shape) -> int:
        """Weights and batch norm's gamma and beta, or weights and bias."""
        weights = self.kernel[0] * self.kernel[1] * shape.channels * self.channels
        return weights + (2 if self.batch_norm else 1) * self.channels

    def multiplies(self, shape: Shape) -> int:
        """Eq. (4): H_k * W_k * M * N * H_out * W_out."""
        return self.kernel[0] * self.kernel[1] * shape.channels * self.output_shape(shape).values


@dataclass(frozen=True, kw_only=True)
class DepthwiseConv(_Convolving):
    """One filter per channel, SAME padding, batch norm, activation (Liang et al., section II-B).

    Deployed weights: [kernel_time, kernel_frequency, channels].
    """

    def output_shape(self, shape: Shape) -> Shape:
        """[ceil(time / stride), ceil(frequency / stride), channels]."""
        return _same_output(shape, self.stride, shape.channels)

    def parameters(self, shape: Shape) -> int:
        """Weights and batch norm's gamma and beta, or weights and bias."""
        return (self.kernel[0] * self.kernel[1] + (2 if self.batch_norm else 1)) * shape.channels

    def multiplies(self, shape: Shape) -> int:
        """Eq. (2), depthwise part: H_k * W_k * M * H_out * W_out."""
        return self.kernel[0] * self.kernel[1] * self.output_shape(shape).values


@dataclass(frozen=True, kw_only=True)
class AveragePool(Layer):
    """Mean over windows that do not overlap; a last incomplete window is dropped (VALID): 75 x 3 becomes 37 x 1.

    Deployed as a depthwise convolution with equal weights (DESIGN, "The integer arithmetic").
    """

    window: tuple[int, int]

    def padding(self, shape: Shape) -> Padding:
        """None: VALID."""
        return NO_PADDING

    def output_shape(self, shape: Shape) -> Shape:
        """[floor(time / window), floor(frequency / window), channels]."""
        return Shape(shape.time // self.window[0], shape.frequency // self.window[1], shape.channels)

    def parameters(self, shape: Shape) -> int:
        """None."""
        return 0

    def multiplies(self, shape: Shape) -> int:
        """None: the paper's formulas count convolutions, recurrent and dense layers."""
        return 0

    def time_window(self, shape: Shape) -> TimeWindow:
        """`window` rows, none of them padding."""
        return TimeWindow(kernel=self.window[0], stride=self.window[0], before=0)

    def state_bytes(self, shape: Shape) -> int:
        """The rows of one window."""
        return _ring_bytes(self.window[0], shape)


@dataclass(frozen=True, kw_only=True)
class GlobalAverage(Layer):
    """Mean over time and frequency: the pooled head of CNN and DS-CNN."""

    def output_shape(self, shape: Shape) -> Shape:
        """A vector."""
        return Shape(1, 1, shape.channels)

    def parameters(self, shape: Shape) -> int:
        """None."""
        return 0

    def multiplies(self, shape: Shape) -> int:
        """None: sums, and one scaling a channel that the paper does not count."""
        return 0

    def time_window(self, shape: Shape) -> None:
        """None: it reduces over the whole window."""
        return None

    def state_bytes(self, shape: Shape) -> int:
        """One int32 sum a channel."""
        return 4 * shape.channels


@dataclass(frozen=True, kw_only=True)
class _Recurring(Layer):
    """What recurrent layers share: rows [time, 1, channels] in, the last state out; the first state is zero.

    Deployed arrays: weights_input [GATES * units, channels], weights_hidden [GATES * units, units], bias
    [GATES * units], gate after gate.
    """

    GATES: ClassVar[int]
    STATES: ClassVar[int]

    units: int

    def output_shape(self, shape: Shape) -> Shape:
        """A vector: the last state. Raises NetworkError unless the rows have one frequency bin."""
        if shape.frequency != 1:
            raise NetworkError(f"a recurrent layer needs rows of one frequency bin, its input is {tuple(shape)}.")
        return Shape(1, 1, self.units)

    def parameters(self, shape: Shape) -> int:
        """gates * h (in + h + 1)."""
        return self.GATES * self.units * (shape.channels + self.units + 1)

    def multiplies(self, shape: Shape) -> int:
        """gates * h (in + h) a step, one step a row."""
        return shape.time * self.GATES * self.units * (shape.channels + self.units)

    def time_window(self, shape: Shape) -> None:
        """None: it reduces over the whole window."""
        return None

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


@dataclass(frozen=True, kw_only=True)
class Dense(Layer):
    """Fully connected with bias. Input: a vector. Deployed weights: [units, channels_in], bias [units]."""

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

    def time_window(self, shape: Shape) -> None:
        """None: it works on a vector."""
        return None

    def state_bytes(self, shape: Shape) -> int:
        """None."""
        return 0


AnyLayer = Convolution | DepthwiseConv | AveragePool | GlobalAverage | Gru | Lstm | Dense
RecurrentLayer = Gru | Lstm
WindowedLayer = Convolution | DepthwiseConv | AveragePool

LAYER_KINDS: dict[str, type[AnyLayer]] = {
    "convolution": Convolution,
    "depthwise": DepthwiseConv,
    "average_pool": AveragePool,
    "global_average": GlobalAverage,
    "gru": Gru,
    "lstm": Lstm,
    "dense": Dense,
}


def _same_output(shape: Shape, stride: tuple[int, int], channels: int) -> Shape:
    return Shape(-(-shape.time // stride[0]), -(-shape.frequency // stride[1]), channels)


def _ring_bytes(rows: int, shape: Shape) -> int:
    return rows * shape.frequency * shape.channels if rows > 1 else 0
