"""An IntegerNetwork that exists is one whose ranges are proven: each broken promise is refused by its own sentence."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from edgegenre.errors import QuantizationError
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import (
    Cell,
    Join,
    Largest,
    Lookup,
    Mean,
    Operation,
    PerChannel,
    Product,
    Rearrange,
    Sum,
    WeightedOperation,
)
from edgegenre.integer.quantization import Quantization, read_as_int16
from edgegenre.integer.reference import run, tensors
from edgegenre.integer.requantize import ARITHMETICS
from edgegenre.network.layers import AnyLayer, AveragePool, Convolution, Dense, DepthwiseConv, GlobalAverage
from edgegenre.network.network import Network, chain
from edgegenre.network.shape import Shape
from tests.networks import named, random_features, random_integer_network, replaced, unit_integers

Change = Callable[[Any], dict[str, Any]]


def changed(network: IntegerNetwork, name: str, change: Change) -> IntegerNetwork:
    """`network` with some fields of one operation replaced. An output is replaced where it is read, too."""
    fields = change(named(network, name))

    def of(operation: Operation) -> dict[str, Any]:
        if operation.name == name:
            return fields
        return {"input": fields["output"]} if "output" in fields and name in operation.inputs else {}

    return replaced(network, of)


def with_first(values: np.ndarray, value: int) -> np.ndarray:
    """The same array with another first value."""
    copy = values.copy()
    copy.flat[0] = value
    return copy


def scaled(quantization: Quantization, factor: float) -> Quantization:
    return dataclasses.replace(quantization, scale=quantization.scale * factor)


def at_zero(quantization: Quantization, zero_point: int) -> Quantization:
    return dataclasses.replace(quantization, zero_point=zero_point)


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
    "two inputs": ("standard", lambda x: {"inputs": (*x.inputs, *x.inputs)}, "reads 2 tensors and takes 1"),
    "weights of another type": ("standard", lambda x: {"weights": x.weights.astype(np.int16)}, "weights are int16"),
    "no output channel": (
        "standard",
        lambda x: {"weights": x.weights[:0], "bias": x.bias[:0], "weight_scales": x.weight_scales[:0]},
        "an axis is empty",
    ),
    "weights without an axis": ("standard", lambda x: {"weights": x.weights[0]}, "int8 with 4 axes"),
    "weights of a smaller kernel": ("standard", lambda x: {"weights": x.weights[:, :1]}, "have a kernel of"),
    "weights of fewer channels in": ("standard", lambda x: {"weights": x.weights[..., 1:]}, "reads 11 channels, its"),
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
    "a clamp at no ReLU's zero": ("standard", lambda x: {"low": x.output.zero_point + 1}, "an end that no ReLU has"),
    "a mean of another extent": ("average", lambda x: {"extent": (1, 1)}, r"averages \(1, 1\), its input is"),
    "a mean out of a scale of zero": ("average", lambda x: {"input": scaled(x.input, 0)}, "zero, negative or not"),
    "a mean into a scale of zero": ("average", lambda x: {"output": scaled(x.output, 0)}, "zero, negative or not"),
    "a mean of two tensors": ("average", lambda x: {"inputs": (*x.inputs, *x.inputs)}, "reads 2 tensors and takes 1"),
    "a mean into int16": ("average", lambda x: {"output": read_as_int16(x.output)}, "both int8, or both"),
    "a mean into a scale far smaller": ("average", lambda x: {"output": scaled(x.output, 2.0**-40)}, "128 times"),
    "a mean into a scale far larger": ("average", lambda x: {"output": scaled(x.output, 2.0**40)}, "shift at most 30"),
    "another input than there is": ("standard", lambda x: {"input": scaled(x.input, 2)}, "not read 'pointwise' at"),
    "int16 out of an int8 operation": ("standard", lambda x: {"output": read_as_int16(x.output)}, "both int8, or both"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_promise_is_refused(what: str) -> None:
    name, change, message = BROKEN[what]
    with pytest.raises(QuantizationError, match=f"operation '{name}': .*{message}"):
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
    with pytest.raises(QuantizationError, match=f"operation '{name}': .*{message}"):
        changed(random_integer_network("wide-odd"), name, change)


def test_the_last_value_within_each_bound_is_taken() -> None:
    network = random_integer_network("odd")
    found = changed(network, "standard", bias_reaching((1 << 30) - 1))
    weighted = [operation for operation in found.operations if isinstance(operation, WeightedOperation)]
    assert max(operation.largest_accumulator().max() for operation in weighted) == (1 << 30) - 1
    for shift in (1, 30):
        standard = named(changed(network, "standard", to_shift(shift)), "standard")
        assert isinstance(standard, Product)
        assert standard.q31_multipliers[1][0] == shift


def with_input(network: IntegerNetwork, quantization: Quantization) -> IntegerNetwork:
    """`network` whose input has another quantization, which no operation was told of."""
    (source,) = network.inputs
    return dataclasses.replace(network, inputs=(dataclasses.replace(source, quantization=quantization),))


def test_the_network_s_input_is_int8_and_means_what_the_first_operation_reads() -> None:
    network, wide = random_integer_network("odd"), random_integer_network("wide-odd")
    (source,) = (item.quantization for item in network.inputs)
    with pytest.raises(QuantizationError, match="input is int8"):
        with_input(network, read_as_int16(source))
    for either in (network, wide):
        with pytest.raises(QuantizationError, match="operation 'first': it does not read 'features' at"):
            with_input(either, scaled(source, 2))
    with pytest.raises(QuantizationError, match="zero point 0 where int16 operations read it"):
        with_input(wide, at_zero(source, 5))


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


TORN: dict[str, tuple[Callable[[tuple[Operation, ...]], tuple[Operation, ...]], str]] = {
    "none at all": (lambda operations: (), "at least one operation"),
    "none to make what another reads": (lambda operations: operations[1:], "reads 'first', which no earlier"),
    "another order": (lambda operations: operations[1::-1] + operations[2:], "reads 'first', which no earlier"),
    "one twice": (lambda operations: operations[:1] + operations, "'first': the name is used twice"),
    "logits of rows": (lambda operations: operations[:4], "the logits are .*, not a vector"),
}


@pytest.mark.parametrize("what", TORN)
def test_operations_that_are_no_graph_are_refused(what: str) -> None:
    network = random_integer_network("odd")
    change, message = TORN[what]
    with pytest.raises(QuantizationError, match=f"'odd'.*{message}"):
        dataclasses.replace(network, operations=change(network.operations))


@pytest.mark.parametrize("inputs", [0, 2])
def test_a_network_has_inputs_of_different_names(inputs: int) -> None:
    network = random_integer_network("odd")
    with pytest.raises(QuantizationError, match="inputs of different names"):
        dataclasses.replace(network, inputs=network.inputs * inputs)


def test_a_kernel_that_does_not_fit_into_its_input_is_refused() -> None:
    layers: list[tuple[str, AnyLayer]] = [
        ("whole", Convolution(channels=1, kernel=(5, 3), padding="valid")),
        ("logits", Dense(units=2)),
    ]
    network = unit_integers(chain("fitting", input_shape=Shape(5, 3, 1), layers=layers))
    (source,) = network.inputs
    for shape in (Shape(4, 3, 1), Shape(5, 2, 1)):
        with pytest.raises(QuantizationError, match="operation 'whole': its kernel does not fit"):
            dataclasses.replace(network, inputs=(dataclasses.replace(source, shape=shape),))


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
    average, hidden = named(network, "average"), named(network, "hidden")
    assert isinstance(average, Mean)
    assert isinstance(hidden, Product)
    before, finer = average.input, scaled(average.input, 2.0**exponent)
    kept = hidden.weight_scales * np.float32(average.output.scale / finer.scale)
    operations = (
        *network.operations[:5],
        dataclasses.replace(average, output=finer),
        dataclasses.replace(hidden, input=finer, weight_scales=kept),
        network.operations[7],
    )
    ended = dataclasses.replace(network, operations=operations)
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
    "two inputs": (lambda x: {"inputs": (*x.inputs, *x.inputs)}, "reads 2 tensors and takes 1"),
    "another kind": (lambda x: {"kind": "rnn"}, "there is no cell 'rnn'"),
    "the weights of another kind": (lambda x: {"kind": "lstm"}, "weights_input is int8"),
    "weights with one axis": (lambda x: {"weights_hidden": x.weights_hidden[0]}, "weights have two axes"),
    "weights of fewer channels": (lambda x: {"weights_input": x.weights_input[:, 1:]}, "reads rows of .*weights are"),
    "no units": (lambda x: {name: getattr(x, name)[:0] for name in ("weights_input", "weights_hidden", "bias")}, "is "),
    "an accumulator of 2**30": (lambda x: {"bias": with_first(x.bias, (1 << 30) - 1)}, r"can reach 2\*\*30"),
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
    with pytest.raises(QuantizationError, match=f"operation 'cell': .*{message}"):
        changed(random_integer_network("recurrent"), "cell", change)


@pytest.mark.parametrize("mantissa", [0.5, 0.75 + 2.0**-20])
def test_a_recurrent_layer_reads_a_short_mantissa_that_is_no_power_of_two(mantissa: float) -> None:
    network = random_integer_network("recurrent")
    cell = named(network, "cell")
    assert isinstance(cell, Cell)
    _, exponent = np.frexp(cell.input.scale)
    source = dataclasses.replace(cell.input, scale=float(np.ldexp(mantissa, exponent)))
    gate_scale = float(np.ldexp(mantissa, np.frexp(cell.gate_scale)[1]))
    with pytest.raises(QuantizationError, match="'cell': input and gates need one short mantissa"):
        dataclasses.replace(cell, input=source, gate_scale=gate_scale)


def test_an_operation_in_another_s_place_is_refused() -> None:
    odd, recurrent = random_integer_network("odd"), random_integer_network("recurrent")
    hidden, cell = named(odd, "hidden"), named(recurrent, "cell")
    as_cell = dataclasses.replace(cell, name="hidden", inputs=hidden.inputs, input=cell.input)
    with pytest.raises(QuantizationError, match="'hidden': it does not read 'average' at the quantization"):
        dataclasses.replace(odd, operations=(*odd.operations[:6], as_cell, odd.operations[7]))
    assert isinstance(hidden, Product)
    as_dense = dataclasses.replace(
        hidden, name="cell", inputs=cell.inputs, input=cell.input, output=cell.output, low=-128
    )
    with pytest.raises(QuantizationError, match="'cell': it reads 10 channels, its weights are for 9"):
        dataclasses.replace(recurrent, operations=(*recurrent.operations[:4], as_dense, *recurrent.operations[5:]))


def test_an_average_pool_of_any_window_is_taken() -> None:
    layers: list[tuple[str, AnyLayer]] = [
        ("pool", AveragePool(window=(2, 2))),
        ("average", GlobalAverage()),
        ("logits", Dense(units=2)),
    ]
    network = unit_integers(chain("pool", input_shape=Shape(8, 4, 1), layers=layers))
    assert run(network, np.full((1, 8, 4), 5, np.int8)).shape == (1, 2)


POOL_CHANGES: dict[str, Change] = {
    "another weight": lambda pool: {"weights": with_first(pool.weights, 126)},
    "a bias": lambda pool: {"bias": with_first(pool.bias, 1)},
    "another output scale": lambda pool: {"output": scaled(pool.output, 2)},
}


@pytest.mark.parametrize("what", POOL_CHANGES)
def test_a_pool_with_anything_of_its_own_is_a_depthwise_convolution(what: str) -> None:
    pool = named(random_integer_network("odd"), "pool")
    assert isinstance(pool, PerChannel)
    assert pool.averages
    assert not dataclasses.replace(pool, **POOL_CHANGES[what](pool)).averages


STEPS = Quantization(scale=0.125, zero_point=-3)
ONE: dict[str, Any] = {"name": "made", "inputs": ("x",), "input": STEPS, "output": STEPS}
TWO = ONE | {"inputs": ("x", "y")}
TABLE = np.arange(-128, 128).astype(np.int8)
UNWEIGHTED: dict[str, Operation] = {
    "largest": Largest(**ONE, window=(2, 2)),
    "largest of all": Largest(**ONE, window=None),
    "lookup": Lookup(**ONE, table=TABLE),
    "sum": Sum(**TWO),
    "join": Join(**TWO),
    "rearrange": Rearrange(**ONE, order="flatten"),
}
UNWEIGHTED_BROKEN: dict[str, tuple[str, dict[str, Any], str]] = {
    "a table of another type": ("lookup", {"table": TABLE.astype(np.int16)}, "the table is int16"),
    "a table of 255 values": ("lookup", {"table": TABLE[1:]}, r"the table is int8 \(255,\)"),
    "a table out of a scale of zero": ("lookup", {"input": scaled(STEPS, 0)}, "zero, negative or not a number"),
    "a table into no number": ("lookup", {"output": scaled(STEPS, np.nan)}, "zero, negative or not a number"),
    "a sum of one tensor": ("sum", {"inputs": ("x",)}, "reads 1 tensors and takes 2"),
    "a sum of three tensors": ("sum", {"inputs": ("x", "y", "z")}, "reads 3 tensors and takes 2"),
    "a join of one tensor": ("join", {"inputs": ("x",)}, "joins two tensors or more"),
    "an order that is none": ("rearrange", {"order": "reverse"}, "knows no order 'reverse'"),
    **{
        f"two tensors into a {kind}": (kind, {"inputs": ("x", "y")}, "reads 2 tensors and takes 1")
        for kind in ("largest", "lookup", "rearrange")
    },
    **{
        f"a {kind} into another {what}": (kind, {"output": output}, "need one quantization")
        for kind in ("largest", "sum", "join", "rearrange")
        for what, output in (("scale", scaled(STEPS, 2)), ("zero point", at_zero(STEPS, 4)))
    },
    **{
        f"an int16 {end} of a {kind}": (kind, {end: read_as_int16(STEPS)}, "no int16 form")
        for kind in ("largest", "lookup", "sum", "join", "rearrange")
        for end in ("input", "output")
    },
}


@pytest.mark.parametrize("what", UNWEIGHTED_BROKEN)
def test_a_broken_promise_of_an_operation_without_weights_is_refused(what: str) -> None:
    kind, fields, message = UNWEIGHTED_BROKEN[what]
    with pytest.raises(QuantizationError, match=f"operation 'made': .*{message}"):
        dataclasses.replace(UNWEIGHTED[kind], **fields)


@pytest.mark.parametrize(
    ("kind", "shapes", "message"),
    [
        ("largest", [Shape(1, 4, 3)], "a pool of .* leaves nothing"),
        ("largest", [Shape(4, 1, 3)], "a pool of .* leaves nothing"),
        ("sum", [Shape(4, 2, 3), Shape(4, 2, 4)], r"adds \(4, 2, 3\) to \(4, 2, 4\)"),
        ("join", [Shape(4, 2, 3), Shape(4, 1, 3)], "differ in time or frequency"),
        ("join", [Shape(4, 2, 3), Shape(5, 2, 3)], "differ in time or frequency"),
    ],
)
def test_shapes_that_an_operation_cannot_take_are_refused(kind: str, shapes: list[Shape], message: str) -> None:
    with pytest.raises(QuantizationError, match=f"operation 'made': .*{message}"):
        UNWEIGHTED[kind].output_shape(*shapes)


@pytest.mark.parametrize(
    ("kind", "shapes", "made"),
    [
        ("largest", [Shape(5, 4, 3)], (2, 2, 3)),
        ("largest of all", [Shape(5, 4, 3)], (1, 1, 3)),
        ("lookup", [Shape(5, 4, 3)], (5, 4, 3)),
        ("sum", [Shape(5, 4, 3)] * 2, (5, 4, 3)),
        ("join", [Shape(5, 4, 3), Shape(5, 4, 2)], (5, 4, 5)),
        ("rearrange", [Shape(5, 4, 3)], (1, 1, 60)),
    ],
)
def test_shapes_that_an_operation_can_take_are_answered(kind: str, shapes: list[Shape], made: tuple[int, ...]) -> None:
    assert UNWEIGHTED[kind].output_shape(*shapes) == made
