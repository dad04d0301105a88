"""The whole-clip files compute the reference's logits to the bit, under engines we did not write."""

import collections
import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.export.onnx.clip import onnx_bytes
from edgegenre.export.onnx.stream import stream_onnx_bytes
from edgegenre.export.tflite.clip import tflite_bytes
from edgegenre.export.tflite.stream import stream_tflite_bytes
from edgegenre.integer.operations import WeightedOperation
from edgegenre.integer.reference import run
from edgegenre.network.layers import AnyLayer, Convolution, Dense, GlobalAverage
from edgegenre.network.network import Network, chain
from edgegenre.network.shape import Shape
from tests.export.engines import chains, recurrent_chains, run_litert, run_onnx, session
from tests.networks import LIANG, random_features, random_integer_network, random_integers

NAMES = ("odd", "plain", "recurrent", "lstm", "ds-cnn1", "cnn1", "ds-crnn1", "coarse-ds-cnn1", "coarse-ds-crnn1")
LARGER = tuple(name for name in LIANG if name not in NAMES)
EVERY_NAME = [*NAMES, *(pytest.param(name, marks=pytest.mark.slow) for name in LARGER)]


@pytest.mark.parametrize("name", EVERY_NAME)
def test_every_engine_gives_its_family_s_logits(name: str) -> None:
    network = random_integer_network(name)
    features = random_features(network, 3, seed=9)
    tflite = tflite_bytes(network, "{}")
    float32, q31 = (run(network, features, arithmetic) for arithmetic in ("float32", "q31"))
    assert len(np.unique(float32)) > 5
    np.testing.assert_array_equal(run_litert(tflite, features, reference_kernels=False), float32)
    np.testing.assert_array_equal(run_litert(tflite, features, reference_kernels=True), q31)
    np.testing.assert_array_equal(run_onnx(onnx_bytes(network, "{}"), network, features), float32)


@settings(max_examples=60, deadline=None)
@given(
    network=chains() | recurrent_chains(),
    seed=st.integers(0, 10_000),
    recipe=st.sampled_from(["min-max", "per-tensor"]),
)
def test_any_chain_is_exact_on_every_engine(network: Network, seed: int, recipe: str) -> None:
    integers = random_integers(network, seed, recipe)
    features = random_features(network, 6, seed + 1)
    tflite = tflite_bytes(integers, "{}")
    float32, q31 = (run(integers, features, arithmetic) for arithmetic in ("float32", "q31"))
    np.testing.assert_array_equal(run_onnx(onnx_bytes(integers, "{}"), integers, features), float32)
    np.testing.assert_array_equal(run_litert(tflite, features, reference_kernels=True), q31)
    np.testing.assert_array_equal(run_litert(tflite, features, reference_kernels=False), float32)


@settings(max_examples=30, deadline=None)
@given(time=st.integers(1, 200), frequency=st.integers(1, 6), seed=st.integers(0, 10_000), steps=st.integers(1, 20))
def test_means_that_meet_a_half_are_rounded_alike(time: int, frequency: int, seed: int, steps: int) -> None:
    """Nearly constant windows, whose means lie near multiples of a step: engines scale and round in their own order."""
    layers: list[tuple[str, AnyLayer]] = [
        ("conv", Convolution(channels=3, kernel=(1, 1), activation="none")),
        ("average", GlobalAverage()),
        ("logits", Dense(units=3)),
    ]
    network = chain("mean", input_shape=Shape(time, frequency, 1), layers=layers)
    integers = random_integers(network, seed)
    generator = np.random.default_rng(seed)
    levels = generator.integers(-90, 90, (200, 1, 1))
    features = (levels + (generator.random((200, time, frequency)) < 1 / steps)).astype(np.int8)
    written = tflite_bytes(integers, "{}")
    logits = run(integers, features)
    np.testing.assert_array_equal(run_onnx(onnx_bytes(integers, "{}"), integers, features), logits)
    np.testing.assert_array_equal(run_litert(written, features, reference_kernels=False), logits)


@pytest.mark.parametrize("name", ["ds-cnn1", "coarse-ds-cnn1"])
def test_onnxruntime_fuses_every_layer_to_an_integer_kernel(name: str, tmp_path: Path) -> None:
    network = random_integer_network(name)
    session(onnx_bytes(network, "{}"), str(tmp_path / "optimized.onnx"))
    operators = collections.Counter(node.op_type for node in onnx.load(tmp_path / "optimized.onnx").graph.node)
    assert operators["QLinearConv"] == 12  # 11 convolutions and the dense layer
    assert operators["QLinearGlobalAveragePool"] == 1
    assert not {"Conv", "Relu", "GlobalAveragePool"} & set(operators)


def test_the_tflite_file_has_one_operator_a_layer_and_bears_the_nodes_names() -> None:
    network = random_integer_network("odd")
    model = tflite_bytes(network, "{}")
    parsed = schema.ModelT.InitFromPackedBuf(model, 0)
    assert len(parsed.subgraphs[0].operators) == len(network.operations) + 1  # and one that drops axes
    interpreter = Interpreter(model_content=model)
    names = {item["name"] for item in interpreter.get_tensor_details()}
    assert {"features", *(operation.name for operation in network.operations)} <= names
    given = interpreter.get_input_details()[0]
    assert (given["name"], given["dtype"], tuple(given["shape"])) == ("features", np.int8, (1, 61, 12, 1))
    assert given["quantization"] == (1 / 32, 0)


def test_the_files_are_little_larger_than_their_integers() -> None:
    network = random_integer_network("ds-cnn1")
    weighted = [operation for operation in network.operations if isinstance(operation, WeightedOperation)]
    integers = sum(operation.weights.nbytes + operation.bias.nbytes for operation in weighted)
    assert integers < len(onnx_bytes(network, "{}")) < 1.2 * integers
    assert integers < len(tflite_bytes(network, "{}")) < 1.25 * integers


@pytest.mark.parametrize("name", ["coarse-ds-cnn1", "coarse-ds-crnn1"])
def test_one_scale_a_layer_is_written_as_one_in_all_four_files(name: str) -> None:
    """The recipe per-tensor is for targets that know no scales per channel."""
    network = random_integer_network(name)
    for model in (tflite_bytes(network, "{}"), stream_tflite_bytes(network, "{}")):
        for graph in schema.ModelT.InitFromPackedBuf(model, 0).subgraphs:
            found = [tensor.quantization for tensor in graph.tensors if tensor.quantization is not None]
            assert {(len(item.scale), len(item.zeroPoint), item.quantizedDimension) for item in found} == {(1, 1, 0)}
    for model in (onnx_bytes(network, "{}"), stream_onnx_bytes(network, "{}")):
        graph = onnx.load_from_string(model).graph
        sizes = {item.name: list(item.dims) for item in graph.initializer}
        nodes = [node for node in graph.node if node.op_type in ("DequantizeLinear", "QuantizeLinear")]
        assert len(nodes) > 20
        assert all(sizes[operand] == [] for node in nodes for operand in node.input[1:])


def test_scales_that_differ_stay_one_a_channel() -> None:
    network = random_integer_network("odd")
    parsed = schema.ModelT.InitFromPackedBuf(tflite_bytes(network, "{}"), 0)
    found = {tensor.name.decode(): tensor.quantization for tensor in parsed.subgraphs[0].tensors}
    for layer, axis in (("first", 0), ("depthwise", 3)):
        assert (len(found[f"{layer}/weights"].scale), found[f"{layer}/weights"].quantizedDimension) == (7, axis)
        assert (len(found[f"{layer}/bias"].scale), found[f"{layer}/bias"].quantizedDimension) == (7, 0)
    assert len(found["pool/weights"].scale) == len(found["logits/weights"].scale) == 1


def test_both_files_carry_the_manifest() -> None:
    network = random_integer_network("plain")
    text = json.dumps({"labels": ["Chacha", "Rumba", "été"]}, ensure_ascii=False)
    model = onnx.load_from_string(onnx_bytes(network, text))
    assert {item.key: item.value for item in model.metadata_props} == {"edgegenre": text}
    parsed = schema.ModelT.InitFromPackedBuf(tflite_bytes(network, text), 0)
    (entry,) = parsed.metadata
    assert entry.name == b"edgegenre"
    assert bytes(parsed.buffers[entry.buffer].data).decode() == text


def test_every_buffer_of_the_tflite_file_is_aligned_as_the_schema_asks() -> None:
    model = tflite_bytes(random_integer_network("odd"), "metadata of 23 characters")
    root = schema.Model.GetRootAs(model, 0)
    for number in range(1, root.BuffersLength()):
        buffer = root.Buffers(number)
        position = buffer._tab.Vector(buffer._tab.Offset(4))
        assert position % 16 == 0
