"""The papers' systems in integers: the same bytes on every engine, and in streams."""

import numpy as np
import pytest

from edgegenre.export.onnx.clip import onnx_bytes
from edgegenre.export.onnx.stream import stream_onnx_bytes
from edgegenre.export.steps import step_refusal
from edgegenre.export.tflite.clip import tflite_bytes
from edgegenre.export.tflite.stream import stream_tflite_bytes
from edgegenre.integer import reference
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.streaming import IntegerStream
from edgegenre.runtime.engines.litert_stream import LiteRTStream
from edgegenre.runtime.engines.onnxruntime_stream import OnnxStream
from edgegenre.zoo.registry import model
from tests.export.engines import onnx_logits, tflite_logits
from tests.networks import random_inputs, random_integers

QUICK = ("shallow-cnn", "lstm-crnn", "res-1d2d-segments", "stem3-ds", "spec1-full", "mlp", "lstm")
LARGER = ("deep-cnn", "res-1d-segments", "res-2d-segments", "res-1d", "res-2d", "res-1d2d", "stem3-cnn")
EVERY_NAME = [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in LARGER)]


def integers_of(name: str) -> IntegerNetwork:
    entry = model(name)
    return random_integers(entry.build(entry.paper_classes), clips=1)


@pytest.mark.parametrize("name", EVERY_NAME)
def test_every_engine_gives_its_family_s_logits(name: str) -> None:
    integers = integers_of(name)
    features = random_inputs(integers, 2, seed=3)
    float32, q31 = (reference.run(integers, features, arithmetic) for arithmetic in ("float32", "q31"))
    assert len(np.unique(float32)) > 8
    written = tflite_bytes(integers, "")
    np.testing.assert_array_equal(onnx_logits(onnx_bytes(integers, ""), integers, features), float32)
    np.testing.assert_array_equal(tflite_logits(written, features, reference_kernels=False), float32)
    np.testing.assert_array_equal(tflite_logits(written, features, reference_kernels=True), q31)


@pytest.mark.parametrize("name", EVERY_NAME)
def test_rows_one_by_one_end_with_the_window_s_logits(name: str) -> None:
    """Of Pandey et al. the branches have rows of another rate, and the last ones of both come with the flush."""
    integers = integers_of(name)
    features = random_inputs(integers, 1, seed=5)
    rows = {name: array[0] for name, array in features.items()}
    longest = max(map(len, rows.values()))
    for arithmetic in ("float32", "q31"):
        stream = IntegerStream(integers, arithmetic=arithmetic)
        answers = []
        for start in range(0, longest, 7):
            answers += stream.push({name: array[start : start + 7] for name, array in rows.items()})
        assert answers[-1].complete
        np.testing.assert_array_equal(answers[-1].logits, reference.run(integers, features, arithmetic)[0])


@pytest.mark.parametrize(
    "name", ["res-1d2d-segments", *(pytest.param(name, marks=pytest.mark.slow) for name in LARGER if name[:3] == "res")]
)
def test_residual_networks_stream_in_steps_from_both_inputs(name: str) -> None:
    integers = integers_of(name)
    features = random_inputs(integers, 1, seed=6)
    rows = {name: array[0] for name, array in features.items()}
    expected = reference.run(integers, features)[0]
    for stream in (OnnxStream(stream_onnx_bytes(integers, "")), LiteRTStream(stream_tflite_bytes(integers, ""))):
        answers = stream.push(rows)
        assert answers[-1].complete
        np.testing.assert_array_equal(answers[-1].logits, expected)


def test_a_head_on_flattened_maps_has_no_step_and_says_why() -> None:
    refusal = step_refusal(integers_of("shallow-cnn"))
    assert refusal is not None
    assert "'hidden' (product) needs a whole window at once" in refusal
    assert step_refusal(integers_of("res-1d2d-segments")) is None
