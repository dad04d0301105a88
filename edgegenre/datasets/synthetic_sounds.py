"""Single sounds of the synthetic data set: drums and notes, each float32 [samples] at 16 kHz, peak 1."""

import numpy as np

from edgegenre.datasets.synthetic_bands import Band
from edgegenre.datasets.synthetic_dice import Dice

SAMPLE_RATE = 16_000
_TABLE = 2048
_EQUALIZER_POINTS = 6

Sound = np.ndarray


def membrane(dice: Dice, low: float, high: float) -> Sound:
    """A struck skin: a sine whose pitch falls to somewhere in [low, high] Hz, with a click of noise."""
    pitch, decay = dice.logarithmic(low, high), dice.logarithmic(0.05, 0.25)
    time = _seconds(4 * decay)
    falling = pitch * (1 + dice.uniform(0.3, 2.0) * np.exp(-time / 0.02))
    body = np.sin(2 * np.pi * np.cumsum(falling) / SAMPLE_RATE) * np.exp(-time / decay)
    click = dice.noise(len(time)) * np.exp(-time / 0.004) * dice.uniform(0.0, 0.5)
    return _peak_one(body + click)


def rattle(dice: Dice, decay_range: tuple[float, float]) -> Sound:
    """Noise that dies away: hi-hat, shaker, snare, clap; color and attack are drawn."""
    decay, attack = dice.logarithmic(*decay_range), dice.logarithmic(0.001, 0.02)
    time = _seconds(4 * decay + attack)
    noise = dice.noise(len(time) + 2)
    # From dark (a running sum) over white to bright (a second difference).
    color = dice.uniform(-0.9, 1.0)
    noise = noise[1:-1] - color * (noise[:-2] + noise[2:]) * np.float32(0.5)
    tone = np.sin(2 * np.pi * dice.uniform(150, 320) * time) * dice.uniform(0.0, 0.6)
    return _peak_one((noise + tone) * (1 - np.exp(-time / attack)) * np.exp(-time / decay))


def bar(dice: Dice) -> Sound:
    """Struck wood or metal: two or three partials that are not harmonic."""
    pitch, decay = dice.logarithmic(500, 2200), dice.logarithmic(0.02, 0.12)
    time = _seconds(4 * decay)
    sound = np.sin(2 * np.pi * pitch * time)
    for _ in range(2):
        sound += dice.uniform(0.2, 0.7) * np.sin(2 * np.pi * pitch * dice.uniform(1.3, 2.9) * time)
    return _peak_one(sound * np.exp(-time / decay))


def drum(role: str, band: Band, dice: Dice) -> Sound:
    """The kind of sound that usually plays `role`, as that band has it."""
    if role in ("back", "time"):
        return rattle(dice, band.rattle)
    if role == "high":
        return bar(dice)
    return membrane(dice, 45, 95) if role == "low" else membrane(dice, 120, 420)


class Instrument:
    """A pitched instrument with one drawn timbre: a wave table and an envelope."""

    def __init__(
        self, dice: Dice, *, falloff: tuple[float, float], attack: tuple[float, float], decay: tuple[float, float]
    ) -> None:
        phase = np.arange(_TABLE) / _TABLE
        exponent = dice.uniform(*falloff)
        only_odd = dice.chance(0.3)
        harmonics = range(1, 9, 2) if only_odd else range(1, 9)
        wave = sum(
            dice.uniform(0.4, 1.0) / number**exponent * np.sin(2 * np.pi * number * (phase + dice.uniform(0, 1)))
            for number in harmonics
        )
        self._wave = _peak_one(np.asarray(wave))
        self._attack = dice.logarithmic(*attack)
        self._decay = dice.logarithmic(*decay)

    def note(self, pitches: tuple[float, ...], seconds: float) -> Sound:
        """The MIDI pitches sounding together for `seconds`, then released within 50 ms."""
        time = _seconds(seconds + 0.05)
        sound = np.zeros(len(time), np.float32)
        for pitch in pitches:
            cycles = time * (440.0 * 2 ** ((pitch - 69) / 12))
            sound += self._wave[(cycles * _TABLE).astype(np.int64) % _TABLE]
        envelope = (1 - np.exp(-time / self._attack)) * np.exp(-time / self._decay)
        envelope *= np.clip((seconds + 0.05 - time) / 0.05, 0, 1)
        return _peak_one(sound * envelope)


class Equalizer:
    """A drawn frequency response: a straight line over the octaves, `tilt` dB in all, give or take `decibels`."""

    def __init__(self, dice: Dice, tilt: tuple[float, float], decibels: float) -> None:
        self._octaves = np.linspace(np.log2(60), np.log2(SAMPLE_RATE / 2), _EQUALIZER_POINTS)
        wobble = (2 * dice.fractions(_EQUALIZER_POINTS) - 1) * decibels
        self._decibels = np.linspace(0, dice.uniform(*tilt), _EQUALIZER_POINTS) + wobble

    def __call__(self, sound: Sound) -> Sound:
        """The filtered sound, as long as it was (it has died away at its end)."""
        length = 1 << (len(sound) + 256 - 1).bit_length()
        octave = np.log2(np.maximum(np.fft.rfftfreq(length, 1 / SAMPLE_RATE), 20.0))
        response = 10 ** (np.interp(octave, self._octaves, self._decibels) / 20)
        filtered = np.fft.irfft(np.fft.rfft(sound, length) * response, length)
        return filtered[: len(sound)].astype(np.float32)


def _seconds(duration: float) -> np.ndarray:
    """float64 [samples], the times of the samples in seconds."""
    return np.arange(int(duration * SAMPLE_RATE)) / SAMPLE_RATE


def _peak_one(sound: np.ndarray) -> Sound:
    return (sound / (np.abs(sound).max() + 1e-9)).astype(np.float32)
