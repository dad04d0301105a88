"""Standard and depthwise convolution, each with batch norm and ReLU where the paper has them."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from edgegenre.errors import NetworkError
from edgegenre.network.layers.base import Stateless, TimeWindow
from edgegenre.network.shape import NO_PADDING, Padding, Shape, same_padding, valid_length

Activation = Literal["relu", "none"]
PaddingRule = Literal["same", "valid"]


@dataclass(frozen=True, kw_only=True)
class _Convolving(Stateless):
    """What standard and depthwise convolutions share: a kernel that slides over time and frequency.

    padding: "same" surrounds the input by zero points so that the output has ceil(input / stride) positions; "valid"
    uses whole windows of the input alone. bias: of a layer without batch norm, whose beta is one.
    """

    INPUTS: ClassVar[int | None] = 1

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: PaddingRule = "same"
    batch_norm: bool = True
    bias: bool = True
    activation: Activation = "relu"

    def borders(self, shape: Shape) -> Padding:
        """Zero-point rows and columns around the input."""
        return same_padding(shape, self.kernel, self.stride) if self.padding == "same" else NO_PADDING

    def time_windows(self, shape: Shape) -> tuple[TimeWindow, ...]:
        """`kernel` rows, of which the border's top lies before row t * stride."""
        return (TimeWindow(kernel=self.kernel[0], stride=self.stride[0], before=self.borders(shape).top),)

    def _own_parameters(self, channels: int) -> int:
        """All but the weights."""
        return channels * (2 if self.batch_norm else int(self.bias))

    def _output(self, shape: Shape, channels: int) -> Shape:
        if self.padding == "same":
            return Shape(-(-shape.time // self.stride[0]), -(-shape.frequency // self.stride[1]), channels)
        time, frequency = (
            valid_length(length, kernel, stride)
            for length, kernel, stride in zip(shape[:2], self.kernel, self.stride, strict=True)
        )
        if time < 1 or frequency < 1:
            raise NetworkError(f"a kernel of {self.kernel} without padding does not fit into {tuple(shape)}.")
        return Shape(time, frequency, channels)


@dataclass(frozen=True, kw_only=True)
class Convolution(_Convolving):
    """Standard 2-D convolution, batch norm, activation (Liang et al., section II-A).

    Deployed weights: [channels, kernel_time, kernel_frequency, channels_in]. A pointwise convolution has kernel (1, 1);
    on a vector it is a dense layer with batch norm and activation.
    """

    channels: int

    def output_shape(self, shape: Shape) -> Shape:
        """[ceil(time / stride), ceil(frequency / stride), channels]; less without padding, or a NetworkError."""
        return self._output(shape, self.channels)

    def parameters(self, shape: Shape) -> int:
        """Weights and batch norm's gamma and beta, or weights and bias."""
        return self.kernel[0] * self.kernel[1] * shape.channels * self.channels + self._own_parameters(self.channels)

    def multiplies(self, shape: Shape) -> int:
        """Eq. (4): H_k * W_k * M * N * H_out * W_out."""
        return self.kernel[0] * self.kernel[1] * shape.channels * self.output_shape(shape).values


@dataclass(frozen=True, kw_only=True)
class DepthwiseConv(_Convolving):
    """One filter per channel, batch norm, activation (Liang et al., section II-B).

    Deployed weights: [kernel_time, kernel_frequency, channels].
    """

    def output_shape(self, shape: Shape) -> Shape:
        """[ceil(time / stride), ceil(frequency / stride), channels]; less without padding, or a NetworkError."""
        return self._output(shape, shape.channels)

    def parameters(self, shape: Shape) -> int:
        """Weights and batch norm's gamma and beta, or weights and bias."""
        return self.kernel[0] * self.kernel[1] * shape.channels + self._own_parameters(shape.channels)

    def multiplies(self, shape: Shape) -> int:
        """Eq. (2), depthwise part: H_k * W_k * M * H_out * W_out."""
        return self.kernel[0] * self.kernel[1] * self.output_shape(shape).values
