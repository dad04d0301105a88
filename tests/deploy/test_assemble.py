"""The bundle: complete or not there, calibrated on training tracks alone, its files explaining themselves."""

import dataclasses
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from edgegenre.bundle import METADATA_KEY, load_bundle, manifest_text
from edgegenre.deploy.assemble import export_bundle
from edgegenre.errors import ExportError, QuantizationError
from edgegenre.integer import reference
from edgegenre.network.layers import Lstm
from edgegenre.network.network import Network
from edgegenre.progress import SILENT, Task
from edgegenre.quantize.float16 import float16_weights
from edgegenre.rooms import room
from edgegenre.runtime.engines.tflite_metadata import tflite_metadata
from tests.bundles import LABELS, tiny_network, tiny_recurrent_network, tiny_run


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEGENRE_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("network", [tiny_network(), tiny_recurrent_network(), tiny_recurrent_network(Lstm)])
def test_an_int8_bundle_holds_every_file_and_loads(network: Network, tmp_path: Path) -> None:
    bundle = load_bundle(export_bundle(tiny_run(tmp_path, network), out_folder=tmp_path / "bundle"))
    assert {name.split("/")[0] for name in bundle.files} == {
        "firmware",
        "integers.npz",
        "model.tflite",
        "model.onnx",
        "stream.onnx",
        "stream.tflite",
        "samples.npz",
        "MODEL_CARD.md",
    }
    manifest = bundle.manifest
    assert manifest.labels == LABELS
    assert set(manifest.metrics) == {"float", "float32", "q31"}
    assert {scores["clips"] for scores in manifest.metrics.values()} == {3}
    assert {scores["split"] for scores in manifest.metrics.values()} == {"test, by track, 8/1/1, seed 0"}
    assert {scores["grouping"] for scores in manifest.metrics.values()} == {"track"}
    assert manifest.training["tracks"] == {"train": 24, "validation": 3, "test": 3}
    model = onnx.load(bundle.path("model.onnx"))
    inside = {item.key: item.value for item in model.metadata_props}[METADATA_KEY]
    assert inside == manifest_text(manifest)
    for name in ("model.tflite", "stream.tflite"):
        assert tflite_metadata(bundle.path(name).read_bytes(), METADATA_KEY).decode() == inside
    samples = np.load(bundle.path("samples.npz"))
    assert bundle.integers is not None
    logits = reference.run(bundle.integers, samples["input_features"], "q31")
    np.testing.assert_array_equal(logits, samples["logits_q31"])
    assert "rendered" not in bundle.path("MODEL_CARD.md").read_text(encoding="utf-8")


def test_a_float_bundle_of_a_recurrent_model_holds_the_onnx_file(tmp_path: Path) -> None:
    run = tiny_run(tmp_path, tiny_recurrent_network())
    bundle = load_bundle(export_bundle(run, quantized=False, out_folder=tmp_path / "bundle"))
    assert set(bundle.files) == {"model_float.onnx", "MODEL_CARD.md"}
    assert set(bundle.manifest.metrics) == {"float"}
    session = onnxruntime.InferenceSession(bundle.path("model_float.onnx"), providers=["CPUExecutionProvider"])
    features = np.random.default_rng(0).normal(size=(2, 39, 12)).astype(np.float32)
    (logits,) = session.run(None, {"features": features})
    np.testing.assert_allclose(logits, run.float_network().forward(features), atol=1e-4)


def test_a_float16_bundle_is_scored_with_the_weights_it_stores(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    bundle = load_bundle(export_bundle(run, quantized=False, recipe_name="float16", out_folder=tmp_path / "bundle"))
    shipped = (room("calibration") / "float16.toml").read_bytes()
    assert bundle.manifest.quantization == {
        "recipe": "float16",
        "recipe_sha256": hashlib.sha256(shipped).hexdigest(),
        "weights": "float16",
    }
    assert bundle.manifest.metrics["float"]["clips"] == 3
    assert "stored as float16" in bundle.path("MODEL_CARD.md").read_text(encoding="utf-8")
    session = onnxruntime.InferenceSession(bundle.path("model_float.onnx"), providers=["CPUExecutionProvider"])
    features = np.random.default_rng(0).normal(size=(2, 39, 12)).astype(np.float32)
    (logits,) = session.run(None, {"features": features})
    np.testing.assert_allclose(logits, float16_weights(run.float_network()).forward(features), atol=1e-4)


@pytest.mark.parametrize(("quantized", "recipe"), [(True, "float16"), (False, "mse")])
def test_a_recipe_of_the_other_kind_is_refused(tmp_path: Path, quantized: bool, recipe: str) -> None:
    with pytest.raises(QuantizationError, match=f"--recipe {recipe}.*--float"):
        export_bundle(tiny_run(tmp_path), quantized=quantized, recipe_name=recipe, out_folder=tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_an_unknown_recipe_is_refused_with_the_near_one(tmp_path: Path) -> None:
    with pytest.raises(QuantizationError, match="Did you mean 'min-max'"):
        export_bundle(tiny_run(tmp_path), recipe_name="minmax", out_folder=tmp_path / "bundle")


@pytest.mark.parametrize(("accuracy", "loses"), [(0.0, False), (1.0, True)])
def test_the_baseline_stands_beside_the_network_and_losing_to_it_is_said(
    tmp_path: Path, accuracy: float, loses: bool
) -> None:
    baseline = {"method": "SVM on means and deviations", "test": {"accuracy": accuracy, "macro_f1": accuracy}}
    run = tiny_run(tmp_path)
    run = dataclasses.replace(run, metrics=run.metrics | {"baseline": baseline})
    bundle = load_bundle(export_bundle(run, quantized=False, out_folder=tmp_path / "bundle"))
    assert bundle.manifest.training["baseline"] == baseline
    # Wilson's interval of 0 or 3 of 3: z² / (3 + z²) from the end.
    away = 1.959964**2 / (3 + 1.959964**2)
    interval = f"{1 - away:.3f}–1.000" if loses else f"0.000–{away:.3f}"
    card = bundle.path("MODEL_CARD.md").read_text(encoding="utf-8")
    row = f"| baseline: SVM on means and deviations | {accuracy:.3f} | {interval} | {accuracy:.3f} | | 3 |"
    assert row in card.splitlines()
    assert ("**The network loses to the baseline**" in card) == loses


def test_the_card_names_the_teacher_and_not_where_its_run_lies(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    run = dataclasses.replace(run, teacher="/home/ada/runs/big_one", metrics=run.metrics | {"unlabeled_tracks": 7})
    bundle = load_bundle(export_bundle(run, quantized=False, out_folder=tmp_path / "bundle"))
    card = bundle.path("MODEL_CARD.md").read_text(encoding="utf-8")
    assert "It learnt what the teacher 'big\\_one' thinks of the tracks, and of 7 tracks without a label." in card
    assert not [path for path in bundle.folder.rglob("*") if path.is_file() and b"/home/ada" in path.read_bytes()]


def test_an_interrupted_export_leaves_the_older_bundle_whole(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    folder = export_bundle(run, out_folder=tmp_path / "bundle")
    before = load_bundle(folder).files

    class InterruptedWhileWriting:
        """Ctrl-C in the middle of writing the files: while the samples are computed."""

        @contextmanager
        def task(self, description: str, total: int) -> Iterator[Task]:
            if description == "reading validation tracks":
                raise KeyboardInterrupt
            with SILENT.task(description, total) as task:
                yield task

    with pytest.raises(KeyboardInterrupt):
        export_bundle(run, out_folder=folder, progress=InterruptedWhileWriting())
    with pytest.raises(KeyboardInterrupt):
        export_bundle(run, out_folder=tmp_path / "new", progress=InterruptedWhileWriting())
    assert load_bundle(folder).files == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle", "cache", "music", "runs"]


def test_calibration_never_reads_validation_or_test_tracks(tmp_path: Path) -> None:
    """With those tracks made of something else entirely, the integers stay the same."""
    run = tiny_run(tmp_path)
    first = load_bundle(export_bundle(run, out_folder=tmp_path / "one")).path("integers.npz").read_bytes()
    for track in (*run.split.validation, *run.split.test):
        track.path.write_bytes(run.split.train[0].path.read_bytes())
    second = load_bundle(export_bundle(run, out_folder=tmp_path / "two")).path("integers.npz").read_bytes()
    assert first == second


def test_an_export_never_replaces_a_folder_that_is_no_bundle(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    with pytest.raises(ExportError, match="no bundle"):
        export_bundle(run, out_folder=tmp_path / "music")
    assert len(list((tmp_path / "music").rglob("*.wav"))) == 30
