"""An IntegerNetwork that exists is one whose ranges are proven: each broken promise is refused by its own sentence."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from edgegenre.errors import QuantizationError
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell, WeightedOperation
from edgegenre.integer.quantization import Quantization, read_as_int16
from edgegenre.integer.reference import run, tensors
from edgegenre.integer.requantize import ARITHMETICS
from edgegenre.network.layers import AnyLayer, AveragePool, Convolution, Dense, DepthwiseConv, GlobalAverage
from edgegenre.network.network import Network, chain
from edgegenre.network.shape import Shape
from tests.networks import random_features, random_integer_network, unit_integers

Change = Callable[[Any], dict[str, Any]]


def changed(network: IntegerNetwork, name: str, change: Change) -> IntegerNetwork:
    """`network` with some fields of one layer replaced. An output is replaced where it is read, too."""
    (found,) = [layer for layer in network.layers if layer.node.name == name]
    fields = change(found)
    layers = []
    for layer in network.layers:
        if layer.node.name == name:
            layer = dataclasses.replace(layer, **fields)
        elif "output" in fields and name in layer.node.inputs:
            layer = dataclasses.replace(layer, input=fields["output"])
        layers.append(layer)
    return dataclasses.replace(network, layers=tuple(layers))


def with_first(values: np.ndarray, value: int) -> np.ndarray:
    """The same array with another first value."""
    copy = values.copy()
    copy.flat[0] = value
    return copy


def scaled(quantization: Quantization, factor: float) -> Quantization:
    return dataclasses.replace(quantization, scale=quantization.scale * factor)


def at_zero(quantization: Quantization, zero_point: int) -> Quantization:
    return dataclasses.replace(quantization, zero_point=zero_point)


def unequal(layer: WeightedOperation) -> dict[str, Any]:
    """Another weight scale for channel 0 than for the others."""
    first = np.arange(len(layer.weight_scales)) == 0
    return {"weight_scales": np.where(first, 2 * layer.weight_scales, layer.weight_scales)}


def rescaled(factor: float) -> Change:
    """Multiply the weight scales, and with them every multiplier."""
    return lambda layer: {"weight_scales": layer.weight_scales * np.float32(factor)}


def bias_reaching(limit: int) -> Change:
    """The bias of channel 0 with which its accumulator can reach exactly `limit`."""
    return lambda layer: {
        "bias": with_first(layer.bias, limit - int(layer.largest_accumulator()[0]) + abs(int(layer.bias[0])))
    }


def to_shift(shift: int) -> Change:
    """Channel 0 gets a multiplier of 2**-(shift + 1) and a little more, which has this shift."""
    return lambda layer: {
        "weight_scales": np.concatenate(
            [
                np.array([1.01 * layer.output.scale / layer.input.scale * 2.0 ** -(shift + 1)], np.float32),
                layer.weight_scales[1:],
            ]
        )
    }


BROKEN = {
    "weights of another type": ("standard", lambda x: {"weights": x.weights.astype(np.int16)}, "weights are int16"),
    "weights of another shape": ("standard", lambda x: {"weights": x.weights[:, :1]}, "weights are int8"),
    "bias of another type": ("standard", lambda x: {"bias": x.bias.astype(np.int64)}, "weights are"),
    "scales of another type": ("standard", lambda x: {"weight_scales": x.weight_scales.astype(float)}, "weights are"),
    "one bias too few": ("standard", lambda x: {"bias": x.bias[:-1]}, "one bias and one weight scale"),
    "one bias for all": ("depthwise", lambda x: {"bias": x.bias[:1]}, "one bias and one weight scale"),
    "one scale for all": ("depthwise", lambda x: {"weight_scales": x.weight_scales[:1]}, "one bias and one weight"),
    "a weight of -128": ("standard", lambda x: {"weights": with_first(x.weights, -128)}, r"in \[-127, 127\]"),
    "a scale of zero": ("standard", rescaled(0.0), "zero, negative or not a number"),
    "a negative scale": ("standard", rescaled(-1.0), "zero, negative or not a number"),
    "an infinite scale": ("standard", rescaled(np.inf), "zero, negative or not a number"),
    "no number for a scale": ("hidden", rescaled(np.nan), "zero, negative or not a number"),
    "an output scale of zero": ("standard", lambda x: {"output": scaled(x.output, 0)}, "zero, negative or not"),
    "an accumulator of 2**30": ("standard", bias_reaching(1 << 30), r"can reach 2\*\*30"),
    "a multiplier of one half": ("standard", to_shift(0), "shift lies outside 1 to 30"),
    "a multiplier of 2**-32": ("standard", to_shift(31), "shift lies outside 1 to 30"),
    "dense scales that differ": ("hidden", unequal, "all weight scales"),
    "a pool's other weight": ("pool", lambda x: {"weights": with_first(x.weights, 126)}, "weights of 127"),
    "a pool's bias": ("pool", lambda x: {"bias": with_first(x.bias, 1)}, "weights of 127"),
    "a pool's own output scale": ("pool", lambda x: {"output": scaled(x.output, 2)}, "weights of 127"),
    "a mean's bias": ("average", lambda x: {"bias": np.zeros(9, np.int32)}, "no biases"),
    "a mean's weight scale": ("average", lambda x: {"weight_scales": np.ones(9, np.float32)}, "no biases"),
    "a mean into a scale far smaller": ("average", lambda x: {"output": scaled(x.output, 2.0**-40)}, "128 times"),
    "a mean into a scale far larger": ("average", lambda x: {"output": scaled(x.output, 2.0**40)}, "shift at most 30"),
    "another input than there is": ("standard", lambda x: {"input": scaled(x.input, 2)}, "does not read its input"),
    "int16 out of an int8 layer": ("standard", lambda x: {"output": read_as_int16(x.output)}, "both int8, or both"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_promise_is_refused(what: str) -> None:
    name, change, message = BROKEN[what]
    with pytest.raises(QuantizationError, match=f"layer '{name}': .*{message}"):
        changed(random_integer_network("odd"), name, change)


WIDE_BROKEN = {
    "an output zero point": ("standard", lambda x: {"output": at_zero(x.output, 3)}, "zero point 0"),
    "int8 out of it": ("standard", lambda x: {"output": dataclasses.replace(x.output, bits=8)}, "both int8"),
    "a shift of more than 30": ("standard", rescaled(2.0**-30), "shift lies outside 1 to 30"),
    "a mean into a scale far smaller": ("average", lambda x: {"output": scaled(x.output, 2.0**-40)}, "128 times"),
    "a mean into a scale far larger": ("average", lambda x: {"output": scaled(x.output, 2.0**40)}, "shift at most 30"),
}  # fmt: skip


@pytest.mark.parametrize("what", WIDE_BROKEN)
def test_a_broken_promise_of_int16_is_refused(what: str) -> None:
    name, change, message = WIDE_BROKEN[what]
    with pytest.raises(QuantizationError, match=f"layer '{name}': .*{message}"):
        changed(random_integer_network("wide-odd"), name, change)


def test_the_last_value_within_each_bound_is_taken() -> None:
    network = random_integer_network("odd")
    found = changed(network, "standard", bias_reaching((1 << 30) - 1))
    assert max(layer.largest_accumulator().max() for layer in found.layers if layer.bias.size) == (1 << 30) - 1
    for shift in (1, 30):
        assert changed(network, "standard", to_shift(shift)).layers[3].q31_multipliers[1][0] == shift


def test_the_network_s_input_is_int8_and_means_what_the_first_layer_reads() -> None:
    network = random_integer_network("odd")
    with pytest.raises(QuantizationError, match="input is int8"):
        dataclasses.replace(network, input=read_as_int16(network.input))
    with pytest.raises(QuantizationError, match="layer 'first': it does not read its input"):
        dataclasses.replace(network, input=scaled(network.input, 2))
    wide = random_integer_network("wide-odd")
    with pytest.raises(QuantizationError, match="layer 'first': it does not read its input"):
        dataclasses.replace(wide, input=scaled(wide.input, 2))
    with pytest.raises(QuantizationError, match="zero point 0 where int16 layers read it"):
        dataclasses.replace(wide, input=at_zero(wide.input, 5))


def test_an_int16_accumulator_of_2_to_the_45_is_refused() -> None:
    """2**23 + 2**17 weights of 127, times 2**15."""
    layers: list[tuple[str, AnyLayer]] = [
        ("large", DepthwiseConv(kernel=(4096, 2080))),
        ("average", GlobalAverage()),
        ("logits", Dense(units=2)),
    ]
    network = unit_integers(chain("large", input_shape=Shape(4, 4, 1), layers=layers), wide=True)
    with pytest.raises(QuantizationError, match=r"'large': an accumulator can reach 2\*\*45"):
        changed(network, "large", lambda layer: {"weights": layer.weights * np.int8(127)})


def test_layers_belong_to_the_network_s_nodes() -> None:
    network = random_integer_network("odd")
    with pytest.raises(QuantizationError, match="do not match the network's nodes"):
        dataclasses.replace(network, layers=network.layers[:-1])


def pooled(time: int, frequency: int) -> Network:
    layers: list[tuple[str, AnyLayer]] = [
        ("first", Convolution(channels=1, kernel=(1, 1))),
        ("average", GlobalAverage()),
        ("logits", Dense(units=2)),
    ]
    return chain("pooled", input_shape=Shape(time, frequency, 1), layers=layers)


@pytest.mark.parametrize(
    ("time", "frequency", "wide", "bits"),
    [
        # 128 * 2**23 = 2**30; 2**15 * 2**16 = 2**31; and a short window, of which a stream keeps ten rows.
        (1 << 20, 8, False, 30),
        (1 << 16, 1, True, 31),
        (1, 7000, True, 31),
    ],
)
def test_a_mean_of_too_many_values_is_refused(time: int, frequency: int, wide: bool, bits: int) -> None:
    with pytest.raises(QuantizationError, match=rf"'average': the sum of \d+ values can reach 2\*\*{bits}"):
        unit_integers(pooled(time, frequency), wide=wide)


@pytest.mark.parametrize(("time", "frequency", "wide"), [((1 << 20) - 1, 8, False), ((1 << 16) - 1, 1, True)])
def test_a_mean_of_just_as_many_values_as_fit_is_taken(time: int, frequency: int, wide: bool) -> None:
    assert unit_integers(pooled(time, frequency), wide=wide).wide == wide


@pytest.mark.parametrize("name", ["odd", "wide-odd"])
@pytest.mark.parametrize("exponent", [-7, 0, 30])
def test_a_mean_at_the_ends_of_its_range_has_the_exact_value(name: str, exponent: int) -> None:
    """Against a sum in Python's own integers: a step of the result is 2**exponent steps of the values."""
    network = random_integer_network(name)
    average, hidden = network.layers[5:7]
    before, finer = average.input, scaled(average.input, 2.0**exponent)
    kept = hidden.weight_scales * np.float32(average.output.scale / finer.scale)
    layers = (
        *network.layers[:5],
        dataclasses.replace(average, output=finer),
        dataclasses.replace(hidden, input=finer, weight_scales=kept),
        network.layers[7],
    )
    ended = dataclasses.replace(network, layers=layers)
    features = random_features(network, 1, seed=9)
    for arithmetic in ARITHMETICS:
        found = dict(tensors(ended, features, arithmetic))
        values, means = found["pool"][0], found["average"].reshape(-1)
        for channel, mean in enumerate(means.tolist()):
            offsets = [value - before.zero_point for value in values[:, :, channel].ravel().tolist()]
            exact = sum(offsets) / len(offsets) / 2.0**exponent + finer.zero_point
            assert abs(mean - min(max(exact, finer.low), finer.high)) <= 0.75


@pytest.mark.parametrize(
    "change",
    [
        {"bits": 12},
        {"bits": 0},
        {"zero_point": 128},
        {"zero_point": -129},
        {"scale": 0},
        {"scale": -1},
        {"scale": None},
    ],
)
def test_a_quantization_that_is_none_is_not_read(change: dict[str, Any]) -> None:
    values = Quantization(scale=0.5, zero_point=-128).to_dict()
    assert Quantization.from_dict(values).zero_point == -128
    with pytest.raises((KeyError, TypeError, ValueError)):
        Quantization.from_dict(values | change)


@pytest.mark.parametrize("name", ["scale", "zero_point", "bits"])
def test_a_quantization_needs_all_its_values(name: str) -> None:
    values = Quantization(scale=0.5, zero_point=0, bits=16).to_dict()
    assert Quantization.from_dict(values).bits == 16
    del values[name]
    with pytest.raises(KeyError):
        Quantization.from_dict(values)


def even_multipliers(layer: Cell) -> dict[str, Any]:
    """Scales that float32 holds exactly, of multipliers one larger."""
    multipliers, shifts = layer.hidden_multipliers
    unit = layer.gate_scale / 2.0**-15
    return {"scales_hidden": ((multipliers + 1) * 2.0**-shifts * unit).astype(np.float32)}


def next_mantissa(layer: Cell) -> dict[str, Any]:
    """Another gate scale, as short as the input's."""
    mantissa, exponent = np.frexp(layer.gate_scale)
    other = mantissa - 1 / 512 if mantissa > 0.75 else mantissa + 1 / 512
    return {"gate_scale": float(np.ldexp(other, exponent))}


RECURRENT_BROKEN: dict[str, tuple[Change, str]] = {
    "weights of -128": (lambda x: {"weights_input": with_first(x.weights_input, -128)}, r"in \[-127, 127\]"),
    "hidden weights of -128": (lambda x: {"weights_hidden": with_first(x.weights_hidden, -128)}, r"in \[-127, 127\]"),
    "an even bias": (lambda x: {"bias": x.bias + np.int32(1)}, "must be odd"),
    "a bias of another type": (lambda x: {"bias": x.bias.astype(np.int64)}, "bias is int64"),
    "another output scale": (lambda x: {"output": scaled(x.output, 2)}, "scale 1/128"),
    "a scale of zero": (lambda x: {"scales_input": x.scales_input * np.float32(0)}, "zero, negative or not"),
    "no number for a scale": (lambda x: {"gate_scale": np.nan}, "zero, negative or not"),
    "even multipliers": (even_multipliers, "not odd"),
    "a scale near a multiplier": (lambda x: {"scales_input": np.nextafter(x.scales_input, np.float32(1))}, "not odd"),
    "another mantissa": (next_mantissa, "short mantissa"),
}


@pytest.mark.parametrize("what", RECURRENT_BROKEN)
def test_a_broken_promise_of_a_recurrent_layer_is_refused(what: str) -> None:
    change, message = RECURRENT_BROKEN[what]
    with pytest.raises(QuantizationError, match=f"layer 'cell': .*{message}"):
        changed(random_integer_network("recurrent"), "cell", change)


@pytest.mark.parametrize("mantissa", [0.5, 0.75 + 2.0**-20])
def test_a_recurrent_layer_reads_a_short_mantissa_that_is_no_power_of_two(mantissa: float) -> None:
    network = random_integer_network("recurrent")
    cell = network.layers[4]
    assert isinstance(cell, Cell)
    _, exponent = np.frexp(cell.input.scale)
    source = dataclasses.replace(cell.input, scale=float(np.ldexp(mantissa, exponent)))
    gate_scale = float(np.ldexp(mantissa, np.frexp(cell.gate_scale)[1]))
    layers = (
        *network.layers[:2],
        dataclasses.replace(network.layers[2], output=source),
        dataclasses.replace(network.layers[3], input=source, output=source),
        dataclasses.replace(cell, input=source, gate_scale=gate_scale),
        *network.layers[5:],
    )
    with pytest.raises(QuantizationError, match="'cell': input and gates need one short mantissa"):
        dataclasses.replace(network, layers=layers)


def test_integers_of_another_kind_of_layer_are_refused() -> None:
    odd, recurrent = random_integer_network("odd"), random_integer_network("recurrent")
    hidden, cell = odd.layers[6], recurrent.layers[4]
    as_cell = dataclasses.replace(cell, node=hidden.node, input=hidden.input)
    with pytest.raises(QuantizationError, match="'hidden': a recurrent layer's integers belong to a recurrent layer"):
        dataclasses.replace(odd, layers=(*odd.layers[:6], as_cell, odd.layers[7]))
    as_dense = dataclasses.replace(hidden, node=cell.node, input=cell.input)
    with pytest.raises(QuantizationError, match=r"'cell' \(Gru\) has no single array"):
        dataclasses.replace(recurrent, layers=(*recurrent.layers[:4], as_dense, *recurrent.layers[5:]))


def test_an_average_pool_of_any_window_is_taken() -> None:
    layers: list[tuple[str, AnyLayer]] = [
        ("pool", AveragePool(window=(2, 2))),
        ("average", GlobalAverage()),
        ("logits", Dense(units=2)),
    ]
    network = unit_integers(chain("pool", input_shape=Shape(8, 4, 1), layers=layers))
    assert run(network, np.full((1, 8, 4), 5, np.int8)).shape == (1, 2)
