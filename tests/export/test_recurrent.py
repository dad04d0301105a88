"""GRU and LSTM in other people's engines: every operator over all its inputs, any step, and ten thousand steps."""

from collections.abc import Callable

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.export.onnx import recurrent as onnx_recurrent
from edgegenre.export.onnx.graph import Graph
from edgegenre.export.tflite import recurrent as tflite_recurrent
from edgegenre.export.tflite.graph import TfliteWriter
from edgegenre.integer import recurrent
from edgegenre.integer.operations import Cell
from edgegenre.integer.quantization import Quantization
from edgegenre.network.layers import Gru, Lstm, RecurrentLayer
from edgegenre.network.network import Node
from edgegenre.quantize.recurrent import quantize_recurrent, short_scale
from tests.export.engines import session
from tests.export.recurrent_operators import EXTREMES, operators

RESOLVERS = (
    OpResolverType.BUILTIN,
    OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    OpResolverType.BUILTIN_REF,
)

Step = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""A row, int8 [1, channels], and the state, int16 values [1, states * units], to the next state."""


def test_every_operator_gives_numpy_s_integers() -> None:
    """LOGISTIC, TANH and QUANTIZE over all 65,536 inputs, at several scales."""
    for operator in operators():
        for resolver in RESOLVERS:
            options = {"num_threads": 1, "experimental_op_resolver_type": resolver}
            interpreter = Interpreter(model_content=operator.model, **options)
            interpreter.allocate_tensors()
            for entry, values in zip(interpreter.get_input_details(), operator.inputs, strict=True):
                interpreter.set_tensor(entry["index"], values)
            interpreter.invoke()
            (made,) = interpreter.get_output_details()
            found = interpreter.get_tensor(made["index"])
            np.testing.assert_array_equal(found, operator.expected, err_msg=f"{operator.name}, {resolver.name}")


def random_layer(cell: type[RecurrentLayer], seed: int, gain: float, scale: float, units: int = 24) -> Cell:
    """Weights of any size, from gates that hardly move to gates that saturate."""
    generator = np.random.default_rng(seed)
    channels = 20
    arrays = {
        "weights_input": generator.normal(0, gain * channels**-0.5, (cell.GATES * units, channels)),
        "weights_hidden": generator.standard_t(3, (cell.GATES * units, units)) * gain * units**-0.5,
        "bias": generator.normal(0, gain, cell.GATES * units),
    }
    zero_point = int(generator.choice([-128, -1, 17, 127]))
    source = Quantization(scale=float(np.float32(short_scale(scale))), zero_point=zero_point)
    node = Node(name="cell", layer=cell(units=units), inputs=("x",))
    return quantize_recurrent(
        node, "x", source, 8.0 * gain, {name: value.astype(np.float32) for name, value in arrays.items()}
    )


def onnx_step(layer: Cell) -> Step:
    graph = Graph("step")
    channels, values = layer.weights_input.shape[1], recurrent.first_state(layer, 1).size
    row = graph.input("row", np.uint8, [1, channels])
    state = graph.input("state", np.float64, [1, values])
    writer = onnx_recurrent.CellWriter(graph, layer)
    made = writer.next_state(writer.input_gates(row), state)
    graph.output(made, np.float64, [1, values])
    opened = session(graph.finish({}))

    def step(row: np.ndarray, state: np.ndarray) -> np.ndarray:
        raised = (row.astype(np.int16) + 128).astype(np.uint8)
        (after,) = opened.run(None, {"row": raised, "state": state.astype(np.float64)})
        return after.astype(np.int64)

    return step


def litert_step(layer: Cell, resolver: OpResolverType) -> Step:
    writer = TfliteWriter("step")
    row = writer.tensor("row", (1, 1, 1, layer.weights_input.shape[1]), quantization=layer.input)
    states = [
        writer.tensor(f"state{number}", (1, layer.units), quantization=quantization)
        for number, quantization in enumerate(tflite_recurrent.states_of(layer))
    ]
    cell = tflite_recurrent.CellWriter(writer, layer)
    made = cell.next_states(cell.input_gates(row, 1), states)
    outputs = {f"next{number}": tensor for number, tensor in enumerate(made)}
    writer.signature("step", {"row": row} | {f"state{number}": tensor for number, tensor in enumerate(states)}, outputs)
    interpreter = Interpreter(model_content=writer.finish({}), num_threads=1, experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    call = interpreter.get_signature_runner("step")

    def step(row: np.ndarray, state: np.ndarray) -> np.ndarray:
        parts = np.split(state.astype(np.int16), len(states), axis=1)
        inputs = {f"state{number}": part for number, part in enumerate(parts)}
        after = call(row=row.reshape(1, 1, 1, -1), **inputs)
        whole = np.concatenate([after[name] for name in outputs], axis=1).astype(np.int64)
        assert interpreter is not None  # the runner alone does not keep it
        return whole

    return step


def steps_of(layer: Cell) -> dict[str, Step]:
    """By engine."""
    litert = {f"litert {resolver.name}": litert_step(layer, resolver) for resolver in RESOLVERS}
    return {"onnxruntime": onnx_step(layer)} | litert


@settings(max_examples=30, deadline=None)
@given(
    cell=st.sampled_from([Gru, Lstm]),
    seed=st.integers(0, 10_000),
    gain=st.floats(0.05, 6),
    scale=st.floats(0.003, 0.5),
)
def test_any_step_from_any_state_is_exact(cell: type[RecurrentLayer], seed: int, gain: float, scale: float) -> None:
    layer = random_layer(cell, seed, gain, scale)
    generator = np.random.default_rng(seed)
    steps = steps_of(layer)
    size = recurrent.first_state(layer, 1).size
    for number in range(20):
        row = generator.integers(-128, 128, (1, 20)) if number % 3 else generator.choice([-128, 127], (1, 20))
        row = row.astype(np.int8)
        state = generator.integers(-32768, 32768, (1, size)) if number % 2 else generator.choice(EXTREMES, (1, size))
        expected = recurrent.step(layer, row, state.astype(np.int64))
        for engine, step in steps.items():
            np.testing.assert_array_equal(step(row, state), expected, err_msg=engine)


@pytest.mark.slow
@pytest.mark.parametrize("cell", [Gru, Lstm])
def test_ten_thousand_steps_end_without_a_differing_value(cell: type[RecurrentLayer]) -> None:
    layer = random_layer(cell, seed=3, gain=1.5, scale=4 / 255, units=64)
    generator = np.random.default_rng(1)
    rows = generator.integers(-128, 128, (10_000, 1, 20)).astype(np.int8)
    steps = steps_of(layer)
    expected = recurrent.first_state(layer, 1)
    states = dict.fromkeys(steps, expected)
    moved = 0
    for row in rows:
        before, expected = expected, recurrent.step(layer, row, expected)
        moved += int((before != expected).any())
        for engine, step in steps.items():
            states[engine] = step(row, states[engine])
            assert (states[engine] == expected).all(), engine
    assert moved > 9_000
