"""Who plays the synthetic data set: seven kinds of band, shared by one to three dances each.

A track's band is the one usual for its dance, or now and then another: the timbre hints at the dance and does not
settle it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Band:
    """Ranges from which the sounds of a track are drawn.

    tilt: dB at 8 kHz against 60 Hz. drums: dB of the drums against the melodic parts. attack: seconds, of chords and
    melody. falloff: exponent by which a note's harmonics grow weaker. rattle: decay in seconds of hi-hats and snares.
    """

    tilt: tuple[float, float]
    drums: tuple[float, float]
    attack: tuple[float, float]
    falloff: tuple[float, float]
    rattle: tuple[float, float]


BANDS: dict[str, Band] = {
    "batucada": Band(tilt=(4, 12), drums=(2, 8), attack=(0.002, 0.02), falloff=(0.8, 1.6), rattle=(0.025, 0.06)),
    "conjunto": Band(tilt=(-2, 6), drums=(-3, 3), attack=(0.002, 0.02), falloff=(0.5, 1.0), rattle=(0.010, 0.03)),
    "brushes": Band(tilt=(-10, -2), drums=(-8, -2), attack=(0.005, 0.03), falloff=(1.2, 2.2), rattle=(0.06, 0.16)),
    "big band": Band(tilt=(2, 10), drums=(-2, 4), attack=(0.005, 0.04), falloff=(0.4, 0.9), rattle=(0.04, 0.12)),
    "strings": Band(tilt=(-14, -6), drums=(-14, -6), attack=(0.02, 0.09), falloff=(0.8, 1.6), rattle=(0.02, 0.10)),
    "orquesta": Band(tilt=(-4, 4), drums=(-14, -6), attack=(0.002, 0.015), falloff=(0.4, 0.8), rattle=(0.015, 0.05)),
    "brass": Band(tilt=(6, 14), drums=(-4, 4), attack=(0.01, 0.04), falloff=(0.3, 0.8), rattle=(0.015, 0.05)),
}

USUAL = 0.9
"""The probability that a dance is played by its usual band."""
