"""Rooms as impulse responses: the direct sound, and behind it a decaying tail of noise."""

import numpy as np

from edgegenre.evaluation.microphone.chance import gaussian

REVERBERATION_SECONDS = (0.3, 0.6)
"""Of a furnished room, and of a bare one."""

TAIL_BEGINS = 0.0025
"""Seconds: the first reflection has gone 86 cm farther than the direct sound."""


def room_impulse(reverberation: float, rate: int, key: str) -> np.ndarray:
    """float64 [samples], energy 1: a direct sound, and a tail of the same energy that falls by 60 dB in `reverberation`
    seconds (RT60).

    Exponentially decaying noise is the late part of a room's response (Polack, 1988). As much energy comes straight as
    by the walls: the microphone stands at the critical distance. rate: Hz. key: decides the noise.
    """
    time = np.arange(round(reverberation * rate)) / rate
    tail = gaussian(key, len(time)) * 10 ** (-3 * time / reverberation)
    tail[time < TAIL_BEGINS] = 0
    impulse: np.ndarray = tail / np.sqrt(2 * np.sum(tail * tail))
    impulse[0] = np.sqrt(0.5)
    return impulse
