"""In what kinds of sound a test is repeated."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from edgegenre.evaluation.microphone.degrade import at_level, through, with_noise
from edgegenre.evaluation.microphone.noises import NOISES, excerpt
from edgegenre.evaluation.microphone.responses import DELAY, RESPONSES
from edgegenre.evaluation.microphone.rooms import REVERBERATION_SECONDS, room_impulse
from edgegenre.trust import Kind

LEVELS_DB = (-6, -12, -20, -30)
SIGNAL_TO_NOISE_DB = (20, 10, 5)


@dataclass(frozen=True, kw_only=True)
class Condition:
    """hear: int16 PCM [samples] and a key, which decides what chance there is, to int16 PCM as long."""

    kind: Kind
    words: str
    hear: Callable[[np.ndarray, str], np.ndarray]


def conditions(rate: int, *, seed: int = 0, recordings: np.ndarray | None = None) -> list[Condition]:
    """The sound as it is, then levels, frequency responses, rooms and noises.

    rate: Hz of the PCM. seed: of rooms and noises. recordings: noise that somebody recorded, float64 [samples], as one
    more kind.
    """
    found = [Condition(kind="clean", words="as it is", hear=_as_it_is)]
    found += [
        Condition(kind="level", words=f"{level} dB", hear=functools.partial(_quieter, level)) for level in LEVELS_DB
    ]
    found += [
        Condition(kind="response", words=item.words, hear=functools.partial(_filtered, item.impulse(rate), DELAY))
        for item in RESPONSES
    ]
    for seconds in REVERBERATION_SECONDS:
        impulse = room_impulse(seconds, rate, f"{seed} room {seconds}")
        words = f"{seconds:g} s of reverberation"
        found.append(Condition(kind="room", words=words, hear=functools.partial(_filtered, impulse, 0)))
    noises = {name: make(rate, f"{seed} {name}") for name, make in NOISES.items()}
    if recordings is not None:
        noises["recorded noise"] = recordings
    found += [
        Condition(
            kind="noise", words=f"{name}, {snr} dB SNR", hear=functools.partial(_noisy, noise, snr, f"{seed} {name}")
        )
        for name, noise in noises.items()
        for snr in SIGNAL_TO_NOISE_DB
    ]
    return found


def _as_it_is(pcm: np.ndarray, key: str) -> np.ndarray:
    return pcm


def _quieter(decibels: float, pcm: np.ndarray, key: str) -> np.ndarray:
    return at_level(pcm, decibels)


def _filtered(impulse: np.ndarray, delay: int, pcm: np.ndarray, key: str) -> np.ndarray:
    return through(pcm, impulse, delay=delay)


def _noisy(noise: np.ndarray, snr_db: float, chance: str, pcm: np.ndarray, key: str) -> np.ndarray:
    return with_noise(pcm, excerpt(noise, len(pcm), f"{chance} {key}"), snr_db)
