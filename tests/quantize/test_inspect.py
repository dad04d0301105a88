"""Noise, saturation, bounds and shifts against cases computed by hand."""

import math

import numpy as np
import pytest

from edgegenre.integer.operations import Product
from edgegenre.integer.quantization import Quantization
from edgegenre.quantize.calibrate import quantize
from edgegenre.quantize.inspect import OUTSIDE, TensorFigures, headroom_bits, shift_range, tensor_figures
from edgegenre.quantize.recipe import quantization_recipe
from edgegenre.zoo.registry import model
from tests.networks import odd_network, random_features, random_float_network, random_integers

HALF = Quantization(scale=0.5, zero_point=3)


def test_the_ratio_is_signal_over_noise_as_the_sum_by_hand_says() -> None:
    """Real values 1, -2, 4, the integers stand for 1.0, -2.5, 4.0: signal 21, noise 0.25, in two parts."""
    figures = TensorFigures()
    figures.add(np.array([5, -2], np.int8), np.array([1.0, -2.0]), HALF)
    figures.add(np.array([11], np.int8), np.array([4.0]), HALF)
    assert figures.noise_ratio == pytest.approx(10 * math.log10(21 / 0.25))
    assert figures.values == 3


def test_only_values_that_int8_could_not_reach_count_as_saturated() -> None:
    """HALF covers -65.5 to 62.0; a quarter beyond an end still rounds to it."""
    floats = np.array([62.0, 62.2, 62.3, 500.0, -65.5, -65.7, -65.8, 0.0])
    figures = TensorFigures()
    figures.add(HALF.quantize(floats), floats, HALF)
    assert figures.saturated == 3
    assert figures.saturation == 3 / 8


def test_a_value_beyond_the_range_that_the_integers_do_not_clip_is_not_saturated() -> None:
    figures = TensorFigures()
    figures.add(np.array([120], np.int8), np.array([70.0]), HALF)
    assert figures.saturated == 0


def test_the_histogram_counts_float_values_in_steps_and_gathers_what_is_far_outside() -> None:
    figures = TensorFigures()
    floats = np.array([-1.5, -1.5, 62.5, 1e6, -1e6])
    figures.add(HALF.quantize(floats), floats, HALF)
    zero = OUTSIDE + 128
    assert figures.counts[zero] == 2
    assert figures.counts[zero + 128] == 1
    assert figures.counts[-1] == figures.counts[0] == 1
    assert figures.counts.sum() == 5


def test_steps_of_int16_are_shown_at_the_width_of_int8_steps() -> None:
    wide = Quantization(scale=0.001, zero_point=0, bits=16)
    figures = TensorFigures()
    floats = np.array([0.256, 40.0])
    figures.add(wide.quantize(floats), floats, wide)
    assert figures.counts[OUTSIDE + 128 + 1] == 1
    assert figures.saturated == 1


def test_equal_or_silent_tensors_have_no_ratio() -> None:
    figures = TensorFigures()
    assert figures.noise_ratio is None
    figures.add(np.array([3], np.int8), np.array([0.0]), HALF)
    assert figures.noise_ratio is None
    assert figures.saturation == 0.0


def test_every_layer_is_compared_and_clipping_the_calibration_shows_where_it_was_clipped() -> None:
    floats = random_float_network(odd_network())
    features = random_features(odd_network(), 4)
    integers = random_integers(floats, clips=4)
    figures = tensor_figures(integers, floats, features)
    assert list(figures) == [node.name for node in odd_network().nodes]
    assert all(item.saturated == 0 for item in figures.values())
    assert all(item.noise_ratio is not None and item.noise_ratio > 20 for item in figures.values())
    # Calibrated on half the signal, the same clips reach beyond the ranges.
    narrow = quantize(floats, features.astype(np.float32) / 64, quantization_recipe("min-max"))
    clipped = tensor_figures(narrow, floats, features)
    assert clipped["first"].saturated > 0
    assert clipped["first"].noise_ratio < figures["first"].noise_ratio
    exact = dict(floats.tensors(features.astype(np.float32) / 32))
    first = narrow.operations[0].output
    beyond = exact["first"] > first.real(np.array([127])) + 1.5 * first.scale
    assert clipped["first"].saturated >= beyond.sum()


def test_headroom_and_shifts_follow_from_the_integers_by_hand() -> None:
    integers = random_integers(odd_network(), clips=4)
    for layer, (shape, *_) in integers.with_shapes():
        reach = max(127 - layer.input.zero_point, layer.input.zero_point + 128)
        if layer.name == "logits":
            assert isinstance(layer, Product)
            sums = [
                reach * sum(abs(int(weight)) for weight in row) + abs(int(bias))
                for row, bias in zip(layer.weights.reshape(layer.channels, -1), layer.bias, strict=True)
            ]
            assert headroom_bits(layer) == pytest.approx(30 - math.log2(max(sums)))
            scale = layer.input.scale * float(layer.weight_scales[0]) / layer.output.scale
            assert shift_range(layer) == (-math.frexp(scale)[1],) * 2
        if layer.name == "average":
            assert headroom_bits(layer) == pytest.approx(30 - math.log2(shape.time * shape.frequency * reach))


@pytest.mark.parametrize("recipe", ["min-max", "int16x8"])
def test_a_recurrent_network_is_inspected_too(recipe: str) -> None:
    network = model("ds-crnn1").build(4)
    floats = random_float_network(network)
    features = random_features(network, 1)
    integers = random_integers(floats, recipe=recipe, clips=1)
    figures = tensor_figures(integers, floats, features)
    assert figures["gru"].noise_ratio > 10
    for operation in integers.operations:
        headroom, shifts = headroom_bits(operation), shift_range(operation)
        assert headroom is not None
        assert shifts is not None
        assert 0 < headroom < 45
        assert 0 < shifts[0] <= shifts[1] <= 46
