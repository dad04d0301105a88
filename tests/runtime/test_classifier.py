"""The decision on a piece of audio does not depend on how it arrives, and equals that of the whole clip."""

import dataclasses
import functools
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.audio.sources import file_chunks
from edgegenre.bundle import Bundle, load_bundle
from edgegenre.deploy.assemble import export_bundle
from edgegenre.errors import AudioError, FeatureError, RuntimeEngineError
from edgegenre.integer.quantization import Quantization
from edgegenre.integer.reference import run
from edgegenre.integer.streaming import Mode
from edgegenre.runtime.classifier import MODES, Classifier, Decision
from edgegenre.voting import Vote
from tests.bundles import LABELS, SPEC, tiny_bundle, tiny_run
from tests.support import program, real_data

WINDOW = SPEC.window_frames
HOP, FRAME = 800, 1600
ENGINES = ["reference", "onnxruntime", "litert"]


def samples_of(frames: int) -> int:
    return FRAME + (frames - 1) * HOP


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(tiny_bundle(tmp_path_factory.mktemp("tiny")))


def sound(samples: int, seed: int = 0) -> np.ndarray:
    """Noise whose loudness and color wander, so that windows differ; a shorter one is the beginning of a longer one."""
    return _minute(seed)[:samples]


@functools.cache
def _minute(seed: int) -> np.ndarray:
    samples = 60 * 16_000
    generator = np.random.default_rng(seed)
    noise = generator.normal(0, 1, samples)
    wander = np.repeat(np.exp(np.cumsum(generator.normal(0, 0.3, samples // 4000)) % 3), 4000)
    smooth = np.convolve(noise, np.ones(5) / 5, "same")
    mix = np.repeat(generator.uniform(0, 1, samples // 4000), 4000)
    return np.clip(500 * wander * (mix * noise + (1 - mix) * smooth), -32768, 32767).astype(np.int16)


def streamed(classifier: Classifier, pcm: np.ndarray, cuts: list[int]) -> list[Decision]:
    classifier.reset()
    decisions = [item for part in np.split(pcm, sorted(cuts)) for item in classifier.push(part)]
    return decisions + classifier.finish()


@settings(max_examples=12, deadline=None)
@given(
    engine=st.sampled_from(ENGINES),
    samples=st.sampled_from(
        [FRAME, samples_of(17), samples_of(WINDOW) - 1, samples_of(WINDOW), samples_of(2 * WINDOW), samples_of(150) + 7]
    ),
    cuts=st.lists(st.integers(0, samples_of(150)), max_size=6),
)
def test_the_last_decision_is_that_of_the_file_whatever_the_chunks(
    bundle: Bundle, engine: str, samples: int, cuts: list[int]
) -> None:
    classifier = Classifier(bundle, engine)
    pcm = sound(samples)
    assert streamed(classifier, pcm, cuts)[-1] == Classifier(bundle, "reference").classify_pcm(pcm)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("chunk", [1, 7919, 10**6])
def test_every_decision_is_the_same_for_one_sample_primes_and_all_at_once(
    bundle: Bundle, engine: str, chunk: int
) -> None:
    pcm = sound(samples_of(WINDOW + 3) + 11)[: 30_000 if chunk == 1 else None]
    classifier = Classifier(bundle, engine)
    cuts = list(range(chunk, len(pcm), chunk))
    assert streamed(classifier, pcm, cuts) == streamed(classifier, pcm, [])


def test_the_score_of_a_track_is_the_mean_of_its_windows_softmax(bundle: Bundle) -> None:
    """By hand: three windows of 39 frames, 33 frames of tail dropped."""
    pcm = sound(samples_of(150))
    classifier = Classifier(bundle)
    features = classifier.model.features(pcm)["features"]
    assert len(features) == 150
    assert bundle.integers is not None
    logits = run(bundle.integers, np.stack([features[:39], features[39:78], features[78:117]]))
    output = bundle.integers.output
    step = np.float64(output.scale) / bundle.manifest.temperature
    powers = np.exp(step * (logits.astype(int) - output.zero_point))
    expected = (powers / powers.sum(axis=1, keepdims=True)).mean(axis=0)
    decision = classifier.classify_pcm(pcm)
    np.testing.assert_allclose(list(decision.probabilities.values()), expected, rtol=1e-12)
    assert list(decision.probabilities) == list(LABELS)
    assert decision.label == LABELS[int(np.argmax(expected))]
    assert decision.logits == tuple(logits[2].tolist())
    assert (decision.window, decision.provisional, decision.time_seconds) == (2, False, samples_of(150) / 16_000)


@pytest.mark.parametrize("vote", ["majority", "maximum"])
def test_windows_vote_as_the_manifest_says(tmp_path: Path, vote: Vote) -> None:
    """By hand: a majority counts the windows' best classes, a maximum takes each class's best window."""
    run_of = dataclasses.replace(tiny_run(tmp_path), vote=vote)
    bundle = load_bundle(export_bundle(run_of, out_folder=tmp_path / "bundle"))
    assert bundle.manifest.vote == vote
    pcm = sound(samples_of(200))
    classifier = Classifier(bundle)
    windows = classifier.model.features(pcm)["features"][: 5 * WINDOW].reshape(5, WINDOW, -1)
    integers = bundle.integers
    assert integers is not None
    powers = np.exp(integers.output.real(run(integers, windows)).astype(np.float64) / bundle.manifest.temperature)
    shares = powers / powers.sum(axis=1, keepdims=True)
    counts = [np.mean(shares.argmax(axis=1) == place) for place in range(3)]
    largest = shares.max(axis=0) / shares.max(axis=0).sum()
    expected = counts if vote == "majority" else largest
    for decision in (classifier.classify_pcm(pcm), streamed(classifier, pcm, [10_000])[-1]):
        np.testing.assert_allclose(list(decision.probabilities.values()), expected, rtol=1e-12)
        assert decision.label == LABELS[int(np.argmax(expected))]


def test_short_audio_is_repeated_until_the_window_is_full(bundle: Bundle) -> None:
    pcm = sound(samples_of(20))
    classifier = Classifier(bundle)
    features = classifier.model.features(pcm)["features"]
    tiled = np.concatenate([features] * 4)[:WINDOW]
    assert bundle.integers is not None
    assert classifier.classify_pcm(pcm).logits == tuple(run(bundle.integers, tiled[None])[0].tolist())


@pytest.mark.parametrize("samples", [0, 1, FRAME - 1])
def test_audio_without_one_frame_is_an_error_that_says_how_much_is_needed(bundle: Bundle, samples: int) -> None:
    classifier = Classifier(bundle)
    assert classifier.push(sound(samples)) == []
    with pytest.raises(FeatureError, match="1600 samples"):
        classifier.finish()


def test_the_reference_decides_provisionally_row_by_row(bundle: Bundle) -> None:
    decisions = Classifier(bundle).push(sound(samples_of(WINDOW)))
    assert len(decisions) > 3
    assert [item.provisional for item in decisions] == [True] * (len(decisions) - 1) + [False]
    times = [item.time_seconds for item in decisions]
    assert times == sorted(times)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_decision_s_probabilities_sum_to_one_and_name_its_label(bundle: Bundle, engine: str) -> None:
    for decision in Classifier(bundle, engine).push(sound(samples_of(2 * WINDOW + 5))):
        assert sum(decision.probabilities.values()) == pytest.approx(1, abs=1e-12)
        assert decision.probabilities[decision.label] == max(decision.probabilities.values())


def test_reset_forgets_everything(bundle: Bundle) -> None:
    classifier = Classifier(bundle)
    classifier.push(sound(samples_of(40), seed=9))
    pcm = sound(samples_of(WINDOW + 10))
    assert streamed(classifier, pcm, []) == streamed(Classifier(bundle), pcm, [])


def test_continuous_probabilities_are_the_average_that_is_documented(bundle: Bundle) -> None:
    """The plain mean of the first N decisions, then mean += (softmax - mean) / N; 2 s of decisions, one each 0.1 s."""
    classifier = Classifier(bundle, mode="continuous")
    decisions = classifier.push(sound(samples_of(200)))
    assert classifier.finish() == []
    assert decisions[0].provisional
    assert not decisions[-1].provisional
    assert decisions[6].time_seconds - decisions[5].time_seconds == pytest.approx(0.2)
    assert bundle.integers is not None
    output = bundle.integers.output
    step = np.float64(output.scale) / bundle.manifest.temperature
    mean = np.zeros(len(LABELS))
    for number, decision in enumerate(decisions, start=1):
        powers = np.exp(step * (np.array(decision.logits) - output.zero_point))
        mean += (powers / powers.sum() - mean) / min(number, 10)
        np.testing.assert_allclose(list(decision.probabilities.values()), mean, atol=3e-4)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 99), chunk=st.integers(100, 30_000), mode=st.sampled_from(MODES))
def test_events_do_not_depend_on_chunks(bundle: Bundle, seed: int, chunk: int, mode: Mode) -> None:
    pcm = with_silence(seed)
    classifier = Classifier(bundle, mode=mode)
    found = [item.event for item in streamed(classifier, pcm, list(range(chunk, len(pcm), chunk))) if item.event]
    assert found == [item.event for item in streamed(classifier, pcm, []) if item.event]
    assert found


def with_silence(seed: int) -> np.ndarray:
    """Silence, music, silence, music: 4 s each."""
    pcm = sound(16 * 16_000, seed).copy()
    pcm[:64_000] = pcm[128_000:192_000] = 0
    return pcm


def test_silence_is_told_and_forgets_what_was_heard_before(bundle: Bundle) -> None:
    decisions = Classifier(bundle, mode="continuous").push(with_silence(1))
    silent = [item.time_seconds for item in decisions if item.event and item.event.kind == "silence"]
    assert len(silent) == 2
    assert silent[0] < 0.5
    assert 8.9 < silent[1] < 9.5, "a second after the music has ended"
    assert all(sum(item.probabilities.values()) == 0 for item in decisions if 9.5 < item.time_seconds < 12)
    first = next(item for item in decisions if item.time_seconds > 12 and sum(item.probabilities.values()) > 0)
    powers = np.exp(output_of(bundle).real(np.array(first.logits, np.int64)) / bundle.manifest.temperature)
    np.testing.assert_allclose(list(first.probabilities.values()), powers / powers.sum(), atol=3e-4)


def output_of(bundle: Bundle) -> Quantization:
    assert bundle.integers is not None
    return bundle.integers.output


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seconds", [1, 7])
def test_digital_silence_is_never_a_genre(bundle: Bundle, mode: Mode, seconds: int) -> None:
    decisions = streamed(Classifier(bundle, mode=mode), np.zeros(seconds * 16_000, np.int16), [])
    assert {item.event.kind for item in decisions if item.event} == {"silence"}


def test_a_clip_answers_for_the_windows_in_which_something_is_heard(bundle: Bundle) -> None:
    """Two windows of music, and the second in which the gate closes; silence after it does not count."""
    pcm = np.zeros(samples_of(6 * WINDOW), np.int16)
    pcm[: samples_of(2 * WINDOW)] = sound(samples_of(2 * WINDOW))
    alone = Classifier(bundle).classify_pcm(pcm[: samples_of(3 * WINDOW)]).event
    whole = Classifier(bundle).classify_pcm(pcm).event
    assert alone is not None
    assert whole == dataclasses.replace(alone, time_seconds=samples_of(6 * WINDOW) / 16_000)
    assert whole.kind == "genre"


def test_a_clip_has_one_decision_for_each_moment(bundle: Bundle) -> None:
    """The rows behind a window's last frame are computed at once: nobody wants to read what they say one by one."""
    times = [item.time_seconds for item in Classifier(bundle, "reference").push(sound(samples_of(2 * WINDOW)))]
    assert len(set(times)) == len(times) > 6


def test_continuous_decisions_do_not_depend_on_chunks(bundle: Bundle) -> None:
    pcm = sound(samples_of(180))
    classifier = Classifier(bundle, mode="continuous")
    assert streamed(classifier, pcm, list(range(0, len(pcm), 997))) == streamed(classifier, pcm, [])


def test_the_c_runtime_makes_the_same_decisions_in_both_modes(bundle: Bundle) -> None:
    program("cc", "gcc")
    pcm = sound(samples_of(180))
    for mode in MODES:
        expected = streamed(Classifier(bundle, "reference", mode=mode), pcm, [])
        assert streamed(Classifier(bundle, "native", mode=mode), pcm, list(range(0, len(pcm), 7001))) == expected


def test_real_music_gives_one_answer_on_every_engine_whatever_the_chunks(bundle: Bundle) -> None:
    songs = sorted(real_data("gtzan_mini", "genres").glob("*/*.wav"))[::50]
    assert len(songs) == 2
    for song in songs:
        expected = Classifier(bundle).classify_file(song)
        for engine in ENGINES:
            classifier = Classifier(bundle, engine)
            pieces = [item for chunk in file_chunks(song, 4001) for item in classifier.push(chunk)]
            assert (pieces + classifier.finish())[-1] == expected


def test_continuous_mode_says_when_the_audio_was_too_short(bundle: Bundle) -> None:
    classifier = Classifier(bundle, mode="continuous")
    classifier.push(sound(FRAME))
    with pytest.raises(FeatureError, match="too short for a decision"):
        classifier.finish()


def test_continuous_mode_needs_an_engine_that_keeps_state(bundle: Bundle) -> None:
    with pytest.raises(RuntimeEngineError, match="'reference'"):
        Classifier(bundle, "litert", mode="continuous")


def test_a_file_at_another_rate_in_stereo_is_classified(bundle: Bundle, tmp_path: Path) -> None:
    pcm = sound(44_100 * 4)
    soundfile.write(tmp_path / "a.flac", np.stack([pcm, pcm], axis=1), 44_100)
    decision = Classifier(bundle).classify_file(tmp_path / "a.flac")
    assert decision.label in LABELS
    assert decision.time_seconds == pytest.approx(4, abs=0.06)


def test_a_file_too_short_for_a_frame_is_named(bundle: Bundle, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "one.wav", np.zeros(1, np.int16), 16_000)
    with pytest.raises(AudioError, match=r"one\.wav: .*too short"):
        Classifier(bundle).classify_file(tmp_path / "one.wav")


def test_float_samples_are_refused(bundle: Bundle) -> None:
    with pytest.raises(FeatureError, match="int16"):
        Classifier(bundle).push(np.zeros(100, np.float32))
