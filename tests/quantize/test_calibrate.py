"""From float to integers: closeness to the float network, proven ranges, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.errors import QuantizationError
from edgegenre.integer.archive import load_integers, save_integers
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Mean, Product
from edgegenre.integer.reference import run, tensors
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.layers import Convolution, Dense, GlobalAverage
from edgegenre.network.network import chain
from edgegenre.network.shape import Shape
from edgegenre.quantize.calibrate import quantize
from edgegenre.quantize.ranges import Histogram, MeanSquare, MinMax, Percentile
from edgegenre.quantize.recipe import integer_recipes, quantization_recipe
from edgegenre.quantize.scales import activation_quantization
from tests.networks import (
    odd_network,
    plain_network,
    random_features,
    random_float_network,
    random_integers,
    real_features,
    recurrent_network,
)


def quantized(network: FloatNetwork, recipe: str = "min-max") -> IntegerNetwork:
    return random_integers(network, recipe=recipe, clips=6)


@pytest.mark.parametrize("recipe", [recipe.name for recipe in integer_recipes()])
@pytest.mark.parametrize("network", [odd_network(), plain_network()], ids=["odd", "plain"])
def test_int8_logits_follow_the_float_logits(network, recipe: str) -> None:
    floats = random_float_network(network)
    integers = quantized(floats, recipe)
    features = random_features(network, 6)
    expected = floats.forward(real_features(network, 6))
    found = integers.output.real(run(integers, features))
    assert np.abs(found - expected).mean() < 0.06 * (expected.max() - expected.min())


@pytest.mark.parametrize("arithmetic", ["float32", "q31"])
def test_interior_tensors_use_their_range(arithmetic) -> None:
    integers = quantized(random_float_network(odd_network()))
    for name, tensor in tensors(integers, random_features(odd_network(), 6), arithmetic):
        assert len(np.unique(tensor)) > 20 or name in ("logits", "hidden", "average", "pool"), name


def test_a_dead_channel_and_a_huge_bias_still_fit() -> None:
    floats = random_float_network(plain_network())
    arrays = {name: {key: array.copy() for key, array in value.items()} for name, value in floats.arrays.items()}
    arrays["second"]["weights"][0] = 0
    arrays["second"]["bias"][:2] = (5.0, 300.0)
    arrays["second"]["weights"][1] *= 1e-6
    integers = quantized(FloatNetwork(network=floats.network, arrays=arrays))
    layer = integers.operations[1]
    assert isinstance(layer, Product)
    assert layer.largest_accumulator().max() < 2**30
    features = random_features(plain_network(), 2)
    tensor = dict(tensors(integers, features))["second"]
    assert np.abs(layer.output.real(tensor[..., 0]) - 5.0).max() <= layer.output.scale
    assert np.abs(layer.output.real(tensor[..., 1]) - 300.0).max() <= 2 * layer.output.scale


def test_a_tiny_output_range_is_widened_until_its_shift_is_allowed() -> None:
    floats = random_float_network(plain_network())
    arrays = {name: {key: array.copy() for key, array in value.items()} for name, value in floats.arrays.items()}
    arrays["second"]["bias"][:] = -1e4
    second = quantized(FloatNetwork(network=floats.network, arrays=arrays)).operations[1]
    assert isinstance(second, Product)
    _, shifts = second.q31_multipliers
    assert shifts.min() >= 1


@pytest.mark.parametrize("recipe", ["min-max", "int16x8"])
@pytest.mark.parametrize("before", ["average", "recurrent"])
def test_a_layer_silent_on_the_calibration_data_may_have_a_dead_channel(recipe: str, before: str) -> None:
    """Its output range is next to nothing, and is widened by what its live channels need."""
    network = plain_network() if before == "average" else recurrent_network()
    name = "second" if before == "average" else "pointwise"
    floats = random_float_network(network)
    arrays = {name: dict(value) for name, value in floats.arrays.items()}
    weights, bias = arrays[name]["weights"].copy(), np.full_like(arrays[name]["bias"], -1e4)
    weights[0], bias[0] = 0, 0
    arrays[name] = {"weights": weights, "bias": bias}
    integers = quantized(FloatNetwork(network=network, arrays=arrays), recipe)
    layer = next(operation for operation in integers.operations if operation.name == name)
    assert isinstance(layer, Product)
    assert (layer.q31_multipliers[1] <= 30).all()
    silent = dict(tensors(integers, random_features(network, 2)))[name]
    assert (silent == layer.output.zero_point).all()


@pytest.mark.parametrize("recipe", ["min-max", "int16x8"])
def test_a_mean_of_next_to_nothing_has_a_scale_in_range(recipe: str) -> None:
    """Values of either sign that cancel in every clip: the mean's own range would be far below its input's step."""
    network = chain(
        "cancelling",
        input_shape=Shape(8, 2, 1),
        layers=[
            ("first", Convolution(channels=2, kernel=(1, 1), activation="none")),
            ("average", GlobalAverage()),
            ("logits", Dense(units=2)),
        ],
    )
    floats = random_float_network(network)
    floats.arrays["first"]["bias"][:] = 0
    features = np.tile(np.array([[1, -1]], np.float32), (4, 8, 1))
    integers = quantize(floats, features, quantization_recipe(recipe))
    average = integers.operations[1]
    assert isinstance(average, Mean)
    assert average.ratio == average.input.scale / average.output.scale <= 128


def test_the_archive_brings_back_the_same_integers(tmp_path) -> None:
    integers = quantized(random_float_network(odd_network()))
    save_integers(integers, tmp_path / "integers.npz")
    again = load_integers(tmp_path / "integers.npz")
    features = random_features(odd_network(), 2)
    for (name, one), (other, two) in zip(tensors(integers, features), tensors(again, features), strict=True):
        assert name == other
        np.testing.assert_array_equal(one, two)


@settings(max_examples=100)
@given(low=st.floats(-50, 0), high=st.floats(0, 50))
def test_zero_is_exact_and_the_range_is_covered(low: float, high: float) -> None:
    quantization = activation_quantization(low, high, relu=False)
    assert quantization.quantize(np.zeros(1))[0] == quantization.zero_point
    for value in (low, high):
        assert abs(quantization.real(quantization.quantize(np.array([value])))[0] - value) <= quantization.scale


def test_a_relu_uses_every_step_above_zero() -> None:
    quantization = activation_quantization(-3.0, 6.0, relu=True)
    assert quantization.zero_point == -128
    assert quantization.scale == pytest.approx(6 / 255)


def test_percentiles_and_least_squares_cut_an_outlier_that_min_max_keeps() -> None:
    values = np.append(np.random.default_rng(0).normal(0, 1, 100_000), 400.0)
    ranges = []
    for observer in (MinMax(), Percentile(0.9999), MeanSquare()):
        for part in np.array_split(values, 7):
            observer.observe(part)
        ranges.append(observer.range()[1])
    assert ranges[0] == 400.0
    assert ranges[1] == pytest.approx(np.quantile(values, 0.9999), abs=0.3)
    assert ranges[2] < 400.0


def test_a_histogram_keeps_every_value_while_it_grows() -> None:
    histogram = Histogram()
    parts = [np.full(10, 0.1), np.full(20, -3.0), np.full(30, 40.0)]
    for part in parts:
        histogram.observe(part)
    centers = (histogram.edges[1:] + histogram.edges[:-1]) / 2
    assert histogram.counts.sum() == 60
    assert (histogram.counts * centers).sum() == pytest.approx(sum(part.sum() for part in parts), rel=0.05)


def test_an_unknown_recipe_gets_the_nearest_name() -> None:
    with pytest.raises(QuantizationError, match="Did you mean 'min-max'"):
        quantization_recipe("minmax")
