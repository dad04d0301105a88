"""The parts of an MFCC that are matrices: Hann window, Slaney mel bands, DCT-II. All float64."""

import numpy as np

from edgegenre.frontend.spec import FrontendSpec

# Slaney's Auditory Toolbox (1998): linear below 1 kHz, logarithmic above with 27 steps for a factor of 6.4.
_HZ_PER_MEL = 200.0 / 3.0
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ / _HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0


def hann(length: int) -> np.ndarray:
    """Periodic Hann window [length]."""
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)


def mel_points(spec: FrontendSpec) -> np.ndarray:
    """The corners of the triangles in Hz [mel_bands + 2], evenly spaced in mel: band m spans points m to m + 2."""
    mels = np.linspace(_hz_to_mel(spec.low_hz), _hz_to_mel(spec.high_hz), spec.mel_bands + 2)
    return _mel_to_hz(mels)


def mel_filters(spec: FrontendSpec) -> np.ndarray:
    """Weights [mel_bands, fft_length // 2 + 1]: triangles of unit area in Hz (Slaney's normalization)."""
    points = mel_points(spec)
    bins = np.arange(spec.fft_length // 2 + 1) * (spec.sample_rate / spec.fft_length)
    ramps = bins - points[:, None]
    widths = np.diff(points)[:, None]
    rising = ramps[:-2] / widths[:-1]
    falling = -ramps[2:] / widths[1:]
    return np.maximum(0.0, np.minimum(rising, falling)) * band_gains(spec)[:, None]


def band_gains(spec: FrontendSpec) -> np.ndarray:
    """The peak weight of each band [mel_bands]: 2 / (width in Hz)."""
    points = mel_points(spec)
    return 2.0 / (points[2:] - points[:-2])


def dct_matrix(spec: FrontendSpec) -> np.ndarray:
    """Orthonormal DCT-II [coefficients, mel_bands]."""
    bands = np.arange(spec.mel_bands)
    rows = np.arange(spec.coefficients)[:, None]
    matrix = np.cos(np.pi * rows * (2 * bands + 1) / (2 * spec.mel_bands)) * np.sqrt(2.0 / spec.mel_bands)
    matrix[0] /= np.sqrt(2.0)
    return matrix


def _hz_to_mel(hz: float) -> float:
    if hz < _BREAK_HZ:
        return hz / _HZ_PER_MEL
    return float(_BREAK_MEL + np.log(hz / _BREAK_HZ) / _LOG_STEP)


def _mel_to_hz(mels: np.ndarray) -> np.ndarray:
    logarithmic = _BREAK_HZ * np.exp(_LOG_STEP * (mels - _BREAK_MEL))
    return np.where(mels < _BREAK_MEL, mels * _HZ_PER_MEL, logarithmic)
