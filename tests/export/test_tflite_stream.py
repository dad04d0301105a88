"""The streaming .tflite: the numpy stream's logits to the bit after every row, on either kernels, in integers."""

import collections

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.errors import RuntimeEngineError
from edgegenre.export.steps import step_plan
from edgegenre.export.stream_layout import LAYOUT_KEY, StreamLayout
from edgegenre.export.tflite.clip import tflite_bytes
from edgegenre.export.tflite.stream import stream_tflite_bytes, tflite_layout
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.reference import run
from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.integer.streaming import IntegerStream
from edgegenre.network.network import Network
from edgegenre.runtime.engines.litert_stream import LiteRTStream
from edgegenre.runtime.engines.tflite_metadata import tflite_metadata
from tests.export.engines import chains, recurrent_chains
from tests.networks import (
    LIANG,
    odd_network,
    plain_network,
    random_features,
    random_integer_network,
    random_integers,
    recurrent_network,
)

NAMES = ("odd", "plain", "recurrent", "lstm", "ds-cnn1", "ds-crnn1", "coarse-odd", "coarse-recurrent")
EVERY_NAME = [*NAMES, *(pytest.param(name, marks=pytest.mark.slow) for name in LIANG if name not in NAMES)]


def assert_streams_like_numpy(
    network: IntegerNetwork, features: np.ndarray, cuts: list[int], arithmetic: Arithmetic
) -> None:
    step = LiteRTStream(stream_tflite_bytes(network, "{}"), arithmetic=arithmetic)
    found = {item.rows: item for part in np.split(features, sorted(cuts)) for item in step.push(part)}
    expected = IntegerStream(network, arithmetic=arithmetic).push(features)
    assert list(found) == [item.rows for item in expected]
    for item in expected:
        np.testing.assert_array_equal(found[item.rows].logits, item.logits)
        assert found[item.rows].complete == item.complete
    last = found[expected[-1].rows].logits
    np.testing.assert_array_equal(last, run(network, features[np.newaxis], arithmetic)[0])


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("name", EVERY_NAME)
def test_the_step_equals_the_numpy_stream_after_every_row(name: str, arithmetic: Arithmetic) -> None:
    network = random_integer_network(name)
    assert_streams_like_numpy(network, random_features(network, 1, seed=4)[0], [5, 6, 40], arithmetic)


@settings(max_examples=40, deadline=None)
@given(
    network=chains() | recurrent_chains(),
    seed=st.integers(0, 10_000),
    cuts=st.lists(st.integers(0, 50), max_size=6),
    arithmetic=st.sampled_from(ARITHMETICS),
)
def test_any_chain_streams_whatever_the_chunks(
    network: Network, seed: int, cuts: list[int], arithmetic: Arithmetic
) -> None:
    features = random_features(network, 1, seed)[0]
    assert_streams_like_numpy(random_integers(network, seed), features, cuts, arithmetic)


@pytest.mark.parametrize("time", [*range(20, 31), 37, 64])
@pytest.mark.parametrize("build", [odd_network, plain_network, recurrent_network])
def test_windows_of_any_length_flush_to_the_offline_logits(time: int, build: type) -> None:
    network = random_integers(build(time), seed=time)
    assert_streams_like_numpy(network, random_features(network, 1, seed=time)[0], [], "float32")


@pytest.mark.parametrize("build", [odd_network, plain_network, recurrent_network])
def test_int16_activations_stream_as_well(build: type) -> None:
    network = build()
    features = random_features(network, 1, seed=2)[0]
    integers = random_integers(network, recipe="int16x8")
    for arithmetic in ARITHMETICS:
        assert_streams_like_numpy(integers, features, [7], arithmetic)


def test_two_windows_in_a_row_after_reset() -> None:
    for name in ("plain", "recurrent"):
        network = random_integer_network(name)
        features = random_features(network, 2)
        stream = LiteRTStream(stream_tflite_bytes(network, "{}"))
        stream.push(features[1])
        assert stream.finished
        with pytest.raises(RuntimeEngineError, match="feature rows"):
            stream.push(features[0][:1])
        stream.reset()
        np.testing.assert_array_equal(stream.push(features[0])[-1].logits, run(network, features[:1])[0])


def test_only_the_widening_to_int16_passes_through_float() -> None:
    """DEQUANTIZE and QUANTIZE in pairs, twice in a GRU, never elsewhere."""
    for name, pairs in (("odd", 0), ("recurrent", 2)):
        model = schema.ModelT.InitFromPackedBuf(stream_tflite_bytes(random_integer_network(name), "{}"), 0)
        names = {value: key for key, value in vars(schema.BuiltinOperator).items()}
        counts: collections.Counter[str] = collections.Counter()
        for graph in model.subgraphs:
            for operator in graph.operators:
                counts[names[model.operatorCodes[operator.opcodeIndex].builtinCode]] += 1
                touched = [graph.tensors[index].type for index in [*operator.inputs, *operator.outputs]]
                if schema.TensorType.FLOAT32 in touched:
                    counts["float"] += 1
        assert counts["DEQUANTIZE"] == pairs
        assert counts["float"] == 2 * pairs


def test_layout_and_manifest_are_read_from_the_file_without_the_schema() -> None:
    network = random_integer_network("ds-cnn1")
    model = stream_tflite_bytes(network, '{"labels": ["été"]}')
    assert tflite_metadata(model, "edgegenre").decode() == '{"labels": ["été"]}'
    layout = LiteRTStream(model).layout
    assert layout == tflite_layout(step_plan(network))
    assert StreamLayout.from_dict(layout.to_dict()) == layout
    with pytest.raises(KeyError):
        tflite_metadata(model, "other")


@pytest.mark.parametrize("model", [b"", b"not a flatbuffer", bytes(64)])
def test_what_is_no_step_is_refused(model: bytes) -> None:
    with pytest.raises(RuntimeEngineError, match="no streaming step"):
        LiteRTStream(model)
    with pytest.raises(RuntimeEngineError, match=LAYOUT_KEY):
        LiteRTStream(tflite_bytes(random_integer_network("plain"), "{}"))
