"""What microphones, rooms and noise do to sound, held to scipy's filters and to measured levels and decays."""

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal, stats

from edgegenre.evaluation.microphone.chance import below, gaussian
from edgegenre.evaluation.microphone.conditions import LEVELS_DB, SIGNAL_TO_NOISE_DB, Condition, conditions
from edgegenre.evaluation.microphone.degrade import at_level, convolved, through, with_noise
from edgegenre.evaluation.microphone.noises import NOISES, excerpt
from edgegenre.evaluation.microphone.responses import DELAY, RESPONSES, Response
from edgegenre.evaluation.microphone.rooms import room_impulse

RATE = 16_000


def sound(seconds: float = 8, loudness: float = 2000) -> np.ndarray:
    generator = np.random.default_rng(7)
    return np.rint(generator.normal(0, loudness, round(seconds * RATE))).clip(-32768, 32767).astype(np.int16)


def power(samples: np.ndarray) -> float:
    return float(np.mean(samples.astype(np.float64) ** 2))


@functools.cache
def every() -> list[Condition]:
    return conditions(RATE)


def by_words(words: str) -> Condition:
    return next(item for item in every() if words in item.words)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 90_000), st.integers(1, 9000), st.integers(0, 2**32 - 1))
def test_a_convolution_in_blocks_is_scipy_s(samples: int, taps: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    one, other = generator.normal(size=samples), generator.normal(size=taps)
    expected = signal.oaconvolve(one, other) if samples else np.zeros(taps - 1)
    np.testing.assert_allclose(convolved(one, other), expected, atol=1e-9)


@pytest.mark.parametrize("response", RESPONSES, ids=lambda item: item.words.split(":")[0])
def test_a_filter_has_the_response_that_it_is_called_after(response: Response) -> None:
    """By scipy's freqz, within 1.5 dB where it is audible: a filter of 1025 taps rounds the corners."""
    frequencies, found = signal.freqz(response.impulse(RATE), worN=np.geomspace(40, 7900, 300), fs=RATE)
    expected = response.decibels(frequencies)
    heard = np.maximum(20 * np.log10(np.abs(found) + 1e-12), -60)
    audible = expected > -25
    assert np.abs(heard - expected)[audible].max() < 1.5
    assert heard[expected < -55].max(initial=-60) < -50


@pytest.mark.parametrize("response", RESPONSES, ids=lambda item: item.words.split(":")[0])
def test_pcm_behind_a_filter_has_its_response_and_is_not_late(response: Response) -> None:
    pcm = sound()
    heard = through(pcm, response.impulse(RATE), delay=DELAY)
    assert (heard.dtype, heard.shape) == (np.int16, pcm.shape)
    frequencies, before = signal.welch(pcm.astype(float), RATE, nperseg=4096)
    _, after = signal.welch(heard.astype(float), RATE, nperseg=4096)
    expected = response.decibels(frequencies)
    passed = (expected > -20) & (frequencies > 60) & (frequencies < 7800)
    assert np.abs(10 * np.log10(after / before) - expected)[passed].max() < 2
    lags = signal.correlation_lags(len(heard), len(pcm))
    assert lags[np.argmax(signal.correlate(heard.astype(float), pcm.astype(float)))] == 0


@pytest.mark.parametrize("seconds", [0.3, 0.6])
def test_a_room_decays_by_60_db_in_its_reverberation_time(seconds: float) -> None:
    """Schroeder's backward integral, a line from -5 to -25 dB below the tail's beginning, times three (ISO 3382)."""
    for key in ("a", "b", "c"):
        impulse = room_impulse(seconds, RATE, key)
        assert np.sum(impulse**2) == pytest.approx(1)
        assert impulse[0] ** 2 == pytest.approx(0.5)
        tail = impulse[round(0.0025 * RATE) :]
        decay = 10 * np.log10(np.cumsum(tail[::-1] ** 2)[::-1] / np.sum(tail**2))
        part = (decay < -5) & (decay > -25)
        slope = np.polyfit(np.flatnonzero(part) / RATE, decay[part], 1)[0]
        assert -60 / slope == pytest.approx(seconds, rel=0.1)


@pytest.mark.parametrize("name", NOISES)
@pytest.mark.parametrize("decibels", SIGNAL_TO_NOISE_DB)
def test_noise_lies_as_far_below_the_sound_as_it_is_said_to(name: str, decibels: int) -> None:
    pcm = sound(loudness=1000)
    heard = by_words(f"{name}, {decibels} dB").hear(pcm, "track")
    added = heard.astype(float) - pcm
    assert 10 * np.log10(power(pcm) / power(added)) == pytest.approx(decibels, abs=0.1)
    assert abs(np.corrcoef(pcm, added)[0, 1]) < 0.02
    assert not np.array_equal(heard, by_words(f"{name}, {decibels} dB").hear(pcm, "another track"))


@pytest.mark.parametrize("level", LEVELS_DB)
def test_a_quieter_sound_is_so_much_quieter(level: int) -> None:
    pcm = sound(loudness=5000)
    heard = by_words(f"{level} dB").hear(pcm, "")
    assert 10 * np.log10(power(heard) / power(pcm)) == pytest.approx(level, abs=0.05)


def test_white_and_pink_noise_have_equal_power_in_equal_bands_and_in_octaves() -> None:
    for name, slope in (("white noise", 0.0), ("pink noise", -10.0)):
        frequencies, density = signal.welch(NOISES[name](RATE, "x"), RATE, nperseg=8192)
        part = (frequencies > 40) & (frequencies < 7500)
        found = np.polyfit(np.log10(frequencies[part]), 10 * np.log10(density[part]), 1)[0]
        assert found == pytest.approx(slope, abs=0.3)  # dB a decade


def test_babble_swells_as_speech_does_and_has_its_spectrum() -> None:
    babble = NOISES["babble"](RATE, "x")
    frames = babble[: len(babble) // 1600 * 1600].reshape(-1, 1600)
    steady = NOISES["white noise"](RATE, "x")[: frames.size].reshape(frames.shape)
    assert np.std(np.log(np.mean(frames**2, axis=1))) > 5 * np.std(np.log(np.mean(steady**2, axis=1)))
    frequencies, density = signal.welch(babble, RATE, nperseg=4096)
    octave = [density[(frequencies > low) & (frequencies < 2 * low)].mean() for low in (250, 1000, 2000)]
    assert 10 * np.log10(octave[1] / octave[2]) == pytest.approx(9, abs=1.5)
    assert octave[0] > octave[1]


def test_loud_sound_is_clipped_and_silence_stays_silence() -> None:
    loud = np.array([30_000, -30_000, 5], np.int16)
    np.testing.assert_array_equal(at_level(loud, 6), [32767, -32768, 10])
    np.testing.assert_array_equal(at_level(loud, -120), [0, 0, 0])
    silence = np.zeros(5000, np.int16)
    for condition in every():
        np.testing.assert_array_equal(condition.hear(silence, "k"), silence)
        assert condition.hear(silence[:0], "k").shape == (0,)
    heard = with_noise(np.full(4000, 32_000, np.int16), gaussian("x", 4000), 5)
    assert heard.max() == 32767


def test_a_seed_repeats_everything_and_another_one_does_not() -> None:
    pcm = sound(1)
    for one, same, other in zip(every(), conditions(RATE), conditions(RATE, seed=1), strict=True):
        np.testing.assert_array_equal(one.hear(pcm, "k"), same.hear(pcm, "k"))
        assert np.array_equal(one.hear(pcm, "k"), other.hear(pcm, "k")) == (one.kind not in ("room", "noise"))


def test_chance_is_gaussian_and_whole_numbers_stay_below_their_limit() -> None:
    assert stats.kstest(gaussian("a key", 100_001), "norm").pvalue > 0.01
    assert abs(np.corrcoef(gaussian("one", 50_000), gaussian("other", 50_000))[0, 1]) < 0.02
    assert {below(str(number), 5) for number in range(200)} == set(range(5))


def test_an_excerpt_goes_on_from_the_start() -> None:
    noise = np.arange(10.0)
    found = excerpt(noise, 25, "k")
    np.testing.assert_array_equal(np.diff(found) % 10, 1)
