"""The trainable form of the integers: the integer network's numbers forward, the float network's gradients backward."""

import dataclasses

import numpy as np
import pytest
import torch
from torch.nn.functional import cosine_similarity

from edgegenre.errors import QuantizationError, TrainingError
from edgegenre.integer import reference
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell, Operation, PerChannel, WeightedOperation
from edgegenre.network.layers import Convolution, Dense, GlobalAverage
from edgegenre.network.network import chain
from edgegenre.network.shape import Shape
from edgegenre.quantize.calibrate import INPUT, quantize
from edgegenre.quantize.recipe import quantization_recipe
from edgegenre.training.fake_quantized import FakeQuantized, largest_sum
from edgegenre.training.unfold import unfold
from tests.calibrated import NETWORKS, calibrated, real, same
from tests.networks import odd_network, random_features, random_float_network, random_integers, real_features, replaced

LARGE = 171_750_973
"""A bias between two values of float32."""


def moved(student: FakeQuantized, seed: int = 0) -> FakeQuantized:
    """As if trained long: every weight some steps elsewhere, some of them beyond int8; every bias moved."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in student.parameters():
            parameter += 6 * torch.randn(parameter.shape, generator=generator)
    student.saturate()
    return student


@pytest.mark.parametrize("name", [*NETWORKS, "cnn1", "ds-cnn1", "ds-crnn1"])
def test_every_tensor_of_the_forward_pass_is_the_integer_network_s_to_the_bit(name: str) -> None:
    integers, floats, features = calibrated(name, clips=2)
    start, later = FakeQuantized(integers, floats), moved(FakeQuantized(integers, floats))
    assert same(start.integers(), integers)
    assert not same(later.integers(), integers)
    for student in (start, later):
        with torch.no_grad():
            found = student.tensors(real(features))
        network = student.integers()
        zero_points = {operation.name: operation.output.zero_point for operation in network.operations}
        for tensor, expected in reference.tensors(network, features):
            steps = found[tensor].numpy().transpose(0, 2, 3, 1) + zero_points.get(tensor, 0)
            np.testing.assert_array_equal(steps.reshape(expected.shape), expected, err_msg=tensor)


def with_large_biases(network: IntegerNetwork) -> IntegerNetwork:
    """Channel 0 of every convolution has no weights and a bias of 28 bits, at the scale that gives it 40 steps."""

    def large(operation: Operation) -> dict[str, np.ndarray]:
        if operation.name not in ("first", "depthwise", "pointwise", "standard"):
            return {}
        assert isinstance(operation, WeightedOperation)
        first = np.arange(operation.channels) == 0
        weights = operation.weights.copy()
        weights[(..., 0) if isinstance(operation, PerChannel) else 0] = 0
        scale = np.float32(40 * operation.output.scale / (operation.input.scale * LARGE))
        return {
            "weights": weights,
            "bias": np.where(first, np.int32(LARGE), operation.bias).astype(np.int32),
            "weight_scales": np.where(first, scale, operation.weight_scales).astype(np.float32),
        }

    return replaced(network, large)


def weighted(network: IntegerNetwork) -> list[WeightedOperation]:
    return [operation for operation in network.operations if isinstance(operation, WeightedOperation)]


@pytest.mark.parametrize("name", ["odd", "gru"])
def test_biases_beyond_what_float32_holds_are_exact(name: str) -> None:
    calibrated_integers, floats, features = calibrated(name, clips=2)
    integers = with_large_biases(calibrated_integers)
    start = FakeQuantized(integers, floats)
    kept = [operation.bias[0] for operation in weighted(start.integers())]
    assert kept.count(LARGE) >= 3
    later = FakeQuantized(integers, floats)
    with torch.no_grad():
        for parameter in later.parameters():
            parameter += 0.4
    for student in (start, later):
        network = student.integers()
        assert max(operation.largest_accumulator().max() for operation in weighted(network)) > 1 << 27
        with torch.no_grad():
            found = student(real(features)).numpy()
        expected = network.output.real(reference.run(network, features))
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_sums_beyond_what_float32_holds_are_exact_and_have_gradients() -> None:
    """2304 weights of 127 and a bias that takes their sum away again: what is left is lost in float32's rounding."""
    network = chain(
        "deep",
        input_shape=Shape(24, 24, 1),
        layers=[
            ("first", Convolution(channels=4, kernel=(1, 1))),
            ("deep", Convolution(channels=3, kernel=(24, 24), activation="none")),
            ("average", GlobalAverage()),
            ("logits", Dense(units=3)),
        ],
    )
    floats = random_float_network(network)
    generator = np.random.default_rng(4)
    features = np.tile(generator.integers(100, 127, (1, 24, 24)).astype(np.int8), (20, 1, 1))
    features[np.arange(20), 12, np.arange(20)] -= np.arange(20, dtype=np.int8)
    integers = quantize(floats, INPUT.real(features).astype(np.float32), quantization_recipe("min-max"))
    first, deep, *others = integers.operations
    middle = 11  # the place whose window has no padding
    (_, _), (_, rows), *_ = reference.tensors(integers, features)
    sums = 127 * (rows[0].astype(int) - deep.input.zero_point).sum()
    assert sums > 1 << 24
    assert isinstance(deep, WeightedOperation)
    deep = dataclasses.replace(
        deep,
        weights=np.full_like(deep.weights, 127),
        bias=np.array([-sums, 1 - sums, 2 - sums], np.int32),
        weight_scales=np.full(3, 0.05 * deep.output.scale / deep.input.scale, np.float32),
    )
    integers = dataclasses.replace(integers, operations=(first, deep, *others))
    student = FakeQuantized(integers, floats)
    found = student.tensors(real(features))["deep"]
    steps = found.detach().numpy().transpose(0, 2, 3, 1) + deep.output.zero_point
    expected = dict(reference.tensors(integers, features))["deep"]
    assert len(np.unique(expected[:, middle, middle])) > 10
    np.testing.assert_array_equal(steps, expected)
    found.sum().backward()
    gradient = student.get_parameter("layers.deep.weights").grad
    assert gradient is not None
    assert gradient.abs().sum() > 0


def test_the_largest_sum_is_the_one_that_the_integers_prove() -> None:
    integers, _, _ = calibrated("odd")
    first = integers.operations[0]
    assert isinstance(first, WeightedOperation)
    for layer in (first, dataclasses.replace(first, bias=first.bias + np.int32(LARGE))):
        weights = torch.from_numpy(layer.weights.transpose(0, 3, 1, 2).astype(np.float32))
        bias = torch.from_numpy(layer.bias.astype(np.float64))
        assert largest_sum(layer, weights, bias) == layer.largest_accumulator().max()


def test_a_bias_trained_beyond_int32_is_refused() -> None:
    integers, floats, _ = calibrated("odd")
    student = FakeQuantized(integers, floats)
    with torch.no_grad():
        student.get_parameter("layers.standard.bias").fill_(2.0**31)
    with pytest.raises(QuantizationError, match=r"'standard': an accumulator can reach 2\*\*30"):
        student.integers()


@pytest.mark.parametrize("name", NETWORKS)
def test_logits_are_the_real_values_of_the_integer_logits(name: str) -> None:
    integers, floats, features = calibrated(name)
    with torch.no_grad():
        found = FakeQuantized(integers, floats)(real(features)).numpy()
    np.testing.assert_allclose(found, integers.output.real(reference.run(integers, features)), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_point_where_those_of_the_float_network_point(name: str) -> None:
    """Ranges with room to spare, so that nothing saturates: a saturated value has no gradient, and should not."""
    floats = random_float_network(NETWORKS[name]())
    features = random_features(floats.network, 8)
    louder = 1.25 * real_features(floats.network, 8)
    integers = quantize(floats, louder, quantization_recipe("min-max"))
    student, teacher = FakeQuantized(integers, floats), unfold(floats)
    direction = np.random.default_rng(3).normal(size=(8, floats.network.classes)).astype(np.float32)
    for module in (student, teacher):
        (module(real(features)) * torch.from_numpy(direction)).sum().backward()
    for layer in integers.operations:
        theirs = dict(teacher.layers[layer.name].named_parameters())
        for parameter, values in student.layers[layer.name].named_parameters():
            assert values.grad is not None
            expected = _float_gradient(theirs, parameter, layer).reshape(values.shape)
            expected = expected * _unit(layer, parameter, values.ndim)
            where = (layer.name, parameter)
            assert cosine_similarity(values.grad.flatten(), expected.flatten(), dim=0) > 0.9, where
            assert 0.75 < values.grad.norm() / expected.norm() < 1.33, where


def _unit(layer: Operation, parameter: str, dimensions: int) -> torch.Tensor:
    """What one step of the student's parameter is worth in the float network's array, for each of its rows."""
    if parameter == "bias":
        return torch.tensor(1 / 128 if isinstance(layer, Cell) else layer.output.scale)
    if isinstance(layer, Cell):
        gates = layer.scales_input if parameter == "weights_input" else layer.scales_hidden
        scales = np.repeat(gates, layer.units)
    else:
        assert isinstance(layer, WeightedOperation)
        scales = layer.weight_scales
    return torch.from_numpy(scales).reshape(-1, *[1] * (dimensions - 1))


def _float_gradient(theirs: dict[str, torch.nn.Parameter], parameter: str, layer: Operation) -> torch.Tensor:
    """The gradient of the float module's array that `parameter` moves."""
    gradients = {name: value.grad for name, value in theirs.items()}
    if isinstance(layer, Cell):
        inputs, hidden = gradients["cell.weight_ih_l0"], gradients["cell.weight_hh_l0"]
        assert inputs is not None
        assert hidden is not None
        return {"weights_input": inputs[:, :-1], "weights_hidden": hidden, "bias": inputs[:, -1]}[parameter]
    kind = "bias" if parameter == "bias" else "weight"
    (found,) = [gradient for name, gradient in gradients.items() if name.endswith(kind)]
    assert found is not None
    return found


def test_wide_activations_are_refused_by_the_layer_s_name() -> None:
    floats = random_float_network(odd_network())
    with pytest.raises(TrainingError, match=r"'first' has 16-bit activations"):
        FakeQuantized(random_integers(floats, recipe="int16x8"), floats)
