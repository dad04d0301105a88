"""`bench` on a real bundle: every engine measured or skipped with a reason, and figures that agree with each other."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest

from edgegenre.bench.measure import run_bench
from edgegenre.bench.memory_probe import _peak
from edgegenre.bench.runners import clip_runner, frames_per_update, runners, update_runner
from edgegenre.bundle import TFLITE, load_bundle, write_manifest
from edgegenre.deploy.assemble import export_bundle
from edgegenre.errors import BenchError, EdgegenreError
from edgegenre.records.files import read_records
from edgegenre.records.record import Record
from edgegenre.runs.run_folder import load_run
from edgegenre.zoo.registry import model
from tests.bundles import finish, tiny_run


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one run, complete as training leaves it."""
    run = tiny_run(tmp_path_factory.mktemp("bench"))
    finish(run)
    return run.path.parent


@pytest.fixture(scope="module")
def folder(runs: Path) -> Path:
    return export_bundle(load_run(runs / "run-1"), out_folder=runs.parent / "bundle")


@pytest.fixture(scope="module")
def records(folder: Path, runs: Path) -> list[Record]:
    return run_bench([folder], out=folder.parent / "bench.json", rounds=2, runs=runs)


def test_every_engine_is_measured(records: list[Record]) -> None:
    assert {(item.engine, item.arithmetic, item.workload) for item in records if item.latency} == {
        ("litert", "float32", "clip"),
        ("onnxruntime", "float32", "clip"),
        ("onnxruntime", "float", "clip"),
        ("torch", "float", "clip"),
        ("native", "float32", "clip"),
        ("reference", "float32", "clip"),
        ("litert", "float32", "update"),
        ("onnxruntime", "float32", "update"),
        ("native", "float32", "update"),
        ("reference", "float32", "update"),
    }
    assert all(item.memory for item in records if item.workload == "clip")


def test_without_the_run_its_float_engines_are_skipped_with_the_reason(folder: Path, tmp_path: Path) -> None:
    found, skipped = runners(load_bundle(folder), tmp_path)
    assert {item.arithmetic for item in found} == {"float32"}
    assert {item.engine for item in skipped} == {"onnxruntime", "torch"}
    assert all("the run it was exported from" in item.reason for item in skipped)


@pytest.mark.parametrize("name", ["../run-1", "/etc", "", ".", "..", 3])
def test_a_manifest_cannot_name_a_folder_elsewhere(folder: Path, runs: Path, name: object) -> None:
    bundle = load_bundle(folder)
    training = bundle.manifest.training | {"run": name}
    stranger = dataclasses.replace(bundle, manifest=dataclasses.replace(bundle.manifest, training=training))
    _, skipped = runners(stranger, runs / "run-1")
    floats = {item.engine for item in skipped if "float weights are in the run it was exported from" in item.reason}
    assert floats == {"onnxruntime", "torch"}


def test_the_records_are_written(records: list[Record], folder: Path) -> None:
    assert read_records(folder.parent / "bench.json") == records


def test_ratios_are_against_litert_in_int8(records: list[Record]) -> None:
    clips = {(item.engine, item.arithmetic): item for item in records if item.latency and item.workload == "clip"}
    assert all(item.ratio and item.ratio.against == "LiteRT int8" for item in clips.values())
    assert clips["litert", "float32"].ratio.median == 1  # type: ignore[union-attr]


def test_the_updates_of_a_window_multiply_as_much_as_the_window(records: list[Record], folder: Path) -> None:
    """Every row of the head's input is one update; the dense layer after the head is paid in each of them."""
    network = load_bundle(folder).manifest.network
    rows = network.shapes()["pool"].time
    dense = 12 * 3
    clip = next(item for item in records if item.workload == "clip")
    update = next(item for item in records if item.workload == "update")
    assert clip.multiplies is not None
    assert update.multiplies == (clip.multiplies - dense) / rows + dense


def test_accuracies_are_the_manifests(records: list[Record], folder: Path) -> None:
    metrics = load_bundle(folder).manifest.metrics
    for item in records:
        if item.workload == "clip":
            assert item.accuracy is not None
            assert item.accuracy.value == metrics[item.arithmetic]["accuracy"]
            assert [item.accuracy.low, item.accuracy.high] == metrics[item.arithmetic]["accuracy_interval"]
            assert (item.accuracy.clips, item.accuracy.data, item.accuracy.synthetic) == (3, "folder", False)


def test_memory_is_measured_in_a_process_of_its_own(records: list[Record]) -> None:
    memory = next(item.memory for item in records if item.engine == "onnxruntime" and item.workload == "clip")
    assert memory is not None
    assert 0 < memory.peak_bytes < 200 * 2**20
    assert memory.baseline_bytes > 10 * 2**20
    assert "VmHWM" in memory.how


def test_the_peak_counter_sees_an_allocation() -> None:
    before, _ = _peak()
    block = np.ones(before + (64 << 20), np.uint8)
    after, _ = _peak()
    del block
    assert after - before >= 64 << 20


def test_a_bundle_without_a_file_is_measured_with_the_others(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / TFLITE).unlink()
    write_manifest(copy, load_bundle(folder).manifest)
    found, skipped = runners(load_bundle(copy), tmp_path)
    assert ("litert", "clip") not in [(item.engine, item.workload) for item in found]
    assert any(item.engine == "litert" and TFLITE in item.reason for item in skipped)


def test_a_float_bundle_is_measured_in_float(runs: Path, tmp_path: Path) -> None:
    bundle = load_bundle(export_bundle(load_run(runs / "run-1"), quantized=False, out_folder=tmp_path / "float"))
    found, skipped = runners(bundle, runs)
    assert [(item.engine, item.arithmetic) for item in found] == [("onnxruntime", "float"), ("torch", "float")]
    assert skipped == []


@pytest.mark.parametrize("engine", ["onnxruntime", "native", "reference"])
def test_every_timed_update_makes_one_decision_however_long_it_runs(folder: Path, engine: str) -> None:
    bundle = load_bundle(folder)
    runner = update_runner(engine, "float32", bundle)
    rows = bundle.manifest.network.input_shape.time
    for _ in range(3 * rows):
        runner.prepare()
        assert len(runner.run()) == 1  # type: ignore[arg-type]


def test_an_update_of_ds_cnn1_takes_four_frames() -> None:
    assert frames_per_update(model("ds-cnn1").build(13)) == 4


def test_what_is_timed_is_the_same_computation_on_every_engine(folder: Path) -> None:
    bundle = load_bundle(folder)
    expected = clip_runner("reference", "float32", bundle).run()
    for engine in ("litert", "onnxruntime", "native"):
        np.testing.assert_array_equal(clip_runner(engine, "float32", bundle).run(), expected)


def test_no_rounds_are_refused(folder: Path) -> None:
    with pytest.raises(BenchError, match="at least one"):
        run_bench([folder], rounds=0)


def test_a_place_that_cannot_be_written_is_told_before_anything_is_measured(folder: Path) -> None:
    """A file stands where a folder is needed."""
    with pytest.raises(EdgegenreError, match="cannot be written"):
        run_bench([folder], out=folder / "manifest.json" / "bench.json", rounds=100_000)
