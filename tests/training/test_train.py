"""A run from a folder of audio to a run folder that can be read again, interrupted or not."""

import csv
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from edgegenre.datasets.check import check_dataset
from edgegenre.datasets.folder import open_folder
from edgegenre.datasets.track import Dataset, Track
from edgegenre.errors import DatasetError, FeatureError, NetworkError, TrainingError
from edgegenre.frontend.cache import FeatureCache
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.progress import SILENT
from edgegenre.runs.augmentation import ZeroedStretch
from edgegenre.runs.description import Experiment
from edgegenre.runs.phase import Phase
from edgegenre.runs.protocols import PAPER, protocol
from edgegenre.runs.run_folder import COMPLETED, CONFIG, MODEL, latest_run, latest_unfinished_run, load_run
from edgegenre.training.train import Workplace, train
from edgegenre.zoo.registry import MODELS
from tests.training.tiny import TINY, tiny_dataset, trained
from tests.windows import windows

MODEL_NAME = "ds-crnn1"


@pytest.fixture(scope="module")
def audio(tmp_path_factory):
    return tiny_dataset(tmp_path_factory.mktemp("audio"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return FeatureCache(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def run(audio, cache, tmp_path_factory):
    return trained(MODEL_NAME, audio, seed=3, repeats=2, runs_folder=tmp_path_factory.mktemp("runs"), cache=cache)


def weights(path: Path) -> bytes:
    return (path / MODEL).read_bytes()


def test_a_separable_set_is_learnt_and_the_loss_goes_down(run):
    with (run.path / "history.csv").open() as stream:
        history = list(csv.DictReader(stream))
    assert [int(row["iteration"]) for row in history] == [10, 12, 20]
    assert float(history[-1]["loss"]) < 0.7 * float(history[0]["loss"])
    assert history[0]["validation_accuracy"] == ""
    assert history[-1]["validation_accuracy"] != ""
    assert run.metrics["test"]["accuracy"] > 0.6


def test_the_run_folder_holds_what_it_promises(run):
    names = {path.name for path in run.path.iterdir()}
    assert names >= {
        "config.json",
        "metrics.json",
        "model.safetensors",
        "float_network.safetensors",
        "history.csv",
        "confusion.png",
        "completed",
        "repeat-1",
        "repeat-2",
    }
    assert (run.path / "confusion.png").read_bytes().startswith(b"\x89PNG")
    assert list((run.path / "repeat-1" / "tensorboard").glob("events.*"))
    assert not list(run.path.rglob("checkpoint*"))
    config = json.loads((run.path / CONFIG).read_text())
    assert config["split"]["test"][0]["path"].count("/") == 1


def test_the_exported_numbers_are_those_that_were_scored(run, cache):
    # Features, normalization, windows and folded weights as a user of the run would put them together.
    network, fed = run.float_network(), run.inputs["features"]
    predicted = []
    for track in run.split.test:
        (window,) = windows(cache.features(track.path, fed.frontend), fed.frontend)
        predicted.append(run.labels[int(network.forward(fed.normalization.normalize(window)[None]).argmax())])
    hits = [label == track.label for label, track in zip(predicted, run.split.test, strict=True)]
    assert np.mean(hits) == run.metrics["test"]["accuracy"]
    confusion = np.array(run.metrics["test"]["confusion"])
    assert confusion.sum() == len(run.split.test) == run.metrics["test"]["clips"]
    assert np.trace(confusion) == sum(hits)


def test_normalization_comes_from_the_training_tracks_alone(run, cache):
    fed = run.inputs["features"]
    frames = np.concatenate([cache.features(track.path, fed.frontend) for track in run.split.train])
    np.testing.assert_allclose(fed.normalization.mean, frames.mean(axis=0, dtype=np.float64), rtol=1e-5)
    np.testing.assert_allclose(fed.normalization.deviation, frames.std(axis=0, dtype=np.float64), rtol=1e-4)


def test_repeats_differ_in_seed_share_the_split_and_the_best_on_validation_is_kept(run):
    rows = run.metrics["repeats"]
    assert [row["seed"] for row in rows] == [3, 4]
    folders = [run.path / "repeat-1", run.path / "repeat-2"]
    assert weights(folders[0]) != weights(folders[1])
    best = max(range(2), key=lambda index: rows[index]["validation_accuracy"])
    assert weights(run.path) == weights(folders[best])
    assert run.metrics["best_repeat"] == best + 1
    assert run.metrics["test_accuracy_over_repeats"]["mean"] == pytest.approx(
        np.mean([row["test_accuracy"] for row in rows])
    )


def test_folds_test_every_track_once_and_validate_on_the_next(audio, cache, tmp_path):
    runs = [
        trained(MODEL_NAME, audio, fold=(number, 3), repeats=1, runs_folder=tmp_path, cache=cache)
        for number in (1, 2, 3)
    ]
    tested = [track.identifier for run in runs for track in run.split.test]
    assert sorted(tested) == sorted(track.identifier for track in audio.tracks)
    assert runs[0].split.validation == runs[1].split.test
    assert runs[1].metrics["split"]["words"] == "by track, fold 2 of 3, seed 0"


@pytest.mark.parametrize("fold", [(0, 5), (6, 5)])
def test_a_fold_that_is_not_there_is_one_clear_sentence(fold, audio, tmp_path):
    with pytest.raises(TrainingError, match="counted from 1 to 5"):
        trained(MODEL_NAME, audio, fold=fold, runs_folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_same_seed_gives_the_same_weights_to_the_bit(run, audio, cache, tmp_path):
    again = trained(MODEL_NAME, audio, seed=3, repeats=1, runs_folder=tmp_path, cache=cache)
    assert weights(again.path) == weights(run.path / "repeat-1")


CHILD = """
import sys
from pathlib import Path
from edgegenre.datasets.folder import open_folder
from edgegenre.frontend.cache import FeatureCache
from edgegenre.runs.description import Experiment
from edgegenre.training.train import Workplace, train
from edgegenre.zoo.registry import MODELS
from tests.training.tiny import trained
import torch

torch.set_num_threads(int(sys.argv[5]))
trained(sys.argv[4], open_folder(Path(sys.argv[1])), seed=3, repeats=2, runs_folder=Path(sys.argv[2]),
        cache=FeatureCache(Path(sys.argv[3])), checkpoint_seconds=0)
"""


@pytest.mark.parametrize("repeat", ["repeat-1", "repeat-2"])
def test_a_killed_run_resumes_to_the_same_weights_to_the_bit(repeat, run, audio, cache, tmp_path):
    import torch

    arguments = [str(audio.root), str(tmp_path), str(cache.folder), MODEL_NAME, str(torch.get_num_threads())]
    child = subprocess.Popen([sys.executable, "-c", CHILD, *arguments], cwd=Path(__file__).resolve().parents[2])
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob(f"*/{repeat}/checkpoint.safetensors")) and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    (folder,) = tmp_path.iterdir()
    assert not (folder / repeat / "metrics.json").exists(), "the run was over before it was killed"
    with pytest.raises(TrainingError, match="not completed"):
        load_run(folder)

    resumed = trained(MODEL_NAME, audio, seed=3, repeats=2, runs_folder=tmp_path, cache=cache, resume=folder)
    assert resumed.path == folder
    for name in ("repeat-1", "repeat-2"):
        assert weights(folder / name) == weights(run.path / name)
        assert (folder / name / "history.csv").read_bytes() == (run.path / name / "history.csv").read_bytes()


def test_resuming_with_other_options_or_nothing_to_resume_is_one_clear_sentence(audio, cache, tmp_path, run):
    with pytest.raises(TrainingError, match="no unfinished run of ds-cnn1"):
        latest_unfinished_run(tmp_path, "ds-cnn1")
    folder = tmp_path / "2026-01-01-ds-crnn1-1"
    folder.mkdir()
    (folder / CONFIG).write_bytes((run.path / CONFIG).read_bytes())
    with pytest.raises(TrainingError, match="started with another seed, repeats"):
        trained(MODEL_NAME, audio, seed=4, repeats=1, runs_folder=tmp_path, cache=cache, resume=folder)


def test_a_runs_folder_that_cannot_be_made_is_one_clear_sentence(audio, cache, tmp_path):
    (tmp_path / "runs").write_text("in the way")
    with pytest.raises(TrainingError, match="cannot be made"):
        trained(MODEL_NAME, audio, runs_folder=tmp_path / "runs", cache=cache)


def test_a_damaged_checkpoint_is_named_not_used(audio, cache, tmp_path, run):
    folder = tmp_path / "2026-01-01-ds-crnn1-1"
    (folder / "repeat-1").mkdir(parents=True)
    (folder / CONFIG).write_bytes((run.path / CONFIG).read_bytes())
    (folder / "repeat-1" / "checkpoint.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{}")
    with pytest.raises(TrainingError, match=r"checkpoint\.safetensors: not a checkpoint of this run"):
        trained(MODEL_NAME, audio, seed=3, repeats=2, runs_folder=tmp_path, cache=cache, resume=folder)


def test_the_latest_run_is_the_newest_completed_one(run, tmp_path):
    with pytest.raises(TrainingError, match="no completed run yet"):
        latest_run(tmp_path)
    assert latest_run(run.path.parent).path == run.path


def test_what_is_not_a_run_folder_is_told_so(tmp_path):
    with pytest.raises(TrainingError, match="no such run folder"):
        load_run(tmp_path / "nowhere")
    with pytest.raises(TrainingError, match="is not a run folder"):
        load_run(tmp_path)


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"schema": 1}'])
def test_a_damaged_configuration_is_one_clear_sentence(damage, run, tmp_path):
    (tmp_path / CONFIG).write_bytes(damage)
    (tmp_path / COMPLETED).write_text("{}")
    (tmp_path / "metrics.json").write_text("{}")
    with pytest.raises(TrainingError, match=r"config\.json: cannot be read"):
        load_run(tmp_path)


def test_a_truncated_float_network_is_one_clear_sentence(run, tmp_path):
    whole = (run.path / "float_network.safetensors").read_bytes()
    (tmp_path / "float_network.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TrainingError, match=r"float_network\.safetensors: not a trained network"):
        dataclasses.replace(run, path=tmp_path).float_network()


class Warned(list[str]):
    """A progress that keeps what it is warned of."""

    task = staticmethod(SILENT.task)

    def warn(self, message: str) -> None:
        self.append(message)


def test_a_broken_track_stops_the_run_or_is_left_out_on_request_and_told(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("EDGEGENRE_CACHE", str(tmp_path / "cache"))
    data = tiny_dataset(tmp_path / "audio", tracks=4, seconds=1)
    (data.root / "hum" / "03.wav").write_bytes(b"RIFF but no music")
    quick = dataclasses.replace(TINY, phases=(Phase(iterations=2, learning_rate=1e-3, batch=4, crop_frames=33),))
    with pytest.raises(DatasetError, match=r"hum/03\.wav"):
        trained(MODEL_NAME, data, quick, runs_folder=tmp_path / "runs", cache=cache)
    assert not (tmp_path / "runs").exists()
    warned = Warned()
    run = train(
        Experiment(model=MODEL_NAME, protocol=quick),
        data,
        workplace=Workplace(runs_folder=tmp_path / "runs", cache=cache),
        skip_broken=True,
        progress=warned,
    )
    assert sum(run.metrics["split"]["tracks"].values()) == 11
    for said in (warned, run.metrics["problems"]):
        assert any("hum/03.wav" in sentence for sentence in said)
        assert any("class 'hum' loses 1 of its 4 tracks" in sentence for sentence in said)


def test_data_that_nothing_can_be_learnt_from_is_refused_in_the_words_of_data_check(cache, tmp_path):
    """One class; and a class of two tracks, of which --skip-broken leaves one."""
    one = tiny_dataset(tmp_path / "one", tracks=3, seconds=1)
    for label in ("hiss", "chirp"):
        shutil.rmtree(one.root / label)
    few = tiny_dataset(tmp_path / "few", tracks=3, seconds=1)
    (few.root / "hum" / "02.wav").write_bytes(b"RIFF but no music")
    for data in (open_folder(one.root), open_folder(few.root)):
        (fault, *_) = check_dataset(data, skip_broken=True).faults
        with pytest.raises(DatasetError) as refused:
            trained(MODEL_NAME, data, runs_folder=tmp_path / "runs", cache=cache, skip_broken=True)
        assert str(refused.value) == fault
    assert not (tmp_path / "runs").exists()


def test_a_loss_that_is_no_number_stops_the_run_with_one_clear_sentence(audio, cache, tmp_path):
    wild = dataclasses.replace(TINY, phases=(Phase(iterations=20, learning_rate=1e30, batch=4, crop_frames=33),))
    with pytest.raises(TrainingError, match=r"the loss is \w+ at iteration"):
        trained(MODEL_NAME, audio, wild, runs_folder=tmp_path, cache=cache)


def test_unknown_names_suggest_the_near_one(audio, tmp_path):
    with pytest.raises(NetworkError, match="Did you mean 'ds-cnn1'"):
        trained("ds-cn1", audio, runs_folder=tmp_path)
    with pytest.raises(TrainingError, match="Did you mean 'paper'"):
        protocol("papper")
    with pytest.raises(TrainingError, match="device 'gpu' cannot be used"):
        trained("ds-cnn1", audio, runs_folder=tmp_path, device="gpu")
    with pytest.raises(TrainingError, match="0 repeats"):
        trained("ds-cnn1", audio, runs_folder=tmp_path, repeats=0)
    assert not list(tmp_path.iterdir())


def test_the_protocol_called_paper_is_that_of_liang_et_al():
    assert protocol("paper") is PAPER
    assert [(phase.iterations, phase.learning_rate, phase.batch) for phase in PAPER.phases] == [
        (2000, 8e-4, 100),
        (1000, 1e-4, 100),
        (1000, 2e-5, 100),
    ]
    assert (PAPER.dropout, PAPER.split, PAPER.repeats) == ({"dense": 0.5}, (8, 1, 1), 10)
    assert PAPER.augmentation == (ZeroedStretch(seconds=0.1),)
    assert all(phase.crop_frames is None for phase in PAPER.phases)


def test_a_run_is_read_without_torch(run):
    code = (
        "import sys; from pathlib import Path; from edgegenre.runs.run_folder import load_run; "
        "run = load_run(Path(sys.argv[1])); run.float_network(); run.split; "
        "sys.exit('torch' in sys.modules)"
    )
    finished = subprocess.run([sys.executable, "-c", code, str(run.path)], cwd=Path(__file__).resolve().parents[2])
    assert finished.returncode == 0


def test_a_front_end_that_could_not_be_deployed_is_refused_before_a_file_is_decoded(tmp_path, monkeypatch):
    odd = dataclasses.replace(
        MODELS[MODEL_NAME], frontends={"features": dataclasses.replace(LIANG_MFCC, mel_bands=400)}
    )
    monkeypatch.setitem(MODELS, "odd", odd)
    absent = Track(path=tmp_path / "absent.wav", label="rock", identifier="absent")
    dataset = Dataset(name="none", root=tmp_path, tracks=(absent,), labels=("rock",), problems=(), synthetic=False)
    with pytest.raises(FeatureError, match=r"'features' cannot be deployed in integers: .*between all 402"):
        trained("odd", dataset, runs_folder=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
    with pytest.raises(DatasetError, match=r"absent\.wav: cannot be read"):
        train(Experiment(model="odd"), dataset, workplace=Workplace(runs_folder=tmp_path / "runs"), form="float")
