"""Random graphs: every engine computes the numpy reference's bytes, offline and row by row."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.errors import ExportError
from edgegenre.export.onnx.clip import onnx_bytes
from edgegenre.export.onnx.stream import stream_onnx_bytes
from edgegenre.export.tflite.clip import tflite_bytes
from edgegenre.export.tflite.stream import stream_tflite_bytes
from edgegenre.integer import reference
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.streaming import IntegerStream, StreamLogits
from edgegenre.network.network import Network
from tests.export.engines import onnx_logits, tflite_logits
from tests.graphs import ALL_HEADS, PATIENT, graphs
from tests.networks import random_inputs, random_integers

SEEDS = st.integers(0, 1000)


def offline(network: Network, seed: int) -> None:
    """Whole windows on numpy, LiteRT with both kernels, and onnxruntime."""
    integers = random_integers(network, seed)
    features = random_inputs(integers, 2, seed + 1)
    expected = {name: reference.run(integers, features, name) for name in ("float32", "q31")}
    model = tflite_bytes(integers, "")
    np.testing.assert_array_equal(tflite_logits(model, features, reference_kernels=False), expected["float32"])
    np.testing.assert_array_equal(tflite_logits(model, features, reference_kernels=True), expected["q31"])
    np.testing.assert_array_equal(onnx_logits(onnx_bytes(integers, ""), integers, features), expected["float32"])
    rows = {name: array[0] for name, array in features.items()}
    for arithmetic, logits in expected.items():
        np.testing.assert_array_equal(answers(integers, rows, arithmetic)[-1].logits, logits[0])


def answers(integers: IntegerNetwork, rows: dict[str, np.ndarray], arithmetic: Arithmetic) -> list[StreamLogits]:
    return IntegerStream(integers, arithmetic=arithmetic).push(rows)


@settings(max_examples=30, **PATIENT)
@given(graphs(ALL_HEADS), SEEDS)
def test_a_graph_is_the_same_bytes_on_every_engine(network: Network, seed: int) -> None:
    offline(network, seed)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=1000, **PATIENT)
@given(graphs(ALL_HEADS), SEEDS)
def test_a_thousand_graphs_are_the_same_bytes_on_every_engine(network: Network, seed: int) -> None:
    offline(network, seed)


@settings(max_examples=10, **PATIENT)
@given(graphs(("flatten", "transpose")), SEEDS)
def test_a_head_that_needs_the_whole_window_has_no_step_and_says_so(network: Network, seed: int) -> None:
    integers = random_integers(network, seed)
    for write in (stream_onnx_bytes, stream_tflite_bytes):
        with pytest.raises(ExportError, match="needs a whole window at once"):
            write(integers, "")
