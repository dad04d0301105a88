"""The trainable form of the integers: the integer network's numbers forward, the float network's gradients backward."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cosine_similarity

from edgegenre.errors import TrainingError
from edgegenre.integer import reference
from edgegenre.integer.tensors import AnyIntegerLayer, IntegerRecurrent
from edgegenre.quantize.calibrate import INPUT, quantize
from edgegenre.quantize.recipe import quantization_recipe
from edgegenre.training.fake_quantized import FakeQuantized
from edgegenre.training.unfold import unfold
from tests.calibrated import NETWORKS, calibrated, real, same
from tests.networks import odd_network, random_features, random_float_network


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
        zero_points = {layer.node.name: layer.output.zero_point for layer in network.layers}
        for tensor, expected in reference.tensors(network, features):
            steps = found[tensor].numpy().transpose(0, 2, 3, 1) + zero_points.get(tensor, 0)
            np.testing.assert_array_equal(steps.reshape(expected.shape), expected, err_msg=tensor)


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
    louder = 1.25 * INPUT.real(features).astype(np.float32)
    integers = quantize(floats, louder, quantization_recipe("min-max"))
    student, teacher = FakeQuantized(integers, floats), unfold(floats)
    direction = np.random.default_rng(3).normal(size=(8, floats.network.classes)).astype(np.float32)
    for module in (student, teacher):
        (module(real(features)) * torch.from_numpy(direction)).sum().backward()
    for layer in integers.layers:
        theirs = dict(teacher.layers[layer.node.name].named_parameters())
        for parameter, values in student.layers[layer.node.name].named_parameters():
            assert values.grad is not None
            expected = _float_gradient(theirs, parameter, layer).reshape(values.shape)
            expected = expected * _unit(layer, parameter, values.ndim)
            where = (layer.node.name, parameter)
            assert cosine_similarity(values.grad.flatten(), expected.flatten(), dim=0) > 0.9, where
            assert 0.75 < values.grad.norm() / expected.norm() < 1.33, where


def _unit(layer: AnyIntegerLayer, parameter: str, dimensions: int) -> torch.Tensor:
    """What one step of the student's parameter is worth in the float network's array, for each of its rows."""
    if parameter == "bias":
        return torch.tensor(1 / 128 if isinstance(layer, IntegerRecurrent) else layer.output.scale)
    if isinstance(layer, IntegerRecurrent):
        gates = layer.scales_input if parameter == "weights_input" else layer.scales_hidden
        scales = np.repeat(gates, layer.units)
    else:
        scales = layer.weight_scales
    return torch.from_numpy(scales).reshape(-1, *[1] * (dimensions - 1))


def _float_gradient(theirs: dict[str, torch.nn.Parameter], parameter: str, layer: AnyIntegerLayer) -> torch.Tensor:
    """The gradient of the float module's array that `parameter` moves."""
    gradients = {name: value.grad for name, value in theirs.items()}
    if isinstance(layer, IntegerRecurrent):
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
    features = INPUT.real(random_features(floats.network, 2)).astype(np.float32)
    with pytest.raises(TrainingError, match=r"'first' has 16-bit activations"):
        FakeQuantized(quantize(floats, features, quantization_recipe("int16x8")), floats)
