"""bench/trust.py on a tiny data set: it counts the answers of the networks, and of classifiers of the test's."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from edgegenre.audio.decode import load_pcm
from edgegenre.frontend.extractors import integer_extractor
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.runs.run_folder import COMPLETED, Run, load_run
from tests.training.tiny import TINY, tiny_dataset
from tests.windows import windows

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).resolve().parents[2] / "bench" / "trust.py"


def measured(folder: Path, *options: str) -> dict:
    command = [sys.executable, str(SCRIPT), "ds-crnn1", "--data", "music", "--dataset", "folder"]
    command += ["--recipe", "tiny.json", "--work", "work", "--out", "record.json", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "record.json").read_text())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trust")
    tiny_dataset(folder / "music", tracks=5, seconds=1)
    (folder / "tiny.json").write_text(json.dumps(TINY.to_dict()))
    return folder


@pytest.fixture(scope="module")
def record(folder: Path) -> dict:
    return measured(folder)


def runs(folder: Path) -> list[Run]:
    return [load_run(mark.parent) for mark in sorted((folder / "work").glob(f"tiny-*/fold-*/*/{COMPLETED}"))]


def quieter(pcm: np.ndarray) -> np.ndarray:
    return np.rint(pcm / 10).astype(np.int16)


@pytest.mark.parametrize(("words", "change"), [("as it is", lambda pcm: pcm), ("-20 dB", quieter)])
def test_the_float_network_is_right_as_often_as_it_says_itself(folder, record, words, change):
    right = 0
    for run in runs(folder):
        frontend = integer_extractor(run.inputs["features"])
        for track in run.split.test:
            (window,) = windows(frontend.features(change(load_pcm(track.path))), LIANG_MFCC)
            right += run.labels[run.float_network().forward(window[None] / np.float32(32))[0].argmax()] == track.label
    (model,) = record["models"]
    assert model["tracks"] == 15
    assert model["forms"]["float"]["accuracy"][words]["value"] == pytest.approx(right / 15)


def test_the_support_vector_machine_is_that_of_the_same_folds(folder, record):
    def known(run, track):
        rows = LIANG_MFCC.float64(load_pcm(track.path))
        return np.concatenate([rows.mean(0), rows.std(0), np.diff(rows, axis=0).std(0)])

    right = 0
    for run in runs(folder):
        machine = make_pipeline(StandardScaler(), SVC())
        machine.fit([known(run, track) for track in run.split.train], [track.label for track in run.split.train])
        right += sum(machine.predict([known(run, track)])[0] == track.label for track in run.split.test)
    assert record["models"][0]["baseline"]["SVM"]["as it is"]["value"] == pytest.approx(right / 15)


def test_every_track_is_tested_once_and_the_figures_say_how_they_were_divided(folder, record):
    tested = [track.identifier for run in runs(folder) for track in run.split.test]
    assert len(tested) == len(set(tested)) == 15
    assert record["split_by"] == "track"
    assert record["protocol"] == TINY.to_dict()
    assert 0 <= record["models"][0]["forms"]["int8"]["ece"]["as it is"] <= 1


def test_what_is_done_is_not_done_again_and_a_lost_fold_alone_is_trained_anew(folder, record):
    before = {run.path: (run.path / COMPLETED).stat().st_mtime_ns for run in runs(folder)}
    lost = min(before)
    (lost / COMPLETED).unlink()
    again = measured(folder)
    after = {run.path: (run.path / COMPLETED).stat().st_mtime_ns for run in runs(folder)}
    assert set(after) == set(before)
    assert {path for path in after if after[path] != before[path]} == {lost}
    assert again["models"] == record["models"]
