"""The torch module is the described network: same parameters, same numbers, same rows needed."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from edgegenre.network.costs import costs
from edgegenre.training.fold import fold
from edgegenre.training.module import NetworkModule, build_module
from edgegenre.zoo.registry import model
from tests.networks import LIANG


def with_lived_in_statistics(module: NetworkModule) -> NetworkModule:
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.normal_(part.running_mean, 0, 0.3)
            nn.init.uniform_(part.running_var, 0.5, 2)
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.normal_(part.bias, 0, 0.2)
    for part in module.modules():
        if isinstance(part, nn.GRU):
            nn.init.normal_(part.weight_ih_l0[:, -1], 0, 0.3)
    return module.eval()


@pytest.fixture(params=sorted(LIANG))
def network(request):
    return model(request.param).build(13)


def test_the_module_has_exactly_the_declared_parameters(network):
    module = build_module(network)
    assert (
        sum(parameter.numel() for parameter in module.parameters()) == costs(network, frames_per_second=20).parameters
    )


def test_the_folded_network_computes_the_modules_logits(network):
    torch.manual_seed(1)
    module = with_lived_in_statistics(build_module(network))
    features = torch.randn(1, 599, 12)
    with torch.no_grad():
        expected = module(features).numpy()
    logits = fold(module).forward(features.numpy())
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(logits, expected, atol=1e-4)


def test_weights_start_within_glorots_bounds_and_fill_them(network):
    torch.manual_seed(2)
    for part in build_module(network).modules():
        if isinstance(part, nn.Conv2d):
            field = part.kernel_size[0] * part.kernel_size[1]
            # Depthwise: torch and TensorFlow swap the fans, their sum is the same.
            fans = (part.in_channels // part.groups + part.out_channels) * field
            assert_uniform(part.weight, math.sqrt(6 / fans))
        elif isinstance(part, nn.Linear):
            assert_uniform(part.weight, math.sqrt(6 / (part.in_features + part.out_features)))
            assert not part.bias.any()
        elif isinstance(part, nn.GRU):
            inputs, units = part.input_size - 1, part.hidden_size
            for gate in range(3):
                rows = slice(gate * units, (gate + 1) * units)
                assert_uniform(part.weight_ih_l0[rows, :-1], math.sqrt(6 / (inputs + units)))
                assert_uniform(part.weight_hh_l0[rows], math.sqrt(6 / (2 * units)))
            assert not part.weight_ih_l0[:, -1].any()


def assert_uniform(weight: torch.Tensor, bound: float) -> None:
    largest = weight.abs().max().item()
    assert largest <= bound
    assert largest > 0.98 * bound
    assert weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.1)


def test_no_row_before_the_head_depends_on_a_frame_beyond_the_declared_lookahead(network):
    torch.manual_seed(3)
    module = with_lived_in_statistics(build_module(network)).double()  # one edge weight through ten layers is small
    plan = network.stream_plan()
    last = plan.leading_source
    declared = costs(network, frames_per_second=20)
    features = torch.randn(1, 599, 12, dtype=torch.float64)
    with torch.no_grad():
        rows = module.tensors(features)[last]
        stride = plan.leading_rows.frames
        for row in (0, 7, rows.shape[2] // 2):
            needed = row * stride + declared.lookahead_frames
            changed = features.clone()
            changed[:, needed + 1 :] += 1
            later = module.tensors(changed)[last]
            assert torch.equal(later[:, :, : row + 1], rows[:, :, : row + 1])
            changed[:, needed] += 100
            assert not torch.equal(module.tensors(changed)[last][:, :, row], rows[:, :, row])


def test_a_gru_without_hidden_bias_is_torchs_own_with_that_bias_at_zero():
    torch.manual_seed(4)
    network = model("ds-crnn1").build(13)
    module = with_lived_in_statistics(build_module(network))
    ours = module.layers["gru"]
    reference = nn.GRU(ours.cell.input_size - 1, ours.cell.hidden_size, batch_first=True)
    with torch.no_grad():
        reference.weight_ih_l0.copy_(ours.cell.weight_ih_l0[:, :-1])
        reference.bias_ih_l0.copy_(ours.cell.weight_ih_l0[:, -1])
        reference.weight_hh_l0.copy_(ours.cell.weight_hh_l0)
        reference.bias_hh_l0.zero_()
        x = torch.randn(2, 218, 37, 1)
        expected = reference(x[..., 0].transpose(1, 2))[1][0]
        np.testing.assert_allclose(ours(x).flatten(1).numpy(), expected.numpy(), atol=1e-5)
