"""Noise that is made, and excerpts of any noise. What is made repeats without a seam."""

from collections.abc import Callable

import numpy as np

from edgegenre.evaluation.microphone.chance import below, gaussian
from edgegenre.evaluation.microphone.responses import Response

TALKERS = 6
SYLLABLES_PER_SECOND = 4.0
_LONGER_THAN_SECONDS = 30

_SPEECH = Response(words="long-term spectrum of speech", points=((60, -30), (120, 0), (500, 0), (8000, -36)))
"""Roughly that of Byrne et al. (1994): level up to 500 Hz, 9 dB an octave less above."""


def white(rate: int, key: str) -> np.ndarray:
    """The same power at all frequencies."""
    return gaussian(key, _length(rate))


def pink(rate: int, key: str) -> np.ndarray:
    """The same power in every octave above 20 Hz."""
    return _shaped(rate, key, lambda hertz: 1 / np.sqrt(np.maximum(hertz, 20.0)))


def babble(rate: int, key: str) -> np.ndarray:
    """TALKERS voices' worth of noise with the spectrum of speech, each swelling at the pace of syllables."""
    voices = np.zeros(_length(rate))
    for talker in range(TALKERS):
        voice = _shaped(rate, f"{key} voice {talker}", lambda hertz: 10 ** (_SPEECH.decibels(hertz) / 20))
        swelling = _shaped(rate, f"{key} pace {talker}", lambda hertz: (hertz < SYLLABLES_PER_SECOND) * 1.0)
        voices += voice * np.abs(swelling) / np.std(swelling)
    return voices


NOISES: dict[str, Callable[[int, str], np.ndarray]] = {"white noise": white, "pink noise": pink, "babble": babble}
"""By name: half a minute or more, float64 [samples], of a sample rate in Hz and a key that decides it."""


def excerpt(noise: np.ndarray, samples: int, key: str) -> np.ndarray:
    """So many samples of `noise` from a place that `key` decides, from its start again at its end."""
    start = below(key, len(noise))
    return noise[(start + np.arange(samples)) % len(noise)]


def _length(rate: int) -> int:
    """A power of two: long transforms of other lengths are slow."""
    return 1 << (_LONGER_THAN_SECONDS * rate - 1).bit_length()


def _shaped(rate: int, key: str, magnitude: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    samples = _length(rate)
    spectrum = np.fft.rfft(gaussian(key, samples)) * magnitude(np.fft.rfftfreq(samples, 1 / rate))
    spectrum[0] = 0
    return np.fft.irfft(spectrum, samples)
