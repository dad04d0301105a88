"""The integer GRU and LSTM against the float ones: close at every step, no drift, within what exactness needs."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from edgegenre.errors import BundleError, QuantizationError
from edgegenre.integer import int16, recurrent
from edgegenre.integer.archive import load_integers, save_integers
from edgegenre.integer.operations import Cell
from edgegenre.integer.quantization import Quantization
from edgegenre.network.float_recurrent import recurrent_steps
from edgegenre.network.layers import Gru, Lstm, RecurrentLayer
from edgegenre.network.network import Node
from edgegenre.quantize.recurrent import entering_gates, quantize_recurrent, short_scale
from tests.networks import random_integer_network

CHANNELS, UNITS = 20, 24


def slow_arrays(seed: int = 0, cell: type[RecurrentLayer] = Gru) -> dict[str, np.ndarray]:
    """Orthogonal recurrent weights, update or forget gates near one: errors have every chance to add up."""
    generator = np.random.default_rng(seed)
    gains = (1.0, 1.0, 1.2, 1.0)[: cell.GATES]
    hidden = [np.linalg.qr(generator.normal(size=(UNITS, UNITS)))[0] * gain for gain in gains]
    bias = generator.normal(0, 0.3, cell.GATES * UNITS)
    bias[UNITS : 2 * UNITS] += generator.uniform(0, 6 if cell is Gru else 3, UNITS)
    return {
        "weights_input": generator.normal(0, CHANNELS**-0.5, (cell.GATES * UNITS, CHANNELS)).astype(np.float32),
        "weights_hidden": np.concatenate(hidden).astype(np.float32),
        "bias": bias.astype(np.float32),
    }


def quantized(
    arrays: dict[str, np.ndarray], scale: float = 4 / 255, zero_point: int = -7, cell: type[RecurrentLayer] = Gru
) -> Cell:
    source = Quantization(scale=float(np.float32(short_scale(scale))), zero_point=zero_point)
    node = Node(name="cell", layer=cell(units=UNITS), inputs=("x",))
    some = np.random.default_rng(1).integers(-128, 128, (4, 60, 1, CHANNELS))
    largest = float(entering_gates(node.layer, source.real(some).astype(np.float32), arrays).max())
    return quantize_recurrent(node, "x", source, largest, arrays)


@pytest.mark.parametrize("cell", [Gru, Lstm])
def test_ten_thousand_slow_steps_do_not_drift_from_float(cell: type[RecurrentLayer]) -> None:
    arrays = slow_arrays(cell=cell)
    layer = quantized(arrays, cell=cell)
    rows = np.random.default_rng(2).integers(-128, 128, (2, 10_000, 1, CHANNELS)).astype(np.int8)
    expected = recurrent_steps(cell(units=UNITS), layer.input.real(rows).astype(np.float32), arrays)
    state = recurrent.first_state(layer, 2)
    errors = []
    for index, step in enumerate(expected):
        state = recurrent.step(layer, rows[:, index, 0], state)
        errors.append(np.abs(state[:, :UNITS] * int16.STATE_SCALE - step.state).mean())
    early, late = np.mean(errors[500:1500]), np.mean(errors[-1000:])
    assert late < 0.004
    assert late < 1.3 * early


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.integers(-32768, 32767), min_size=2, max_size=2))
def test_products_and_rounding_are_within_a_step_of_the_real_ones(values: list[int]) -> None:
    a, b = (np.array([value], np.int64) for value in values)
    assert abs(int(int16.product(a, b)[0]) - min(values[0] * values[1] / 32768, 32767)) <= 0.75
    assert abs(int(int16.to_int8(a)[0]) - min(values[0] / 256, 127)) <= 0.51


@pytest.mark.parametrize(("function", "real"), [(int16.sigmoid, lambda x: 1 / (1 + np.exp(-x))), (int16.tanh, np.tanh)])
@pytest.mark.parametrize("scale", [257 * 2.0**-20, 384 * 2.0**-20, 511 * 2.0**-19])
def test_lookups_are_close_to_the_functions_for_all_65536_values(function, real, scale) -> None:
    values = np.arange(-32768, 32768)
    assert np.abs(function(values, scale) / 32768 - real(values * scale)).max() < 2e-4


@settings(max_examples=100, deadline=None)
@given(scale=st.floats(1e-9, 0.49))
def test_odd_multipliers_are_odd_of_15_bits_and_reach_the_scale(scale: float) -> None:
    multiplier, shift = int16.odd_multiplier(scale)
    assert multiplier % 2 == 1
    assert 1 << 14 < multiplier < 1 << 15
    assert 16 <= shift <= 32
    reached = multiplier * 2.0**-shift
    assert scale <= reached
    assert shift == 32 or reached < scale * 1.0002


@settings(max_examples=100, deadline=None)
@given(scale=st.floats(1e-6, 100.0))
def test_short_scales_have_nine_bits_and_are_no_power_of_two(scale: float) -> None:
    short = short_scale(scale)
    assert scale <= short < scale * (257 / 256) / (511 / 512)
    mantissa, _ = np.frexp(short)
    assert mantissa * 512 in range(257, 512)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), gain=st.floats(0.05, 6), scale=st.floats(0.003, 0.5))
def test_any_weights_quantize_within_the_promises(seed: int, gain: float, scale: float) -> None:
    # A cell proves odd biases, odd multipliers, shifts and bounds; one that breaks a promise is refused.
    arrays = {name: array * np.float32(gain) for name, array in slow_arrays(seed).items()}
    layer = quantized(arrays, scale)
    assert (layer.bias % 2 == 1).all()
    assert layer.largest_accumulator().max() < 1 << 30
    for multipliers, shifts in (layer.input_multipliers, layer.hidden_multipliers):
        assert (multipliers % 2 == 1).all()
        assert ((shifts >= 16) & (shifts <= 32)).all()


def test_a_gru_on_the_network_s_own_input_is_refused() -> None:
    node = Node(name="gru", layer=Gru(units=UNITS), inputs=("features",))
    with pytest.raises(QuantizationError, match="put a convolution before it"):
        quantize_recurrent(node, "features", Quantization(scale=1 / 32, zero_point=0), 1.0, slow_arrays())


def test_integers_of_a_gru_survive_the_archive_and_tampering_is_noticed(tmp_path) -> None:
    network = random_integer_network("recurrent")
    save_integers(network, tmp_path / "integers.npz")
    loaded = load_integers(tmp_path / "integers.npz")
    ours, theirs = (
        next(operation for operation in item.operations if isinstance(operation, Cell)) for item in (network, loaded)
    )
    for name in ("weights_input", "weights_hidden", "bias", "scales_input", "scales_hidden", "gate_scale"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
    broken = dict(np.load(tmp_path / "integers.npz"))
    broken["cell/bias"] = broken["cell/bias"] + np.int32(1)
    np.savez(tmp_path / "broken.npz", **broken)
    with pytest.raises(BundleError, match="odd"):
        load_integers(tmp_path / "broken.npz")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda layer: {"gate_scale": layer.gate_scale * 1.5}, "mantissa"),
        (lambda layer: {"scales_hidden": layer.scales_hidden * np.float32(2.0**-16)}, "outside 16 to 32"),
        (lambda layer: {"weights_input": layer.weights_input[:-1]}, "weights_input"),
        (lambda layer: {"bias": layer.bias | np.int32(1 << 30)}, r"2\*\*30"),
    ],
)
def test_a_broken_promise_is_refused(change, message: str) -> None:
    network = random_integer_network("recurrent")
    (cell,) = (operation for operation in network.operations if isinstance(operation, Cell))
    with pytest.raises(QuantizationError, match=message):
        dataclasses.replace(cell, **change(cell))


@pytest.mark.parametrize("cell", [nn.GRU, nn.LSTM])
def test_float_steps_are_torch_s(cell: type[nn.RNNBase]) -> None:
    torch.manual_seed(0)
    module = cell(CHANNELS, UNITS, batch_first=True)
    nn.init.zeros_(module.get_parameter("bias_hh_l0"))
    rows = torch.randn(3, 20, CHANNELS)
    expected = module(rows)[0].detach().numpy()
    names = {"weights_input": "weight_ih_l0", "weights_hidden": "weight_hh_l0", "bias": "bias_ih_l0"}
    arrays = {ours: module.get_parameter(theirs).detach().numpy() for ours, theirs in names.items()}
    layer = Lstm(units=UNITS) if cell is nn.LSTM else Gru(units=UNITS)
    steps = recurrent_steps(layer, rows.numpy()[:, :, np.newaxis], arrays)
    np.testing.assert_allclose(np.stack([step.state for step in steps], axis=1), expected, atol=2e-6)
