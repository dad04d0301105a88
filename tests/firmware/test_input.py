"""I2S words to samples in C: the numpy twin's bytes whatever the pieces; and what filter and offset are worth."""

import subprocess

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.audio.i2s import decimator_taps, i2s_to_pcm
from edgegenre.errors import AudioError
from tests.firmware.builds import build, frontend


def in_c(words: np.ndarray, factor: int, gain_bits: int, piece: int) -> np.ndarray:
    """words: int32 [frames, channels], of which the first is taken."""
    arguments = map(str, (factor, gain_bits, words.shape[1], piece))
    done = subprocess.run([build("odd", "input", "q31"), *arguments], input=words.tobytes(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return np.frombuffer(done.stdout, np.int16)


@settings(max_examples=25, deadline=None)
@given(
    factor=st.sampled_from([1, 3]),
    gain_bits=st.integers(0, 7),
    channels=st.integers(1, 2),
    piece=st.integers(1, 700),
    seed=st.integers(0, 1000),
    extreme=st.booleans(),
)
def test_the_c_equals_numpy_to_the_bit(
    factor: int, gain_bits: int, channels: int, piece: int, seed: int, extreme: bool
) -> None:
    generator = np.random.default_rng(seed)
    if extreme:
        words = generator.choice(np.array([-(2**31), 2**31 - 1, 0, -1], np.int64), (997, channels))
    else:
        words = generator.integers(-(2**31), 2**31, (997, channels)) >> int(generator.integers(0, 24))
    words = words.astype(np.int32)
    expected = i2s_to_pcm(words[:, 0], factor=factor, gain_bits=gain_bits)
    assert len(expected) == 997 // factor
    np.testing.assert_array_equal(in_c(words, factor, gain_bits, piece), expected)


def tone(frequency: float, *, offset: float = 0.0) -> np.ndarray:
    """Two seconds of a sine at half of full scale, as int32 words at 48 kHz."""
    time = np.arange(96_000) / 48_000
    return np.rint((0.5 * np.sin(2 * np.pi * frequency * time) + offset) * 2**31 * 0.99).astype(np.int32)


def level(pcm: np.ndarray) -> float:
    """Decibels of the second half, against the sine of `tone`."""
    rms = max(1e-3, np.sqrt(np.mean(pcm[len(pcm) // 2 :].astype(float) ** 2)))
    return float(20 * np.log10(rms / (0.5 * 0.99 * 32768 / np.sqrt(2))))


@pytest.mark.parametrize("frequency", [50, 440, 3000, 6500])
def test_what_is_below_6500_hz_passes(frequency: float) -> None:
    assert abs(level(i2s_to_pcm(tone(frequency), factor=3, gain_bits=0))) < 0.1


@pytest.mark.parametrize("frequency", [9500, 11_000, 15_500, 16_500, 23_000])
def test_what_would_fold_below_6500_hz_is_stopped(frequency: float) -> None:
    assert level(i2s_to_pcm(tone(frequency), factor=3, gain_bits=0)) < -60


def test_an_offset_is_gone_after_a_second() -> None:
    found = i2s_to_pcm(tone(440, offset=0.3), factor=3, gain_bits=0)
    assert abs(found[16_000:].mean()) < 2
    assert abs(level(found)) < 0.1


def test_gain_doubles_the_level_and_clips() -> None:
    quiet = tone(440) // 64
    assert level(i2s_to_pcm(quiet, factor=3, gain_bits=6)) == pytest.approx(0, abs=0.1)
    loud = i2s_to_pcm(tone(440), factor=1, gain_bits=3)
    assert (loud.min(), loud.max()) == (-32768, 32767)


def test_features_are_nearly_those_of_a_better_resampler() -> None:
    """soxr at its best: of noise that falls by 6 dB an octave, as music does, few features move by more than a step."""
    generator = np.random.default_rng(5)
    walk = np.cumsum(generator.normal(0, 1, 480_000))
    walk -= np.convolve(walk, np.ones(2048) / 2048, "same")
    walk *= 0.4 / abs(walk).max()
    ours = i2s_to_pcm(np.rint(walk * 2**31).astype(np.int32), factor=3, gain_bits=0)
    best = np.rint(soxr.resample(walk, 48_000, 16_000, quality="VHQ") * 32768).astype(np.int16)
    features = [frontend().features(pcm).astype(int) for pcm in (ours, best)]
    steps = abs(features[0] - features[1])[2:]
    assert (steps <= 1).mean() > 0.95


def test_the_taps_add_up_and_mirror_each_other() -> None:
    taps = decimator_taps().astype(int)
    assert taps.sum() == 2**15
    assert (taps == taps[::-1]).all()
    # No sum of 32 bits overflows, whatever the samples.
    assert abs(taps).sum() * 2**15 + 2**14 < 2**31


@pytest.mark.parametrize(("factor", "gain_bits"), [(2, 0), (1, 8), (3, -1)])
def test_other_factors_and_gains_are_refused(factor: int, gain_bits: int) -> None:
    with pytest.raises(AudioError, match="the factor is 1 or 3"):
        i2s_to_pcm(np.zeros(9, np.int32), factor=factor, gain_bits=gain_bits)
    arguments = map(str, (factor, gain_bits, 1, 9))
    assert subprocess.run([build("odd", "input", "q31"), *arguments], input=b"").returncode == 3
