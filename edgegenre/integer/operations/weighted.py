"""Products with weights: `Product` over all channels, `PerChannel` within each."""

from dataclasses import dataclass

import numpy as np

from edgegenre.integer.operations.base import BaseOperation, Window, positive
from edgegenre.integer.quantization import INT8_LOW
from edgegenre.integer.requantize import (
    LARGEST_ACCUMULATOR,
    LARGEST_SHIFT,
    SMALLEST_SHIFT,
    float32_scale,
    narrowed_multiplier,
    q31_multiplier,
    q31_scale,
)
from edgegenre.network.layers.base import TimeWindow
from edgegenre.network.shape import Shape

WEIGHT_LIMIT = 127

LARGEST_WIDE_ACCUMULATOR = 1 << 45
"""Of int16 operations. With multipliers of 15 bits the product stays within 61."""


@dataclass(frozen=True, kw_only=True, eq=False)
class WeightedOperation(BaseOperation):
    """A sliding sum of products, a bias, and requantization to the output's steps.

    weights: int8 in [-127, 127]. bias: int32 at scale s_x * s_w, one a channel. weight_scales: float32, one a channel.
    low: the smallest output value; of a ReLU the output's zero point.

    Proven: every accumulator stays below 2**30 for any input (2**45 under int16 activations), every q31 shift lies in
    1 to 30.
    """

    window: Window
    weights: np.ndarray
    bias: np.ndarray
    weight_scales: np.ndarray
    low: int

    def __post_init__(self) -> None:
        self.require_inputs(1)
        found = (self.weights.dtype, self.bias.dtype, self.weight_scales.dtype)
        self.require(
            self.weights.ndim == self._axes and found == (np.int8, np.int32, np.float32),
            f"weights are {self.weights.dtype} {self.weights.shape}, expected int8 with {self._axes} axes",
        )
        self.require(self.weights.size > 0, f"weights of {self.weights.shape}: an axis is empty")
        self.require(
            self.kernel_of_weights == self.window.kernel,
            f"weights have a kernel of {self.kernel_of_weights}, the window {self.window.kernel}",
        )
        self.require(
            self.bias.shape == (self.channels,) and self.weight_scales.shape == (self.channels,),
            f"it needs one bias and one weight scale for each of {self.channels} channels",
        )
        self.require(
            positive(self.input.scale, self.output.scale, self.weight_scales),
            "a scale is zero, negative or not a number",
        )
        same = self.input.bits == self.output.bits
        self.require(
            same and not (self.wide and (self.input.zero_point or self.output.zero_point)),
            "input and output are both int8, or both int16 with zero point 0",
        )
        self.require(self.low in (self.output.low, self.output.zero_point), "it clamps to an end that no ReLU has")
        self.require(not (self.weights == INT8_LOW).any(), "weights must lie in [-127, 127]")
        limit = LARGEST_WIDE_ACCUMULATOR if self.wide else LARGEST_ACCUMULATOR
        self.require(self.largest_accumulator().max() < limit, f"an accumulator can reach 2**{limit.bit_length() - 1}")
        _, shifts = self.q31_multipliers
        self.require(
            shifts.min() >= SMALLEST_SHIFT and shifts.max() <= LARGEST_SHIFT,
            f"a q31 shift lies outside {SMALLEST_SHIFT} to {LARGEST_SHIFT}",
        )

    @property
    def _axes(self) -> int:
        raise NotImplementedError

    @property
    def kernel_of_weights(self) -> tuple[int, int]:
        """Rows and columns of the kernel that the weights hold."""
        raise NotImplementedError

    @property
    def channels(self) -> int:
        """Output channels."""
        raise NotImplementedError

    @property
    def relu(self) -> bool:
        """Whether negative values become zero."""
        return self.low == self.output.zero_point

    @property
    def wide(self) -> bool:
        """Whether its activations are int16: then there is one arithmetic, with `wide_multipliers`."""
        return self.output.bits == 16

    @property
    def wide_multipliers(self) -> tuple[np.ndarray, np.ndarray]:
        """Multipliers of 15 bits and shifts, one per channel, for `int16.requantize`, as LiteRT's int16 kernels."""
        return narrowed_multiplier(*self.q31_multipliers)

    @property
    def float32_scales(self) -> np.ndarray:
        """float32, one per channel, for `requantize_float32`."""
        return float32_scale(self.input.scale, self.weight_scales, self.output.scale)

    @property
    def q31_multipliers(self) -> tuple[np.ndarray, np.ndarray]:
        """Multipliers and shifts, one per channel, for `requantize_q31`."""
        return q31_multiplier(q31_scale(self.input.scale, self.weight_scales, self.output.scale))

    def weight_sums(self) -> np.ndarray:
        """Sum of the weights of each output channel, int64: what a step of the zero point moves an accumulator by."""
        return self._summed(self.weights.astype(np.int64))

    def largest_accumulator(self) -> np.ndarray:
        """The worst case of |accumulator| per output channel, over every possible input: int64."""
        return self._summed(np.abs(self.weights.astype(np.int64))) * self.input.reach + np.abs(
            self.bias.astype(np.int64)
        )

    def time_windows(self, shape: Shape) -> tuple[TimeWindow, ...]:
        """The kernel's rows."""
        return self.window.time_windows(shape)

    def output_shape(self, shape: Shape) -> Shape:
        """The kernel's places and the channels. Raises QuantizationError for another number of input channels."""
        wanted = self.weights.shape[-1]
        self.require(shape.channels == wanted, f"it reads {shape.channels} channels, its weights are for {wanted}")
        time, frequency = self.window.places(shape)
        self.require(min(time, frequency) > 0, f"its kernel does not fit into {tuple(shape)}")
        return Shape(time, frequency, self.channels)

    def _summed(self, weights: np.ndarray) -> np.ndarray:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, eq=False)
class Product(WeightedOperation):
    """Convolution, pointwise convolution and, with a kernel of (1, 1) on a vector, a dense layer.

    weights: [channels, kernel_time, kernel_frequency, channels_in].
    """

    @property
    def _axes(self) -> int:
        return 4

    @property
    def kernel_of_weights(self) -> tuple[int, int]:
        """Axes 1 and 2."""
        return self.weights.shape[1], self.weights.shape[2]

    @property
    def channels(self) -> int:
        """Axis 0."""
        return len(self.weights)

    def _summed(self, weights: np.ndarray) -> np.ndarray:
        sums: np.ndarray = weights.sum(axis=(1, 2, 3))
        return sums


@dataclass(frozen=True, kw_only=True, eq=False)
class PerChannel(WeightedOperation):
    """Depthwise convolution; and average pool, with equal weights and equal quantization in and out.

    weights: [kernel_time, kernel_frequency, channels].
    """

    @property
    def _axes(self) -> int:
        return 3

    @property
    def kernel_of_weights(self) -> tuple[int, int]:
        """Axes 0 and 1."""
        return self.weights.shape[0], self.weights.shape[1]

    @property
    def channels(self) -> int:
        """Axis 2."""
        return self.weights.shape[2]

    @property
    def averages(self) -> bool:
        """Whether it is an average pool."""
        return self.input == self.output and not self.bias.any() and bool((self.weights == WEIGHT_LIMIT).all())

    def _summed(self, weights: np.ndarray) -> np.ndarray:
        sums: np.ndarray = weights.sum(axis=(0, 1))
        return sums
