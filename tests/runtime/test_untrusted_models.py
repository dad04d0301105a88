"""Models that somebody else made: an engine computes what it was made for, or says why not."""

import dataclasses
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from edgegenre.bundle import STREAM_ONNX, STREAM_TFLITE, load_bundle, write_manifest
from edgegenre.errors import EdgegenreError, RuntimeEngineError, first_line
from edgegenre.export.onnx.stream import onnx_layout, stream_onnx_bytes
from edgegenre.export.steps import step_plan
from edgegenre.export.stream_layout import StepInput
from edgegenre.export.tflite.stream import stream_tflite_bytes, tflite_layout
from edgegenre.integer.network import IntegerNetwork
from edgegenre.runtime.engines.litert_interpreter import open_interpreter
from edgegenre.runtime.engines.litert_stream import LiteRTStream
from edgegenre.runtime.engines.native import NativeEngine
from edgegenre.runtime.engines.onnxruntime_stream import OnnxStream
from edgegenre.runtime.registry import open_engine
from tests.bundles import tiny_bundle
from tests.networks import random_features, random_integer_network


@pytest.fixture(scope="module")
def native() -> NativeEngine:
    return NativeEngine(random_integer_network("odd"))


@pytest.mark.parametrize(
    "features",
    [
        np.zeros((1, 39, 12), np.int8),
        np.zeros((1, 61, 11), np.int8),
        np.zeros((61, 12), np.int8),
        np.zeros(61 * 12, np.int8),
        np.zeros((1, 61, 12), np.float32),
        np.zeros((1, 61, 12), np.int16),
    ],
)
def test_c_reads_no_features_of_another_shape_or_type(native: NativeEngine, features: np.ndarray) -> None:
    with pytest.raises(EdgegenreError, match=r"takes (int8 features|61 x 12 x 1)"):
        native.logits(features)


@pytest.mark.parametrize("mode", ["clip", "continuous"])
@pytest.mark.parametrize(
    "rows",
    [np.zeros((1, 11), np.int8), np.zeros(12, np.int8), np.zeros((1, 12), np.int16), np.zeros((1, 1, 12), np.int8)],
)
def test_a_stream_in_c_reads_no_rows_of_another_shape_or_type(
    native: NativeEngine, mode: str, rows: np.ndarray
) -> None:
    with pytest.raises(EdgegenreError, match=r"takes int8 features|a row of input 'features' is 12 x 1 values"):
        native.stream(mode).push(rows)


def test_features_with_gaps_are_computed_like_any_other(native: NativeEngine) -> None:
    features = random_features(random_integer_network("odd"), 4)
    np.testing.assert_array_equal(native.logits(features[::2]), native.logits(features)[::2])


def test_a_refusal_without_a_word_is_still_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Interpreters raise errors whose message is empty."""

    class Mute:
        def __init__(self, **_: object) -> None:
            raise RuntimeError

    monkeypatch.setitem(sys.modules, "mute", types.SimpleNamespace(Interpreter=Mute))
    with pytest.raises(RuntimeEngineError, match=r"the file: LiteRT cannot load it \(RuntimeError\)"):
        open_interpreter(b"", "the file", arithmetic="float32", module="mute")
    assert first_line(ValueError("\n It ends here.\nAt line 5.")) == "It ends here"
    with pytest.raises(RuntimeEngineError, match="LiteRT cannot load it"):
        open_interpreter(b"", "the file", arithmetic="float32")


STEPS = {
    "onnxruntime": (STREAM_ONNX, stream_onnx_bytes, onnx_layout, "edgegenre.export.onnx.stream.onnx_layout"),
    "litert": (STREAM_TFLITE, stream_tflite_bytes, tflite_layout, "edgegenre.export.tflite.stream.tflite_layout"),
}


STREAMS = {"onnxruntime": OnnxStream, "litert": LiteRTStream}


def misleading_step(engine: str, integers: IntegerNetwork, monkeypatch: pytest.MonkeyPatch, **changes: object) -> bytes:
    """A real step file whose layout says something else."""
    _, write, layout, place = STEPS[engine]
    with monkeypatch.context() as patch:
        patch.setattr(place, lambda plan: dataclasses.replace(layout(plan), **changes))
        return write(integers, "{}")


@pytest.mark.parametrize("engine", STEPS)
def test_a_step_whose_layout_is_not_that_of_the_integers_is_refused(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another scale of the logits turns every probability into another."""
    bundle = load_bundle(tiny_bundle(tmp_path))
    assert bundle.integers is not None
    assert open_engine(engine, bundle).stream("clip").push(np.zeros((5, 12), np.int8)) is not None
    name, _, layout, _ = STEPS[engine]
    output = dataclasses.replace(bundle.integers.output, scale=1.0)
    model = misleading_step(engine, bundle.integers, monkeypatch, output=output)
    with pytest.raises(RuntimeEngineError, match=r"the file: its streaming layout is not the one"):
        STREAMS[engine](model, layout=layout(step_plan(bundle.integers)), name="the file")
    (bundle.folder / name).write_bytes(model)
    write_manifest(bundle.folder, bundle.manifest)
    with pytest.raises(RuntimeEngineError, match=f"{name}: is not what edgegenre writes from the bundle's integers"):
        open_engine(engine, load_bundle(bundle.folder))


@pytest.mark.parametrize("engine", STEPS)
@pytest.mark.parametrize("change", [{"frequency": 11}, {"name": "other"}])
def test_a_step_that_its_layout_does_not_fit_is_one_sentence(
    engine: str, change: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    integers = random_integer_network("odd")
    told = StepInput(**({"name": "features", "frames": 61, "frequency": 12, "channels": 1} | change))
    model = misleading_step(engine, integers, monkeypatch, inputs=(told,))
    with pytest.raises(RuntimeEngineError, match="streaming step"):
        stream = STREAMS[engine](model)
        stream.push(np.zeros((61, told.frequency), np.int8))


@pytest.mark.parametrize("engine", STEPS)
def test_a_step_with_impossible_sizes_is_not_opened(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    integers = random_integer_network("odd")
    for changes in ({"steps": 10**9}, {"frames_per_step": 0}, {"head_rows": 10**9}):
        model = misleading_step(engine, integers, monkeypatch, **changes)
        with pytest.raises(RuntimeEngineError, match="the streaming layout cannot be read"):
            STREAMS[engine](model)
