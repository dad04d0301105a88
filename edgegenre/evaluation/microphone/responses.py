"""Frequency responses of what stands between the music and the samples."""

from dataclasses import dataclass

import numpy as np

TAPS = 1025
"""Of the filters, at any sample rate: 31 Hz of resolution at 16 kHz."""

_GRID = 8192
_FLOOR_DB = -80.0


@dataclass(frozen=True, kw_only=True)
class Response:
    """points: (Hz, dB), rising; straight lines over the logarithm of frequency join them, and the ends go on level."""

    words: str
    points: tuple[tuple[float, float], ...]

    def decibels(self, frequencies: np.ndarray) -> np.ndarray:
        """The response at these frequencies in Hz."""
        hertz, decibels = np.transpose(self.points)
        found: np.ndarray = np.interp(np.log2(np.maximum(frequencies, 1e-3)), np.log2(hertz), decibels)
        return np.maximum(found, _FLOOR_DB)

    def impulse(self, rate: int) -> np.ndarray:
        """The linear-phase filter, float64 [TAPS]; it delays by DELAY samples. rate: Hz."""
        magnitude = 10 ** (self.decibels(np.fft.rfftfreq(_GRID, 1 / rate)) / 20)
        centered = np.roll(np.fft.irfft(magnitude), DELAY)[:TAPS]
        return centered * np.hanning(TAPS)


DELAY = TAPS // 2

RESPONSES = (
    Response(
        words="small microphone: bass falls by 12 dB an octave below 300 Hz, a peak of 4 dB at 6 kHz",
        points=((37.5, -36), (300, 0), (3000, 0), (6000, 4), (8000, 0)),
    ),
    Response(words="low pass at 4 kHz", points=((4000, 0), (4500, -60))),
    Response(words="telephone: 300 to 3400 Hz", points=((150, -40), (300, 0), (3400, 0), (4000, -40))),
)
