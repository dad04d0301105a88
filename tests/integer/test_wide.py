"""int16 activations: nearer to float than int8 ones, streamed to the bit, and LiteRT's own numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.export.tflite.clip import tflite_bytes
from edgegenre.integer.archive import load_integers, save_integers
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import PerChannel, WeightedOperation
from edgegenre.integer.reference import run, tensors
from edgegenre.integer.requantize import narrowed_multiplier, q31_multiplier
from edgegenre.integer.streaming import IntegerStream
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.network import Network
from edgegenre.quantize.calibrate import INPUT, quantize
from edgegenre.quantize.recipe import quantization_recipe
from tests.export.engines import chains, run_litert
from tests.networks import (
    odd_network,
    plain_network,
    random_features,
    random_float_network,
    random_integers,
    recurrent_network,
)


def wide(network: Network, seed: int = 0) -> IntegerNetwork:
    return random_integers(network, seed, "int16x8")


@settings(max_examples=25, deadline=None)
@given(network=chains(), seed=st.integers(0, 10_000), reference_kernels=st.booleans())
def test_any_chain_has_litert_s_logits_with_either_kernels(
    network: Network, seed: int, reference_kernels: bool
) -> None:
    integers = wide(network, seed)
    features = random_features(network, 4, seed + 1)
    model = tflite_bytes(integers, "{}")
    expected = run(integers, features)
    assert expected.dtype == np.int16
    np.testing.assert_array_equal(run_litert(model, features, reference_kernels=reference_kernels), expected)


@pytest.mark.parametrize("network", [odd_network(), plain_network(), recurrent_network()], ids=lambda item: item.name)
def test_both_arithmetics_are_one_and_a_stream_equals_its_window(network: Network) -> None:
    integers = wide(network)
    features = random_features(network, 1, seed=4)
    expected = run(integers, features, "float32")
    np.testing.assert_array_equal(run(integers, features, "q31"), expected)
    stream = IntegerStream(integers)
    results = [item for start in range(0, features.shape[1], 7) for item in stream.push(features[0, start : start + 7])]
    np.testing.assert_array_equal(results[-1].logits, expected[0])


def with_weights_of(integers: IntegerNetwork, floats: FloatNetwork) -> FloatNetwork:
    """The float network whose weights are exactly those integers: quantizing it again loses activations alone."""
    arrays = {name: dict(values) for name, values in floats.arrays.items()}
    for operation in integers.operations:
        if isinstance(operation, WeightedOperation) and arrays[operation.name]:
            per_channel = isinstance(operation, PerChannel)
            scales = operation.weight_scales if per_channel else operation.weight_scales.reshape(-1, 1, 1, 1)
            weights = (operation.weights * scales).astype(np.float32)
            arrays[operation.name]["weights"] = weights.reshape(arrays[operation.name]["weights"].shape)
    return FloatNetwork(network=floats.network, arrays=arrays)


@pytest.mark.parametrize("network", [odd_network(), plain_network()], ids=lambda item: item.name)
def test_activations_of_16_bits_lose_a_tenth_of_what_8_lose_at_most(network: Network) -> None:
    floats = with_weights_of(wide(network), random_float_network(network))
    features = random_features(network, 4)
    inputs = INPUT.real(features).astype(np.float32)
    expected = floats.forward(inputs)
    errors = []
    for name in ("min-max", "int16x8"):
        integers = quantize(floats, inputs, quantization_recipe(name))
        errors.append(np.abs(integers.output.real(run(integers, features)) - expected).mean())
    assert errors[1] < 0.1 * errors[0]


@settings(max_examples=100, deadline=None)
@given(scale=st.floats(1e-6, 0.49))
def test_multipliers_of_15_bits_are_the_scale_to_15_bits(scale: float) -> None:
    multiplier, shift = narrowed_multiplier(*q31_multiplier(np.array([scale])))
    assert 1 << 14 <= multiplier[0] < 1 << 15
    assert abs(multiplier[0] * 2.0 ** -float(shift[0]) / scale - 1) <= 2.0**-14


def test_the_archive_keeps_the_width_and_tensors_are_int16(tmp_path) -> None:
    integers = wide(odd_network())
    save_integers(integers, tmp_path / "integers.npz")
    loaded = load_integers(tmp_path / "integers.npz")
    features = random_features(integers, 2)
    inside = list(tensors(loaded, features))
    assert [values.dtype for _, values in inside] == [np.int8] + [np.int16] * len(integers.operations)
    np.testing.assert_array_equal(inside[-1][1].reshape(2, -1), run(integers, features))
