"""verify counts what differs, sees what is inside, and refuses to be satisfied by inputs that prove nothing."""

import collections
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from edgegenre.bundle import (
    FIRMWARE,
    INTEGERS,
    MANIFEST,
    ONNX,
    SAMPLES,
    STREAM_ONNX,
    STREAM_TFLITE,
    TFLITE,
    Manifest,
    load_bundle,
    write_manifest,
)
from edgegenre.deploy.assemble import export_bundle
from edgegenre.errors import BundleError
from edgegenre.evaluation.verify.bundle import Verification, verify
from edgegenre.evaluation.verify.inputs import random_clips, unexercised
from edgegenre.evaluation.verify.prefixes import onnx_prefix
from edgegenre.export.onnx.clip import onnx_bytes
from edgegenre.export.onnx.stream import stream_onnx_bytes
from edgegenre.export.tflite.clip import tflite_bytes
from edgegenre.export.tflite.stream import stream_tflite_bytes
from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.integer import reference
from edgegenre.integer.archive import load_integers, save_integers
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell, Product, WeightedOperation
from edgegenre.integer.requantize import ARITHMETICS
from edgegenre.network.layers import Gru, Lstm, RecurrentLayer
from edgegenre.network.network import Network
from tests.bundles import tiny_bundle, tiny_network, tiny_recurrent_network, tiny_run
from tests.export.engines import session
from tests.networks import RECURRENT_MODELS, named, named_network, random_features, random_integer_network, replaced

ROWS = {
    ("native", "float32"),
    ("native", "q31"),
    ("native-stream", "float32"),
    ("native-stream", "q31"),
    ("numpy", "float32"),
    ("numpy", "q31"),
    ("numpy-stream", "float32"),
    ("numpy-stream", "q31"),
    ("onnxruntime", "float32"),
    ("onnxruntime-stream", "float32"),
    ("litert", "float32"),
    ("litert-reference", "q31"),
    ("litert-stream", "float32"),
    ("litert-reference-stream", "q31"),
}


@pytest.fixture(autouse=True)
def compiled_once(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The C runtime of the bundles here, which mostly hold the same integers."""
    monkeypatch.setenv("EDGEGENRE_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return tiny_bundle(tmp_path)


def rehashed(folder: Path) -> Path:
    """Sign what a test has changed, so that only the arithmetic can object."""
    manifest = load_manifest(folder)
    (folder / MANIFEST).unlink()
    write_manifest(folder, manifest)
    return folder


def load_manifest(folder: Path):
    return Manifest.from_dict(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))


def altered(network: IntegerNetwork, name: str) -> IntegerNetwork:
    """One bias of one layer larger by about one output step."""
    layer = named(network, name)
    assert isinstance(layer, WeightedOperation)
    bias = layer.bias.copy()
    bias[0] += int(np.ceil(1 / layer.float32_scales[0]))
    return replaced(network, lambda operation: {"bias": bias} if operation is layer else {})


@pytest.mark.parametrize("network", [tiny_network(), tiny_recurrent_network(), tiny_recurrent_network(Lstm)])
def test_an_exported_bundle_has_no_mismatch_on_any_engine(network: Network, tmp_path: Path) -> None:
    found = verify(tiny_bundle(tmp_path, network))
    assert found.passed, found.problems
    assert {(result.engine, result.arithmetic) for result in found.results} >= ROWS
    for result in found.results:
        assert (result.mismatches, result.max_difference, result.top1_agreement) == (0, 0, 1.0)
    inside = {result.engine: result.tensors for result in found.results}
    assert inside["native"] == inside["native-stream"] == 1
    assert inside["onnxruntime"] == inside["litert"] == inside["litert-reference"] == len(network.nodes)
    assert (found.random_clips, found.recorded_clips) == (8, 3)
    assert found.firmware_files > 20


def bundle_of(name: str, folder: Path) -> Path:
    """A bundle of the `random_integer_network` of that name, with nothing in it but what `verify` reads."""
    network, integers = named_network(name), random_integer_network(name)
    folder.mkdir()
    save_integers(integers, folder / INTEGERS)
    for file, write in (
        (ONNX, onnx_bytes),
        (STREAM_ONNX, stream_onnx_bytes),
        (TFLITE, tflite_bytes),
        (STREAM_TFLITE, stream_tflite_bytes),
    ):
        (folder / file).write_bytes(write(integers, "{}"))
    features = random_features(network, 2, seed=1)
    logits = {f"logits_{arithmetic}": reference.run(integers, features, arithmetic) for arithmetic in ARITHMETICS}
    np.savez_compressed(folder / SAMPLES, input_features=features[..., np.newaxis], **logits)
    spec = dataclasses.replace(LIANG_MFCC, window_frames=network.input_shape.time)
    some = np.random.default_rng(0).normal(size=(50, spec.coefficients)).astype(np.float32)
    manifest = Manifest(
        model=network.name,
        labels=tuple(str(number) for number in range(network.classes)),
        inputs={"features": FeatureInput.fit(spec, [some])},
        vote="mean",
        quantized=True,
        network=network,
        costs={},
    )
    write_manifest(folder, manifest)
    return folder


KNOWN_TO_DIFFER = {("lstm", "tensorflow", "float32")}
"""The delegate inside TensorFlow 2.21 computes this LSTM's whole clips otherwise; its reference kernels, its streams
and LiteRT do not (docs/results.md)."""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lstm", *RECURRENT_MODELS])
def test_every_recurrent_model_verifies_on_every_engine(name: str, tmp_path: Path) -> None:
    found = verify(bundle_of(name, tmp_path / "bundle"), clips=2)
    assert {(result.engine, result.arithmetic) for result in found.results} >= ROWS
    assert {(name, item.engine, item.arithmetic) for item in found.results if item.mismatches} <= KNOWN_TO_DIFFER
    assert {result.tensors for result in found.results if result.engine == "litert"} == {len(named_network(name).nodes)}


def test_the_json_holds_the_verdict_and_every_engine(bundle: Path) -> None:
    found = verify(bundle, clips=2)
    data = json.loads(json.dumps(found.to_dict()))
    assert data["passed"] is True
    assert data["problems"] == []
    assert [set(item) for item in data["not_run"]] == [{"engine", "install"}] * len(found.not_run)
    promised = {"engine", "arithmetic", "outputs", "mismatches", "max_difference", "top1_agreement", "tensors"}
    assert all(promised <= set(row) for row in data["engines"])
    assert {(row["engine"], row["arithmetic"]) for row in data["engines"]} >= ROWS


def test_engines_that_are_not_installed_are_named_with_their_command(bundle: Path) -> None:
    found = verify(bundle, clips=2)
    engines = {result.engine for result in found.results} | {item.engine for item in found.not_run}
    assert {"tensorflow", "tensorflow-reference", "tflite-runtime-reference"} <= engines
    assert all(item.install.startswith("pip install") for item in found.not_run)


def integers_alone(bundle: Path, *also: str) -> Path:
    """Take from a bundle everything that another engine reads, but for the files below the folders `also`."""
    for path in sorted(bundle.rglob("*"), reverse=True):
        name = path.relative_to(bundle).as_posix()
        if path.is_file() and not name.startswith((INTEGERS, SAMPLES, MANIFEST, *also)):
            path.unlink()
    return rehashed(bundle)


def foreign(found: Verification) -> set[str]:
    return {result.engine for result in found.results if not result.engine.startswith("numpy")}


def test_integers_alone_are_verified_by_the_c_runtime(bundle: Path) -> None:
    found = verify(integers_alone(bundle), clips=2)
    assert found.passed, found.problems
    assert foreign(found) == {"native", "native-stream"}
    assert found.firmware_files == 0
    assert any("no firmware" in item.engine for item in found.not_run)


def test_numpy_alone_verifies_nothing(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", str(tmp_path / "no-compiler"))
    found = verify(integers_alone(bundle), clips=2)
    assert foreign(found) == set()
    assert not found.passed
    (problem,) = found.problems
    assert "nothing was compared" in problem
    assert "apt-get install gcc" in problem
    assert [(item.engine, item.install) for item in found.not_run if item.engine.startswith("native")] == [
        ("native", "apt-get install gcc")
    ]


def test_other_engines_verify_without_a_c_compiler(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", str(tmp_path / "no-compiler"))
    found = verify(bundle, clips=2)
    assert found.passed, found.problems
    assert {"onnxruntime", "litert"} <= foreign(found)


def test_a_compiler_that_gets_numbers_wrong_is_found(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = tmp_path / "wrong-cc"
    compiler.write_text(
        """#!/bin/sh
        for argument; do
            case "$argument" in */eg_model.c) sed -i 's/.zero_out = .*,/.zero_out = 5,/' "$argument" ;; esac
        done
        exec cc "$@" -O0
        """
    )
    compiler.chmod(0o700)
    monkeypatch.setenv("CC", str(compiler))
    found = verify(integers_alone(bundle), clips=2)
    assert not found.passed
    wrong = {(result.engine, result.arithmetic): result for result in found.results if result.mismatches}
    assert set(wrong) == {(name, item) for name in ("native", "native-stream") for item in ARITHMETICS}
    assert {result.first_difference for result in wrong.values()} == {"logits"}


def tampered_bias(firmware: Path) -> str:
    """Another last digit of the first bias."""
    path = firmware / "src" / "eg_model.c"
    head, bias, rest = path.read_text(encoding="utf-8").partition("_bias[")
    line, end, tail = rest.partition(",")
    path.write_text(head + bias + line[:-1] + str((int(line[-1]) + 1) % 10) + end + tail, encoding="utf-8")
    return path.name


def tampered_kernel(firmware: Path) -> str:
    path = firmware / "src" / "eg_head.c"
    path.write_text(path.read_text(encoding="utf-8").replace("+=", "-=", 1), encoding="utf-8")
    return path.name


def lost_header(firmware: Path) -> str:
    path = firmware / "include" / "eg_model.h"
    path.unlink()
    return path.name


def foreign_file(firmware: Path) -> str:
    path = firmware / "src" / "more.c"
    path.write_text("int more;\n", encoding="utf-8")
    return path.name


@pytest.mark.parametrize("tamper", [tampered_bias, tampered_kernel, lost_header, foreign_file])
def test_firmware_that_does_not_hold_the_integers_is_a_problem(bundle: Path, tamper: Callable[[Path], str]) -> None:
    integers_alone(bundle, FIRMWARE)
    sound = verify(bundle, clips=2)
    assert sound.passed, sound.problems
    assert sound.firmware_files > 20
    name = tamper(bundle / FIRMWARE)
    found = verify(rehashed(bundle), clips=2)
    assert not found.passed
    assert all(result.mismatches == 0 for result in found.results)
    (problem,) = found.problems
    assert f"/{name} " in problem
    assert "export the bundle again" in problem


@pytest.mark.parametrize("cell", [Gru, Lstm])
def test_one_wrong_bias_of_a_gate_is_found(tmp_path: Path, cell: type[RecurrentLayer]) -> None:
    bundle = tiny_bundle(tmp_path, tiny_recurrent_network(cell))
    network = load_integers(bundle / INTEGERS)
    (layer,) = (operation for operation in network.operations if isinstance(operation, Cell))
    bias = layer.bias.copy()
    bias[0] += 1 << 18
    wrong = replaced(network, lambda operation: {"bias": bias} if operation is layer else {})
    (bundle / TFLITE).write_bytes(tflite_bytes(wrong, "{}"))
    (bundle / STREAM_ONNX).write_bytes(stream_onnx_bytes(wrong, "{}"))
    found = verify(rehashed(bundle), clips=4)
    differing = {result.engine: result.first_difference for result in found.results if result.mismatches}
    assert {name: place for name, place in differing.items() if name.startswith(("litert", "onnx"))} == {
        "litert": cell.__name__.lower(),
        "litert-reference": cell.__name__.lower(),
        "onnxruntime-stream": "logits",
    }


@pytest.mark.parametrize("name", ["conv1", "pointwise2", "logits"])
@pytest.mark.parametrize(
    ("file", "write", "engines"),
    [
        (ONNX, onnx_bytes, {"onnxruntime"}),
        (TFLITE, tflite_bytes, {"litert", "litert-reference"}),
        (STREAM_ONNX, stream_onnx_bytes, {"onnxruntime-stream"}),
        (STREAM_TFLITE, stream_tflite_bytes, {"litert-stream", "litert-reference-stream"}),
    ],
)
def test_one_wrong_bias_in_one_file_is_found_and_located(bundle: Path, name: str, file: str, write, engines) -> None:
    (bundle / file).write_bytes(write(altered(load_integers(bundle / INTEGERS), name), "{}"))
    found = verify(rehashed(bundle), clips=4)
    assert not found.passed
    wrong = {result.engine: result for result in found.results if result.mismatches}
    assert {engine for engine in wrong if not engine.startswith(("tensorflow", "tflite"))} == engines
    for engine, result in wrong.items():
        assert result.max_difference >= 1
        assert result.first_difference == ("logits" if engine.endswith("stream") else name)


def test_other_integers_than_at_export_are_found_by_the_stored_logits(bundle: Path) -> None:
    with np.load(bundle / SAMPLES) as archive:
        arrays = dict(archive)
    arrays["logits_q31"][0, 0] ^= 1
    np.savez_compressed(bundle / SAMPLES, **arrays)
    wrong = [result for result in verify(rehashed(bundle), clips=4).results if result.mismatches]
    assert [(result.engine, result.arithmetic, result.mismatches) for result in wrong] == [("numpy", "q31", 1)]


def test_a_file_that_an_engine_refuses_is_a_problem_not_a_crash(bundle: Path) -> None:
    (bundle / ONNX).write_bytes(b"not an onnx file")
    found = verify(rehashed(bundle), clips=2)
    assert not found.passed
    assert any(problem.startswith("onnxruntime cannot run") for problem in found.problems)


def test_a_float_bundle_has_nothing_to_verify(tmp_path: Path) -> None:
    folder = export_bundle(tiny_run(tmp_path), quantized=False, out_folder=tmp_path / "float")
    with pytest.raises(BundleError, match="--int8"):
        verify(folder)


def test_samples_of_another_shape_are_refused(bundle: Path) -> None:
    with np.load(bundle / SAMPLES) as archive:
        arrays = dict(archive)
    np.savez_compressed(bundle / SAMPLES, **(arrays | {"input_features": arrays["input_features"][:, :-1]}))
    with pytest.raises(BundleError, match="features"):
        verify(rehashed(bundle))


def _tensors(network: IntegerNetwork, clips: int = 6) -> dict[str, np.ndarray]:
    features = random_clips(network.inputs, clips, seed=0)
    return {name: value.reshape(clips, -1) for name, value in reference.tensors(network, features)}


def test_lively_tensors_are_accepted_dead_and_saturated_ones_are_not() -> None:
    network = random_integer_network("odd")
    tensors = _tensors(network)
    assert unexercised(network, tensors) == []
    dead = np.full_like(tensors["pointwise"], -128)
    assert "'pointwise' is near-constant" in unexercised(network, tensors | {"pointwise": dead})[0]
    loud = tensors["standard"].copy()
    loud[:, ::2] = 127
    assert "'standard' is saturated" in unexercised(network, tensors | {"standard": loud})[0]
    same = np.repeat(tensors["logits"][:1], 6, axis=0)
    assert "the logits are near-constant" in unexercised(network, tensors | {"logits": same})[-1]


def test_verification_fails_on_a_network_whose_layer_is_dead(bundle: Path) -> None:
    """All files agree, but they agree on nothing."""
    network = load_integers(bundle / INTEGERS)
    layer = named(network, "pointwise2")
    assert isinstance(layer, Product)
    nothing = {"weights": layer.weights * 0, "bias": layer.bias * 0}
    dead = replaced(network, lambda operation: nothing if operation is layer else {})
    problems = unexercised(dead, _tensors(dead))
    assert any("'pointwise2' is near-constant" in problem for problem in problems)
    assert any("the logits are near-constant" in problem for problem in problems)


def test_a_prefix_of_the_onnx_file_is_fused_as_the_whole_file_is(tmp_path: Path) -> None:
    network = random_integer_network("odd")
    written = onnx_bytes(network, "{}")
    for layer, convolutions in (("pointwise", 3), ("standard", 4)):
        session(onnx_prefix(written, f"{layer}/q"), str(tmp_path / "cut.onnx"))
        operators = collections.Counter(node.op_type for node in onnx.load(tmp_path / "cut.onnx").graph.node)
        assert operators["QLinearConv"] == convolutions
        assert operators["Conv"] == 0


def test_loading_checks_the_hashes_first(bundle: Path) -> None:
    (bundle / TFLITE).write_bytes((bundle / TFLITE).read_bytes()[:-100])
    with pytest.raises(BundleError, match="hash"):
        load_bundle(bundle)
