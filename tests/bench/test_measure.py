"""`bench` on a real bundle: every engine measured or skipped with a reason, and figures that agree with each other."""

import dataclasses
import json
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from edgegenre.bench.measure import run_bench
from edgegenre.bundle import TFLITE, load_bundle, write_manifest
from edgegenre.deploy.assemble import export_bundle
from edgegenre.errors import BenchError, EdgegenreError
from edgegenre.records.files import read_records
from edgegenre.records.record import Record
from edgegenre.runs.run_folder import load_run
from edgegenre.targets.job import Job
from edgegenre.targets.machine import cores, this_machine
from edgegenre.targets.measured import Recorder
from edgegenre.targets.runners import clip_runner, frames_per_update, runners, update_runner
from edgegenre.targets.subject import bundle_subject
from edgegenre.trust import Calibration, Hearing, MicrophoneScore
from edgegenre.zoo.registry import model
from tests.bundles import finish, tiny_run
from tests.support import program

JOB = Job(target="cpu", kind="cpu")


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


def test_every_engine_is_measured_on_one_thread_and_on_all(records: list[Record]) -> None:
    program("cc", "gcc")
    timed = [item for item in records if item.latency]
    one = {(item.engine, item.arithmetic, item.workload) for item in timed if item.threads == 1}
    more = {(item.engine, item.arithmetic, item.workload) for item in timed if item.threads > 1}
    several = {
        ("litert", "float32", "clip"),
        ("litert", "float", "clip"),
        ("onnxruntime", "float32", "clip"),
        ("onnxruntime", "float", "clip"),
        ("torch", "float", "clip"),
    }
    assert one == several | {
        ("native", "float32", "clip"),
        ("reference", "float32", "clip"),
        ("litert", "float32", "update"),
        ("onnxruntime", "float32", "update"),
        ("native", "float32", "update"),
        ("reference", "float32", "update"),
        ("librosa", "float", "features"),
        ("edgegenre", "float", "features"),
        ("edgegenre", "q31", "features"),
    }
    assert more == (several if cores() > 1 else set())
    assert all(item.memory for item in records if item.workload == "clip" and item.threads == 1)


def test_both_numbers_of_threads_are_measured_on_the_same_machine(records: list[Record]) -> None:
    """A process that keeps itself on one core still says how many the machine has."""
    assert {item.machine.cores for item in records} == {cores()}
    assert all(item.conditions is not None and item.conditions.busy is not None for item in records if item.latency)


def test_tflite_micro_says_its_arena_and_computes_the_reference_s_logits(records: list[Record]) -> None:
    (micro,) = [item for item in records if item.engine == "tflite-micro"]
    assert micro.memory is not None
    assert micro.exactness is not None
    assert 1000 < micro.memory.peak_bytes < 1 << 20
    assert (micro.exactness.values, micro.exactness.mismatches) == (3, 0)


def test_without_the_run_its_float_engines_are_skipped_with_the_reason(folder: Path, tmp_path: Path) -> None:
    found, skipped = runners(bundle_subject(load_bundle(folder), tmp_path), JOB, 1)
    assert {item.arithmetic for item in found} == {"float32"}
    assert {item.engine for item in skipped} == {"litert", "onnxruntime", "torch"}
    assert all("the run it was exported from" in item.reason for item in skipped)


@pytest.mark.parametrize("name", ["../run-1", "/etc", "", ".", "..", 3])
def test_a_manifest_cannot_name_a_folder_elsewhere(folder: Path, runs: Path, name: object) -> None:
    bundle = load_bundle(folder)
    training = bundle.manifest.training | {"run": name}
    stranger = dataclasses.replace(bundle, manifest=dataclasses.replace(bundle.manifest, training=training))
    _, skipped = runners(bundle_subject(stranger, runs / "run-1"), JOB, 1)
    floats = {item.engine for item in skipped if "float weights are in the run it was exported from" in item.reason}
    assert floats == {"litert", "onnxruntime", "torch"}


def test_the_records_are_written(records: list[Record], folder: Path) -> None:
    assert sorted(map(str, read_records(folder.parent / "bench.json"))) == sorted(map(str, records))


def test_ratios_are_against_litert_in_int8(records: list[Record]) -> None:
    timed = [item for item in records if item.latency and item.workload == "clip" and item.threads == 1]
    clips = {(item.engine, item.arithmetic): item for item in timed}
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
        if item.latency and item.workload == "clip":
            assert item.accuracy is not None
            assert item.accuracy.macro_f1 == metrics[item.arithmetic]["macro_f1"]
            assert item.accuracy.value == metrics[item.arithmetic]["accuracy"]
            assert [item.accuracy.low, item.accuracy.high] == metrics[item.arithmetic]["accuracy_interval"]
            assert (item.accuracy.clips, item.accuracy.data, item.accuracy.synthetic) == (3, "folder", False)


def test_memory_is_measured_in_a_process_of_its_own(records: list[Record]) -> None:
    memory = next(item.memory for item in records if item.engine == "onnxruntime" and item.workload == "clip")
    assert memory is not None
    assert 0 < memory.peak_bytes < 200 * 2**20
    assert memory.baseline_bytes > 10 * 2**20
    assert "VmHWM" in memory.how


def test_the_manifest_s_calibration_and_microphone_test_ride_along(folder: Path) -> None:
    """And are the same once the record was written and read."""
    bundle = load_bundle(folder)
    calibration = Calibration(temperature=1.5, tracks=40, split="test", arithmetic="q31", ece_before=0.2, ece_after=0.1)
    clean = Hearing(kind="clean", condition="as it is", accuracy=0.5, interval=(0.3, 0.7), confidence=0.6)
    score = MicrophoneScore(
        data="music",
        split="test",
        tracks=20,
        synthetic=False,
        engine="numpy",
        seed=1,
        arithmetic="q31",
        hearings=(clean,),
    )
    manifest = dataclasses.replace(bundle.manifest, calibration=calibration, microphone=score)
    subject = dataclasses.replace(bundle_subject(bundle, None), bundle=dataclasses.replace(bundle, manifest=manifest))
    record = Recorder(JOB, this_machine()).record(
        subject, engine="native", arithmetic="float", workload="clip", frames=39
    )
    assert record.trust is not None
    assert record.trust["calibration"]["temperature"] == 1.5
    assert record.trust["microphone"]["hearings"][0]["accuracy"] == 0.5
    assert Record.from_dict(json.loads(json.dumps(record.to_dict()))) == record


def test_the_peak_counter_sees_an_allocation() -> None:
    """In a process of its own: this one is large, and would be twice as large afterwards."""
    code = """
        import numpy as np
        from edgegenre.targets.peak_memory import peak_memory
        before, _ = peak_memory()
        block = np.ones(before + (64 << 20), np.uint8)
        after, _ = peak_memory()
        print(after - before)
    """
    told = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert int(told.stdout) >= 64 << 20


def test_the_peak_is_not_that_of_the_process_before() -> None:
    block = np.ones(1 << 29, np.uint8)
    code = "from edgegenre.targets.peak_memory import peak_memory; print(peak_memory()[0])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(told.stdout) < len(block)


def test_a_bundle_without_a_file_is_measured_with_the_others(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / TFLITE).unlink()
    write_manifest(copy, load_bundle(folder).manifest)
    found, skipped = runners(bundle_subject(load_bundle(copy), tmp_path), JOB, 1)
    assert ("litert", "clip") not in [(item.engine, item.workload) for item in found]
    assert any(item.engine == "litert" and TFLITE in item.reason for item in skipped)


def test_a_float_bundle_is_measured_in_float(runs: Path, tmp_path: Path) -> None:
    bundle = load_bundle(export_bundle(load_run(runs / "run-1"), quantized=False, out_folder=tmp_path / "float"))
    found, skipped = runners(bundle_subject(bundle, runs), JOB, 1)
    names = [(item.engine, item.arithmetic) for item in found]
    assert names == [("litert", "float"), ("onnxruntime", "float"), ("torch", "float")]
    assert skipped == []


@pytest.mark.parametrize("engine", ["onnxruntime", "native", "reference"])
def test_every_timed_update_makes_one_decision_however_long_it_runs(folder: Path, engine: str) -> None:
    bundle = load_bundle(folder)
    runner = update_runner(bundle_subject(bundle, None), engine, "float32")
    rows = bundle.manifest.network.input_shape.time
    for _ in range(3 * rows):
        runner.prepare()
        assert len(runner.run()) == 1  # type: ignore[arg-type]


def test_an_update_of_ds_cnn1_takes_four_frames() -> None:
    assert frames_per_update(model("ds-cnn1").build(13)) == 4


def test_what_is_timed_is_the_same_computation_on_every_engine(folder: Path) -> None:
    subject = bundle_subject(load_bundle(folder), None)
    expected = clip_runner(subject, "reference", "float32").run()
    for engine in ("litert", "onnxruntime", "native"):
        np.testing.assert_array_equal(clip_runner(subject, engine, "float32").run(), expected)


def test_no_rounds_are_refused(folder: Path) -> None:
    with pytest.raises(BenchError, match="at least one"):
        run_bench([folder], rounds=0)


def test_a_place_that_cannot_be_written_is_told_before_anything_is_measured(folder: Path) -> None:
    """A file stands where a folder is needed."""
    with pytest.raises(EdgegenreError, match="cannot be written"):
        run_bench([folder], out=folder / "manifest.json" / "bench.json", rounds=100_000)
