"""What a teacher says is learnt, from labels or without them, and nobody is taught by who knows the test."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from edgegenre.audio.decode import load_pcm
from edgegenre.errors import DatasetError, TrainingError
from edgegenre.frontend.cache import FeatureCache
from edgegenre.frontend.windows import input_windows
from edgegenre.runs.description import Experiment
from edgegenre.runs.distillation import Distillation
from edgegenre.runs.phase import Phase
from edgegenre.runs.run_folder import MODEL, Run, latest_unfinished_run
from edgegenre.training.batches import Mixture
from edgegenre.training.distillation import UNLABELED, SoftTargets
from edgegenre.training.teachers.run_teacher import RunTeacher
from edgegenre.training.train import Workplace, train
from tests.training.test_protocol_in_training import batch_of, objective, source
from tests.training.test_resume import Interrupting
from tests.training.tiny import TINY, tiny_dataset

PROTOCOL = dataclasses.replace(
    TINY, phases=(Phase(iterations=30, learning_rate=3e-3, batch=8, crop_frames=33),), augmentation=()
)


def soft(logits, labels=(0, 1, 2), **settings) -> SoftTargets:
    return SoftTargets.of(np.array(logits), source(labels), Distillation(**settings))


@pytest.mark.parametrize("temperature", [0.5, 2.0, 7.0])
def test_the_distance_is_the_cross_entropy_of_softened_distributions(temperature):
    generator = np.random.default_rng(0)
    mine, theirs = generator.normal(scale=3, size=(2, 3, 3))
    p, q = (np.exp(x / temperature) / np.exp(x / temperature).sum(1, keepdims=True) for x in (theirs, mine))
    expected = -(p * np.log(q)).sum(1).mean() * temperature**2
    batch = dataclasses.replace(batch_of(source([0, 1, 2])), rows=torch.tensor([2, 0, 1]))
    targets = soft(theirs[[1, 2, 0]], temperature=temperature)
    assert targets.distance(torch.tensor(mine), batch).item() == pytest.approx(expected, rel=1e-5)


def test_a_mixed_window_is_taught_both_opinions_in_the_parts_of_the_mixture():
    generator = np.random.default_rng(1)
    mine, theirs = generator.normal(scale=3, size=(2, 3, 3))
    mixture = Mixture(partner=torch.tensor([1, 2, 0]), share=torch.tensor([1.0, 0.25, 0.5]))
    batch = dataclasses.replace(batch_of(source([0, 1, 2])), mixture=mixture)
    p, q = (np.exp(x / 2) / np.exp(x / 2).sum(1, keepdims=True) for x in (theirs, mine))
    wanted = np.stack([p[0], 0.25 * p[1] + 0.75 * p[2], 0.5 * p[2] + 0.5 * p[0]])
    found = soft(theirs, temperature=2.0).distance(torch.tensor(mine), batch)
    assert found.item() == pytest.approx(-(wanted * np.log(q)).sum(1).mean() * 4, rel=1e-5)


def test_at_high_temperature_the_gradient_is_that_of_matched_logits():
    """Hinton et al. (2015), equation 4: (z - v) / N for logits of mean zero."""
    generator = torch.Generator().manual_seed(0)
    z, v = (x - x.mean(1, keepdim=True) for x in torch.randn(2, 1, 3, generator=generator, dtype=torch.float64))
    z.requires_grad_()
    distance = soft(v.numpy(), (0,), temperature=100.0).distance(z, batch_of(source([0])))
    distance.backward()
    torch.testing.assert_close(z.grad, (z - v).detach() / 3, rtol=0.05, atol=1e-3)


def test_the_loss_is_shared_out_by_the_weight_and_a_clip_without_label_has_the_teacher_alone():
    data = source([0, UNLABELED, 2])
    targets = soft(np.eye(3), (0, UNLABELED, 2), weight=0.25, temperature=3.0)
    plain = objective(PROTOCOL, data)
    taught = dataclasses.replace(plain, soft_targets=targets)
    batch = batch_of(data)
    logits = plain.module(batch.inputs)
    labels = -logits.log_softmax(1)[[0, 2], [0, 2]].sum() / 3
    expected = 0.75 * labels + 0.25 * targets.distance(logits, batch)
    loss, hits = taught.loss(batch)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-6)
    assert len(hits) == 2


def test_a_track_teaches_all_its_windows():
    data = source([0, 0, 1])
    windows = dataclasses.replace(data.windows, track=torch.tensor([0, 0, 1]))
    data = dataclasses.replace(data, windows=windows)
    opinions = np.array([[1.0, 2.0], [3.0, 4.0]])
    targets = SoftTargets.of(opinions, data, Distillation())
    assert targets.logits.tolist() == [[1, 2], [1, 2], [3, 4]]


@pytest.fixture(scope="module")
def audio(tmp_path_factory):
    return tiny_dataset(tmp_path_factory.mktemp("audio"), tracks=5)


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> FeatureCache:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("EDGEGENRE_CACHE", str(folder))
        yield FeatureCache(folder)


@pytest.fixture(scope="module")
def teacher(audio, cache, tmp_path_factory) -> Run:
    return learnt(audio, tmp_path_factory.mktemp("runs"), cache)


def learnt(audio, runs: Path, cache: FeatureCache, **asked) -> Run:
    options = {name: asked.pop(name) for name in ("resume", "progress", "skip_broken") if name in asked}
    place = Workplace(runs_folder=runs, cache=cache, checkpoint_seconds=0)
    experiment = Experiment(**{"model": "ds-crnn1", "protocol": PROTOCOL} | asked)
    return train(experiment, audio, workplace=place, **options)


def test_a_run_teaches_its_own_logits_in_the_order_of_the_student_s_labels(teacher, audio, cache):
    """Against the float network in numpy, window by window."""
    labels = ("hum", "chirp", "hiss")
    found = RunTeacher(teacher).logits(teacher.split, (), labels, cache=cache, progress=Interrupting(10**9))
    network, (name, fed) = teacher.float_network(), *teacher.inputs.items()
    for track, logits in zip(teacher.split.train, found, strict=True):
        features = {name: fed.frontend.float64(load_pcm(track.path, 16_000)).astype(np.float32)}
        windows = fed.normalization.normalize(input_windows(features, {name: fed.frontend})[name])
        expected = network.forward(windows).mean(axis=0)
        np.testing.assert_allclose(logits, expected[[teacher.labels.index(label) for label in labels]], atol=2e-2)


def test_a_student_is_made_otherwise_by_its_teacher_and_says_who_it_was(teacher, audio, cache, tmp_path):
    taught = learnt(audio, tmp_path / "runs", cache, teacher=str(teacher.path))
    alone = learnt(audio, tmp_path / "runs", cache)
    assert (taught.path / MODEL).read_bytes() != (alone.path / MODEL).read_bytes()
    assert taught.metrics["teacher"] == str(teacher.path)
    assert alone.metrics["teacher"] is None
    assert json.loads((taught.path / "config.json").read_text())["protocol"]["distillation"] == {
        "temperature": 2.0,
        "weight": 0.5,
    }


def test_a_taught_run_resumes_to_the_bit(teacher, audio, cache, tmp_path):
    asked = {"teacher": str(teacher.path), "unlabeled": _noises(tmp_path / "more")}
    whole = learnt(audio, tmp_path / "whole", cache, **asked)
    with pytest.raises(KeyboardInterrupt):
        learnt(audio, tmp_path / "interrupted", cache, progress=Interrupting(13), **asked)
    unfinished = latest_unfinished_run(tmp_path / "interrupted", "ds-crnn1")
    with pytest.raises(TrainingError, match="started with another teacher, unlabeled"):
        learnt(audio, tmp_path / "interrupted", cache, resume=unfinished)
    resumed = learnt(audio, tmp_path / "interrupted", cache, resume=unfinished, **asked)
    assert (resumed.path / MODEL).read_bytes() == (whole.path / MODEL).read_bytes()
    assert resumed.metrics["unlabeled_tracks"] == 4
    assert resumed.metrics["split"]["tracks"] == {"train": 9, "validation": 3, "test": 3}
    assert resumed.inputs == learnt(audio, tmp_path / "alone", cache).inputs, "labeled tracks alone set the scale"


def test_a_run_of_other_labels_is_no_teacher(teacher, cache, tmp_path):
    other = tiny_dataset(tmp_path / "music", tracks=5, seconds=2)
    shutil.move(tmp_path / "music" / "hum", tmp_path / "music" / "drone")
    other = type(other)(**vars(_opened(tmp_path / "music")))
    with pytest.raises(TrainingError, match=r"is no teacher for these labels: it knows chirp, hiss, hum, the data"):
        learnt(other, tmp_path / "runs", cache, teacher=str(teacher.path))
    assert not (tmp_path / "runs").exists()


def test_a_teacher_that_has_learnt_the_test_tracks_is_refused(teacher, audio, cache, tmp_path):
    with pytest.raises(TrainingError, match=r"was trained on .*wav, which is a validation or test track here"):
        learnt(audio, tmp_path / "runs", cache, teacher=str(teacher.path), seed=1)


def test_a_teacher_that_has_learnt_the_same_sounds_elsewhere_is_refused(teacher, audio, cache, tmp_path):
    """Another folder, another format, other names: a copy of what the teacher was trained on."""
    for track in audio.tracks:
        samples, rate = soundfile.read(track.path)
        place = tmp_path / "music" / track.label / f"take {9 - int(track.path.stem)}.flac"
        place.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(place, np.tile(samples, 2), rate)
    with pytest.raises(TrainingError, match="which is a validation or test track here"):
        learnt(_opened(tmp_path / "music"), tmp_path / "runs", cache, teacher=str(teacher.path), seed=1)


def test_unlabeled_music_that_holds_a_test_track_is_refused(teacher, audio, cache, tmp_path):
    (judged,) = (track.path for track in teacher.split.test if track.label == "hiss")
    samples, rate = soundfile.read(judged)
    _noises(tmp_path / "more")
    soundfile.write(tmp_path / "more" / "z.flac", samples, rate)
    with pytest.raises(DatasetError, match=f"z.flac: has the sound of {judged}, a validation or test track"):
        learnt(audio, tmp_path / "runs", cache, teacher=str(teacher.path), unlabeled=tmp_path / "more")


def test_unlabeled_music_that_cannot_be_used_is_named(teacher, audio, cache, tmp_path):
    asked = {"teacher": str(teacher.path), "unlabeled": tmp_path / "more"}
    with pytest.raises(DatasetError, match="no such folder"):
        learnt(audio, tmp_path / "runs", cache, **asked)
    (tmp_path / "more").mkdir()
    with pytest.raises(DatasetError, match="holds no sound file that can be used"):
        learnt(audio, tmp_path / "runs", cache, **asked)
    _noises(tmp_path / "more")
    (tmp_path / "more" / "broken.wav").write_bytes(b"RIFF")
    with pytest.raises(DatasetError, match=r"broken\.wav"):
        learnt(audio, tmp_path / "runs", cache, **asked)
    run = learnt(audio, tmp_path / "runs", cache, skip_broken=True, **asked)
    assert run.metrics["unlabeled_tracks"] == 4


def _noises(folder: Path) -> Path:
    """Four sounds that nobody has heard yet."""
    (folder / "deeper").mkdir(parents=True, exist_ok=True)
    for number in range(4):
        noise = 0.1 * np.random.default_rng(100 + number).standard_normal(32_000)
        soundfile.write(folder / "deeper" / f"{number}.wav", np.convolve(noise, np.ones(4 + number), "same"), 16_000)
    return folder


def _opened(root: Path):
    from edgegenre.datasets.folder import open_folder

    return open_folder(root)
