"""Every engine computes the same network; an engine that cannot says what to do."""

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from edgegenre.bundle import Bundle, load_bundle
from edgegenre.deploy.assemble import export_bundle
from edgegenre.errors import MissingDependencyError, RuntimeEngineError
from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.network.layers import Lstm
from edgegenre.runs.run_folder import Run
from edgegenre.runtime.registry import NAMES, open_engine
from tests.bundles import SPEC, tiny_bundle, tiny_network, tiny_recurrent_network, tiny_run

NETWORKS = {"convolutional": tiny_network(), "gru": tiny_recurrent_network(), "lstm": tiny_recurrent_network(Lstm)}


@pytest.fixture(scope="module", params=NETWORKS)
def bundle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(tiny_bundle(tmp_path_factory.mktemp("tiny"), NETWORKS[request.param]))


@pytest.fixture(scope="module", params=NETWORKS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return tiny_run(tmp_path_factory.mktemp("run"), NETWORKS[request.param])


def some_features(clips: int) -> np.ndarray:
    shape = (clips, SPEC.window_frames, SPEC.coefficients)
    return np.clip(np.random.default_rng(4).normal(0, 40, shape), -128, 127).astype(np.int8)


@pytest.mark.parametrize(
    ("name", "arithmetic"),
    [("onnxruntime", "float32"), ("litert", "float32"), ("litert", "q31")],
)
def test_other_people_s_engines_equal_the_reference_to_the_bit(
    bundle: Bundle, name: str, arithmetic: Arithmetic
) -> None:
    features = some_features(60)
    expected = open_engine("reference", bundle, arithmetic=arithmetic).logits(features)
    found = open_engine(name, bundle, arithmetic=arithmetic).logits(features)
    assert found.dtype == expected.dtype == np.int8
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
def test_an_engine_s_stream_ends_in_its_own_logits(bundle: Bundle, arithmetic: Arithmetic) -> None:
    features = some_features(2)
    for name in ("reference", "litert", "native", *(["onnxruntime"] if arithmetic == "float32" else [])):
        engine = open_engine(name, bundle, arithmetic=arithmetic)
        stream = engine.stream("clip")
        for clip, expected in zip(features, engine.logits(features), strict=True):
            answers = [item for row in clip for item in stream.push(row[None])]
            assert answers[-1].complete
            np.testing.assert_array_equal(answers[-1].logits, expected)
            stream.reset()


def test_a_run_gives_the_same_logits_in_numpy_torch_and_onnx(run: Run, tmp_path: Path) -> None:
    """torch and onnxruntime are the oracles of the numpy network; float32 rounding is all that may differ."""
    features = some_features(5)
    exported = export_bundle(run, quantized=False, out_folder=tmp_path / "float")
    ours = open_engine("reference", run).logits(features)
    np.testing.assert_allclose(open_engine("torch", run).logits(features), ours, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(open_engine(None, exported).logits(features), ours, rtol=1e-4, atol=1e-4)
    assert np.ptp(ours) > 0.1


def test_a_wrong_name_gets_the_near_one(bundle: Bundle) -> None:
    with pytest.raises(RuntimeEngineError, match="Did you mean 'onnxruntime'"):
        open_engine("onnx-runtime", bundle)


@pytest.mark.parametrize("name", [item for item in NAMES if item not in ("reference", "torch")])
def test_a_run_is_not_computed_by_engines_that_need_an_export(run: Run, name: str) -> None:
    with pytest.raises(RuntimeEngineError, match="edgegenre export"):
        open_engine(name, run)


def test_a_bundle_is_not_computed_by_torch(bundle: Bundle) -> None:
    with pytest.raises(RuntimeEngineError, match="run folder"):
        open_engine("torch", bundle)


def test_onnxruntime_does_not_claim_q31(bundle: Bundle) -> None:
    with pytest.raises(RuntimeEngineError, match="float32 arithmetic"):
        open_engine("onnxruntime", bundle, arithmetic="q31")


def test_a_float_model_does_not_take_an_integer_arithmetic(run: Run) -> None:
    with pytest.raises(RuntimeEngineError, match="this model is float"):
        open_engine("reference", run, arithmetic="q31")


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RuntimeEngineError, match="no such folder"):
        open_engine(None, tmp_path / "nothing")


@pytest.mark.parametrize(
    ("name", "blocked", "extra"),
    [("onnxruntime", "onnxruntime", "onnxruntime"), ("litert", "ai_edge_litert tflite_runtime tensorflow", "litert")],
)
def test_an_engine_that_is_not_installed_says_how_to_install_it(
    bundle: Bundle, name: str, blocked: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in blocked.split():
        for loaded in [item for item in sys.modules if item.split(".")[0] == module]:
            monkeypatch.delitem(sys.modules, loaded)
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingDependencyError, match=rf"pip install 'edgegenre\[{extra}\]'"):
        open_engine(name, bundle)


def test_a_device_classifies_with_numpy_alone(bundle: Bundle) -> None:
    """A Raspberry Pi has no torch, onnx, scipy or librosa; here their import fails."""
    program = f"""
        import sys
        BLOCKED = {{"torch", "onnx", "onnxruntime", "ai_edge_litert", "scipy", "librosa", "tensorflow",
                   "sklearn", "matplotlib", "safetensors", "jinja2", "sounddevice", "flatbuffers"}}
        class Blocker:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in BLOCKED:
                    raise ModuleNotFoundError(f"blocked: {{name}}", name=name)
        sys.meta_path.insert(0, Blocker())
        import numpy as np
        from edgegenre.runtime.classifier import Classifier
        classifier = Classifier({str(bundle.folder)!r})
        print(classifier.classify_pcm(np.arange(40_000).astype(np.int16)).label)
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, timeout=60
    )
    assert result.stderr == ""
    assert result.stdout.strip() in bundle.manifest.labels
