"""Inspecting a bundle of a small run: both splits, the run it belongs to, the picture."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image

from edgegenre.audio.decode import load_pcm
from edgegenre.bundle import load_bundle
from edgegenre.datasets.folder import open_folder
from edgegenre.datasets.split import stratified_split
from edgegenre.datasets.split_record import to_json
from edgegenre.deploy.assemble import export_bundle
from edgegenre.deploy.inspect_bundle import Inspection, inspect_bundle
from edgegenre.deploy.inspect_plot import draw_inspection
from edgegenre.errors import BundleError
from edgegenre.frontend.extractors import integer_extractor
from edgegenre.integer import reference
from edgegenre.runs.run_folder import Run
from tests.bundles import finish, tiny_network, tiny_recurrent_network, tiny_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("inspect")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGEGENRE_CACHE", str(folder / "cache"))
        run = tiny_run(folder)
        finish(run)
        export_bundle(run, to=["onnx"], out_folder=folder / "bundle")
        yield run


@pytest.fixture(scope="module")
def bundle(run: Run) -> Path:
    return run.path.parents[1] / "bundle"


@pytest.fixture(scope="module")
def inspection(run: Run, bundle: Path) -> Inspection:
    return inspect_bundle(bundle, runs=run.path.parent)


def test_every_layer_has_its_figures_on_both_splits(inspection: Inspection) -> None:
    assert [layer.name for layer in inspection.layers] == [node.name for node in tiny_network().nodes]
    assert (inspection.calibration_clips, inspection.test_clips) == (24, 3)
    for layer in inspection.layers:
        assert layer.calibration.saturation == 0.0  # min-max covers all that calibration saw
        assert layer.test.noise_ratio is not None
        assert 10 < layer.test.noise_ratio < 80
        assert layer.headroom_bits > 0


def test_the_noise_of_the_logits_is_that_of_the_two_networks(run: Run, bundle: Path, inspection: Inspection) -> None:
    frontend = integer_extractor(run.inputs["features"])
    features = np.stack([frontend.features(load_pcm(track.path, 16_000))[:39] for track in run.split.test])
    integers = load_bundle(bundle).integers
    assert integers is not None
    exact = run.float_network().forward(features.astype(np.float32) / 32).astype(np.float64)
    found = integers.output.scale * (reference.run(integers, features).astype(int) - integers.output.zero_point)
    expected = 10 * np.log10((exact**2).sum() / ((found - exact) ** 2).sum())
    assert inspection.layers[-1].test.noise_ratio == pytest.approx(expected, rel=1e-6)


def test_the_json_is_plain_and_complete(inspection: Inspection) -> None:
    values = inspection.to_dict()
    assert values["recipe"] == "min-max"
    first = values["layers"][0]
    assert set(first) == {
        "name",
        "kind",
        "scale",
        "zero_point",
        "headroom_bits",
        "shifts",
        "calibration",
        "test",
        "histogram",
    }
    assert sum(first["histogram"]) == 3 * 20 * 6 * 8


def test_a_run_that_is_not_there_is_one_sentence_naming_the_option(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"the run it was exported from is not in .*--run"):
        inspect_bundle(bundle, runs=tmp_path)


def test_another_run_of_the_same_model_is_refused(run: Run, bundle: Path) -> None:
    other_split = to_json(stratified_split(open_folder(run.dataset.root), seed=1), run.dataset.root)
    for changed in ({"labels": ("high", "low", "hum")}, {"recorded_split": other_split}):
        with pytest.raises(BundleError, match="was not exported from"):
            inspect_bundle(bundle, run=dataclasses.replace(run, **changed))


@pytest.mark.parametrize("entries", [{}, {"recipe": "mse"}, {"recipe": "mse", "largest_calibration": "many"}])
def test_a_manifest_that_does_not_say_how_it_was_calibrated_is_refused(run: Run, bundle: Path, entries: dict) -> None:
    opened = load_bundle(bundle)
    damaged = dataclasses.replace(opened, manifest=dataclasses.replace(opened.manifest, quantization=entries))
    with pytest.raises(BundleError, match="does not say how it was calibrated"):
        inspect_bundle(damaged, run=run)


def test_a_float_bundle_has_nothing_to_inspect(run: Run, tmp_path: Path) -> None:
    folder = export_bundle(run, quantized=False, out_folder=tmp_path / "float")
    with pytest.raises(BundleError, match="no integers to inspect"):
        inspect_bundle(folder, run=run)


def test_a_recurrent_bundle_is_inspected_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEGENRE_CACHE", str(tmp_path / "cache"))
    run = tiny_run(tmp_path, tiny_recurrent_network())
    found = inspect_bundle(export_bundle(run, to=["onnx"], out_folder=tmp_path / "bundle"), run=run)
    gru = next(layer for layer in found.layers if layer.name == "gru")
    assert gru.scale == 1 / 128
    assert gru.test.noise_ratio is not None
    assert gru.test.noise_ratio > 10


def test_the_picture_has_a_row_for_every_layer(inspection: Inspection, tmp_path: Path) -> None:
    draw_inspection(inspection, tmp_path / "picture.png")
    height, width, _ = image.imread(tmp_path / "picture.png").shape
    assert width > 1000
    assert height > 50 * len(inspection.layers)
