"""Models on other features than MFCC: exported and classifying on every engine, refused where they cannot be."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from edgegenre.audio.decode import load_pcm
from edgegenre.bundle import FIRMWARE, load_bundle
from edgegenre.deploy.assemble import export_bundle
from edgegenre.errors import ExportError, FeatureError
from edgegenre.export.c.frontend import firmware_frontend
from edgegenre.frontend.extractors import integer_extractor
from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.normalization import Normalization
from edgegenre.frontend.protocol import Frontend
from edgegenre.integer.reference import run as run_integers
from edgegenre.runs.run_folder import Run
from edgegenre.runtime.classifier import Classifier
from tests.bundles import tiny_run
from tests.frontend.kinds import LOG_MEL, MAGNITUDE, MFCC_13, RAW

FRONTENDS = {
    "log-mel": dataclasses.replace(LOG_MEL, mel_bands=20, window_frames=60),
    "magnitude": dataclasses.replace(MAGNITUDE, frame_length=64, hop_length=64, window_frames=60),
    "raw": dataclasses.replace(RAW, frame_length=64, hop_length=64, window_frames=60),
    "mfcc": dataclasses.replace(MFCC_13, window_frames=40),
}


@pytest.fixture(scope="module", params=FRONTENDS)
def frontend(request: pytest.FixtureRequest) -> Frontend:
    return FRONTENDS[request.param]


@pytest.fixture(scope="module")
def run(frontend: Frontend, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return tiny_run(tmp_path_factory.mktemp("run"), frontends={"features": frontend})


@pytest.fixture(scope="module")
def bundle(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_bundle(run, out_folder=tmp_path_factory.mktemp("out") / "bundle")


def test_a_bundle_keeps_the_front_end_and_its_normalization(run: Run, bundle: Path) -> None:
    assert load_bundle(bundle).manifest.inputs == run.inputs


@pytest.mark.parametrize("engine", ["reference", "onnxruntime", "litert"])
def test_every_engine_hears_the_integer_features(run: Run, bundle: Path, engine: str) -> None:
    track = run.split.test[0]
    spec = run.clock
    pcm = load_pcm(track.path, spec.sample_rate)
    rows = integer_extractor(run.inputs["features"]).features(pcm)
    count = len(rows) // spec.window_frames
    windows = rows[: count * spec.window_frames].reshape(count, spec.window_frames, -1)
    integers = load_bundle(bundle).integers
    assert integers is not None
    expected = run_integers(integers, windows)[-1]
    assert Classifier(bundle, engine).classify_file(track.path).logits == tuple(expected.tolist())


@pytest.mark.parametrize("chunk", [501, 10**6])
def test_a_stream_ends_with_the_decision_on_the_file(run: Run, bundle: Path, chunk: int) -> None:
    pcm = load_pcm(run.split.test[1].path, run.clock.sample_rate)
    classifier = Classifier(bundle)
    decisions = [item for start in range(0, len(pcm), chunk) for item in classifier.push(pcm[start : start + chunk])]
    decisions += classifier.finish()
    assert decisions[-1].probabilities == classifier.classify_pcm(pcm).probabilities


def test_there_is_firmware_or_asking_for_it_says_why(run: Run, bundle: Path, tmp_path: Path) -> None:
    has_firmware = any(name.startswith(FIRMWARE) for name in load_bundle(bundle).files)
    assert has_firmware == (run.clock.kind == "mfcc")
    if has_firmware:
        return
    with pytest.raises(ExportError, match=r"--to c: the C runtime computes MFCC, their summary and mel bands in"):
        export_bundle(run, to=["c"], out_folder=tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_features_without_an_integer_form_are_exported_in_float_alone(tmp_path: Path) -> None:
    odd = dataclasses.replace(FRONTENDS["log-mel"], frame_length=500, hop_length=250)
    run = tiny_run(tmp_path, frontends={"features": odd})
    with pytest.raises(FeatureError, match=r"'features' cannot be deployed in integers: .* not of 500"):
        export_bundle(run, out_folder=tmp_path / "int8")
    bundle = export_bundle(run, quantized=False, out_folder=tmp_path / "float")
    track = run.split.test[0]
    pcm = load_pcm(track.path, odd.sample_rate)
    item = run.inputs["features"]
    window = item.normalization.quantize(odd.float64(pcm))[: odd.window_frames]
    expected = run.float_network().forward(window[np.newaxis] / np.float32(32))[0]
    found = Classifier(bundle).classify_pcm(pcm[: odd.samples_for(odd.window_frames)])
    np.testing.assert_allclose(found.logits, expected, rtol=0, atol=1e-4)


def test_two_inputs_have_no_firmware() -> None:
    item = FeatureInput(frontend=RAW, normalization=Normalization(mean=(0.0,), deviation=(1.0,)))
    with pytest.raises(ExportError, match=r"the C runtime takes one input, and this model has 2: one, two\."):
        firmware_frontend({"one": item, "two": item})
