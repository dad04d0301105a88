"""The test in bad sound: the same answers as those of files that were degraded by somebody else's program."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edgegenre.audio.decode import load_pcm
from edgegenre.deploy.assemble import export_bundle
from edgegenre.errors import AudioError, DatasetError
from edgegenre.evaluation.microphone.conditions import conditions
from edgegenre.evaluation.microphone.twin import recorded_noise, score_microphone
from edgegenre.evaluation.score import held_out, score, whole_folder
from edgegenre.metrics import wilson_interval
from edgegenre.runs.run_folder import Run
from edgegenre.runtime.classifier import Classifier
from edgegenre.trust import MicrophoneScore
from tests.audio.sounds import ffmpeg
from tests.bundles import tiny_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return tiny_run(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def bundle(run: Run) -> Path:
    return export_bundle(run, to=["c"], out_folder=run.path.parent.parent / "bundle")


def test_clean_sound_scores_as_always_and_every_condition_is_counted(run: Run, bundle: Path) -> None:
    material = held_out(run)
    found = score_microphone(bundle, material).score
    plain = score(bundle, material)
    assert (found.clean.kind, found.clean.accuracy) == ("clean", plain.accuracy)
    assert found.clean.interval == plain.interval
    assert [each.condition for each in found.hearings] == [each.words for each in conditions(16_000)]
    assert (found.tracks, found.split, found.data) == (3, plain.split, plain.data)
    assert MicrophoneScore.from_dict(found.to_dict()) == found


def test_the_answers_are_those_on_sound_that_ffmpeg_made_quieter(run: Run, bundle: Path, tmp_path: Path) -> None:
    """At -20 dB, track by track; ffmpeg rounds to int16 as we do, so that nearly every sample is the same."""
    material = whole_folder(run.dataset.root)
    material = dataclasses.replace(material, tracks=material.tracks[::3])
    quieter = tmp_path / "quieter"
    for track in material.tracks:
        target = quieter / track.label / track.path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        ffmpeg("-i", track.path, "-af", "volume=-20dB:precision=double", target)
    found = score_microphone(bundle, material).score
    heard = next(each for each in found.hearings if each.condition == "-20 dB")
    expected = score(bundle, whole_folder(quieter)).accuracy
    assert heard.accuracy == pytest.approx(expected, abs=1 / 10 + 1e-9)


def test_the_deployed_front_end_hears_the_degraded_samples(run: Run, bundle: Path) -> None:
    """Counted here, from the classifier's answers to PCM behind each condition."""
    material = held_out(run)
    found = score_microphone(bundle, material, seed=5).score
    classifier = Classifier(bundle)
    for condition, each in zip(conditions(16_000, seed=5), found.hearings, strict=True):
        answers = [
            classifier.classify_pcm(condition.hear(load_pcm(track.path), track.identifier)) for track in material.tracks
        ]
        hits = sum(answer.label == track.label for answer, track in zip(answers, material.tracks, strict=True))
        assert each.accuracy == pytest.approx(hits / 3)
        assert each.interval == (wilson_interval(hits, 3).low, wilson_interval(hits, 3).high)
        assert each.confidence == pytest.approx(np.mean([max(answer.probabilities.values()) for answer in answers]))


def test_recorded_noise_is_one_more_kind_all_of_it_equally_loud(run: Run, bundle: Path, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    for name, loudness in (("fan.wav", 0.01), ("street.flac", 0.3)):
        soundfile.write(tmp_path / name, generator.normal(0, loudness, 16_000), 16_000)
    soundfile.write(tmp_path / "silence.wav", np.zeros(8000), 16_000)
    noise = recorded_noise(tmp_path, 16_000)
    assert np.mean(noise[:16_000] ** 2) == pytest.approx(1)
    assert np.mean(noise[16_000:] ** 2) == pytest.approx(1)
    found = score_microphone(bundle, held_out(run), noise=tmp_path).score
    assert [each.condition for each in found.hearings[-3:]] == [f"recorded noise, {snr} dB SNR" for snr in (20, 10, 5)]


def test_a_folder_without_noise_and_files_that_are_no_sound_are_named(run: Run, bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="holds no sound file with sound in it"):
        score_microphone(bundle, held_out(run), noise=tmp_path / "empty")
    music = shutil.copytree(run.dataset.root, tmp_path / "music")
    for path in list(music.rglob("*.wav"))[3:]:
        path.unlink()
    (music / "low").mkdir(exist_ok=True)
    (music / "low" / "broken.wav").write_bytes(b"RIFF")
    with pytest.raises(AudioError, match=r"broken\.wav"):
        score_microphone(bundle, whole_folder(music))
    heard = score_microphone(bundle, whole_folder(music), skip_broken=True)
    assert (heard.score.tracks, len(heard.skipped)) == (3, 1)
