"""The parts of the features that are matrices: Hann window, Slaney mel bands, DCT-II. All float64."""

from dataclasses import dataclass

import numpy as np

from edgegenre.errors import FeatureError

# Slaney's Auditory Toolbox (1998): linear below 1 kHz, logarithmic above with 27 steps for a factor of 6.4.
_HZ_PER_MEL = 200.0 / 3.0
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ / _HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0


@dataclass(frozen=True, kw_only=True)
class MelBands:
    """Which bands of a spectrum of `fft_length` samples are heard: `bands` triangles from low_hz to high_hz.

    Raises FeatureError unless low_hz < high_hz <= half the sample rate.
    """

    sample_rate: int
    fft_length: int
    bands: int
    low_hz: float
    high_hz: float

    def __post_init__(self) -> None:
        if not self.low_hz < self.high_hz <= self.sample_rate / 2:
            raise FeatureError(
                f"front end: need low_hz < high_hz <= half the sample rate, got {self.low_hz} and {self.high_hz} Hz "
                f"at {self.sample_rate} Hz."
            )


def hann(length: int) -> np.ndarray:
    """Periodic Hann window [length]."""
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)


def mel_points(mel: MelBands) -> np.ndarray:
    """The corners of the triangles in Hz [bands + 2], evenly spaced in mel: band m spans points m to m + 2."""
    mels = np.linspace(_hz_to_mel(mel.low_hz), _hz_to_mel(mel.high_hz), mel.bands + 2)
    return _mel_to_hz(mels)


def mel_filters(mel: MelBands) -> np.ndarray:
    """Weights [bands, fft_length // 2 + 1]: triangles of unit area in Hz (Slaney's normalization)."""
    points = mel_points(mel)
    bins = np.arange(mel.fft_length // 2 + 1) * (mel.sample_rate / mel.fft_length)
    ramps = bins - points[:, None]
    widths = np.diff(points)[:, None]
    rising = ramps[:-2] / widths[:-1]
    falling = -ramps[2:] / widths[1:]
    return np.maximum(0.0, np.minimum(rising, falling)) * band_gains(mel)[:, None]


def band_gains(mel: MelBands) -> np.ndarray:
    """The peak weight of each band [bands]: 2 / (width in Hz)."""
    points = mel_points(mel)
    return 2.0 / (points[2:] - points[:-2])


def dct_matrix(coefficients: int, bands: int) -> np.ndarray:
    """Orthonormal DCT-II [coefficients, bands]."""
    places = np.arange(bands)
    rows = np.arange(coefficients)[:, None]
    matrix = np.cos(np.pi * rows * (2 * places + 1) / (2 * bands)) * np.sqrt(2.0 / bands)
    matrix[0] /= np.sqrt(2.0)
    return matrix


def _hz_to_mel(hz: float) -> float:
    if hz < _BREAK_HZ:
        return hz / _HZ_PER_MEL
    return float(_BREAK_MEL + np.log(hz / _BREAK_HZ) / _LOG_STEP)


def _mel_to_hz(mels: np.ndarray) -> np.ndarray:
    logarithmic = _BREAK_HZ * np.exp(_LOG_STEP * (mels - _BREAK_MEL))
    return np.where(mels < _BREAK_MEL, mels * _HZ_PER_MEL, logarithmic)
