"""Shapes, counts and stream needs of the layers, against TensorFlow's SAME rule and sums done by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.network.costs import costs
from edgegenre.network.layers import AnyLayer, AveragePool, Convolution, Dense, DepthwiseConv, GlobalAverage, Gru
from edgegenre.network.network import chain
from edgegenre.network.shape import Padding, Shape


def test_the_first_convolution_of_the_paper_pads_three_and_four_rows() -> None:
    layer = Convolution(channels=32, kernel=(10, 4), stride=(4, 2))
    assert layer.borders(Shape(599, 12, 1)) == Padding(top=3, bottom=4, left=1, right=1)
    assert layer.output_shape(Shape(599, 12, 1)) == (150, 6, 32)


def test_a_stride_of_two_pads_behind_and_a_stride_of_one_on_both_sides() -> None:
    shape = Shape(150, 6, 8)
    assert DepthwiseConv(kernel=(3, 3), stride=(2, 2)).borders(shape) == Padding(top=0, bottom=1, left=0, right=1)
    assert DepthwiseConv(kernel=(3, 3)).borders(shape) == Padding(top=1, bottom=1, left=1, right=1)


def test_an_average_pool_drops_the_incomplete_window() -> None:
    assert AveragePool(window=(2, 2)).output_shape(Shape(75, 3, 218)) == (37, 1, 218)


@settings(max_examples=60, deadline=None)
@given(
    time=st.integers(1, 40),
    frequency=st.integers(1, 12),
    kernel=st.tuples(st.integers(1, 7), st.integers(1, 5)),
    stride=st.tuples(st.integers(1, 4), st.integers(1, 3)),
)
def test_same_padding_gives_ceil_of_length_over_stride(
    time: int, frequency: int, kernel: tuple[int, int], stride: tuple[int, int]
) -> None:
    shape = Shape(time, frequency, 2)
    layer = Convolution(channels=3, kernel=kernel, stride=stride)
    padding = layer.borders(shape)
    rows = np.lib.stride_tricks.sliding_window_view(np.zeros(time + padding.top + padding.bottom), kernel[0])[
        :: stride[0]
    ]
    assert layer.output_shape(shape).time == math.ceil(time / stride[0]) == len(rows)
    assert layer.output_shape(shape).frequency == math.ceil(frequency / stride[1])
    assert 0 <= padding.bottom - padding.top <= 1


def test_counts_of_parameters_follow_the_paper_s_convention() -> None:
    assert Convolution(channels=256, kernel=(10, 4)).parameters(Shape(599, 12, 1)) == 40 * 256 + 2 * 256
    assert DepthwiseConv(kernel=(3, 3)).parameters(Shape(150, 6, 256)) == 9 * 256 + 2 * 256
    assert Gru(units=232).parameters(Shape(37, 1, 218)) == 3 * 232 * (218 + 232 + 1)
    assert Dense(units=13).parameters(Shape(1, 1, 232)) == 13 * 232 + 13


@pytest.mark.parametrize(("kernel", "rows"), [((1, 1), 0), ((3, 3), 3)])
def test_a_ring_holds_the_rows_of_the_kernel(kernel: tuple[int, int], rows: int) -> None:
    layers: list[tuple[str, AnyLayer]] = [
        ("layer", DepthwiseConv(kernel=kernel)),
        ("average", GlobalAverage()),
        ("logits", Dense(units=4)),
    ]
    network = chain("one-layer", input_shape=Shape(150, 6, 256), layers=layers)
    kept = [layer.state_bytes for layer in costs(network, frames_per_second=20).layers]
    assert kept == [rows * 6 * 256, 256 * 4, 0]
