"""bench/quantization.py on two small runs whose test tracks differ, against the networks asked one by one."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edgegenre.audio.decode import load_pcm
from edgegenre.frontend.extractors import integer_extractor
from edgegenre.integer import reference
from edgegenre.quantize.calibrate import quantize
from edgegenre.quantize.recipe import DEFAULT_RECIPE, quantization_recipe
from edgegenre.records.files import read_records
from edgegenre.runs.run_folder import Run
from edgegenre.runs.training_clips import calibration_windows
from tests.bundles import SPEC, finish, tiny_recurrent_network, tiny_run
from tests.windows import windows

SCRIPT = Path(__file__).resolve().parents[2] / "bench" / "quantization.py"


@pytest.fixture(scope="module")
def folds(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """Two runs of one model; the second is tested on what the first was validated on."""
    folder = tmp_path_factory.mktemp("folds")
    first = tiny_run(folder / "1", tiny_recurrent_network())
    split = first.recorded_split
    swapped = {"train": split["train"], "validation": split["test"], "test": split["validation"]}
    second = dataclasses.replace(tiny_run(folder / "2", tiny_recurrent_network()), recorded_split=swapped)
    for run in (first, second):
        finish(run)
    return [first, second]


def compare(folder: Path, runs: list[Run], *options: str) -> subprocess.CompletedProcess[str]:
    folders = [str(run.path.parent) for run in runs]
    command = [sys.executable, str(SCRIPT), *folders, "--work", "work", "--out", "record.json", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def asked_directly(run: Run) -> tuple[list[bool], list[bool], list[bool]]:
    """Of each test track: whether float is right, whether int8 is, whether both say the same."""
    network = run.float_network()
    recipe = quantization_recipe(DEFAULT_RECIPE)
    integers = quantize(network, calibration_windows(run, recipe.clips)["features"], recipe)
    frontend = integer_extractor(run.inputs["features"])
    floats, ints, same = [], [], []
    for track in run.split.test:
        (window,) = windows(frontend.features(load_pcm(track.path)), SPEC)
        answer = int(np.argmax(network.forward(window[None] / np.float32(32))))
        integer = int(np.argmax(reference.run(integers, window[None])))
        truth = run.labels.index(track.label)
        floats.append(answer == truth)
        ints.append(integer == truth)
        same.append(answer == integer)
    return floats, ints, same


def test_the_runs_of_a_model_count_together_and_nothing_is_computed_twice(tmp_path: Path, folds: list[Run]) -> None:
    result = compare(tmp_path, folds)
    assert result.returncode == 0, result.stderr
    real, rounded, _ = read_records(tmp_path / "record.json")
    floats, ints, same = (np.concatenate(parts) for parts in zip(*map(asked_directly, folds), strict=True))
    assert (rounded.model, rounded.arithmetic, real.arithmetic) == ("tiny-recurrent", "float32", "float")
    assert real.accuracy is not None
    assert rounded.accuracy is not None
    assert rounded.comparison is not None
    assert (real.accuracy.repeats, real.accuracy.clips) == (2, len(floats))
    assert real.accuracy.value == pytest.approx(floats.mean())
    assert rounded.accuracy.value == pytest.approx(ints.mean())
    assert rounded.comparison.minus_float.value == pytest.approx(ints.mean() - floats.mean())
    assert rounded.comparison.agreement.value == pytest.approx(same.mean())
    assert "tiny-recurrent" in result.stdout

    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "work").iterdir()}
    assert compare(tmp_path, folds).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "work").iterdir()} == kept


def test_a_track_that_was_tested_twice_is_an_error(tmp_path: Path, folds: list[Run]) -> None:
    result = compare(tmp_path, [folds[0], folds[0]])
    assert result.returncode == 1
    assert "two runs of tiny-recurrent were tested on the same track" in result.stderr
