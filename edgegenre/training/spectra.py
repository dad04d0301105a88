"""Normalized features as the spectrum that they stand for, and back: what a microphone does is simple there.

Kept as the power of every band in decibels. A spectrum that was changed goes back as a difference, so that what the
features do not hold of it (a cepstrum of few coefficients is a smooth spectrum) stays as it is.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.kinds.log_mel import LogMel
from edgegenre.frontend.kinds.magnitude import Magnitude
from edgegenre.frontend.kinds.mfcc import Mfcc
from edgegenre.frontend.mel import dct_matrix, hann, mel_filters, mel_points
from edgegenre.frontend.protocol import Frontend

_LEAST_HZ = 20.0
"""Where the lowest bin is taken to lie: 0 Hz has no octave."""

_EAR_HZ = 700.0
"""Of mel = ln(1 + hertz / 700) times a constant (O'Shaughnessy, 1987)."""

_DECIBELS_PER_NEPER = 20 / np.log(10)


class Spectra(Protocol):
    """The spectra of one input's features.

    octaves: float32 [bands], where each band lies above 1 Hz. places: float32 [bands], the same from 0 to 1 (half the
    sample rate) as the ear has it. rounding: float32 [bands], the power in dB that rounding to int16 leaves in each.
    All on the device.
    """

    octaves: Tensor
    places: Tensor
    rounding: Tensor

    def decibels(self, features: Tensor) -> Tensor:
        """float32 [clips, frames, bands] of normalized features [clips, frames, values]."""

    def changed(self, features: Tensor, before: Tensor, after: Tensor) -> Tensor:
        """The normalized features, off the int8 grid, when their `decibels` go from `before` to `after`."""


def is_spectral(frontend: Frontend) -> bool:
    """Whether the features are a spectrum."""
    return type(frontend) in _SPECTRA


def spectra_of(fed: FeatureInput, device: torch.device) -> Spectra:
    """Of an input whose front end `is_spectral`."""
    return _SPECTRA[type(fed.frontend)](fed, device)


class Cepstra:
    """Of an Mfcc: its bands are the inverse DCT of the coefficients there are."""

    def __init__(self, fed: FeatureInput, device: torch.device) -> None:
        spec = fed.frontend
        assert isinstance(spec, Mfcc)
        filters = mel_filters(spec.mel)
        self.floor = float(10 * np.log10(spec.power_floor))
        self.octaves, self.places = _frequencies(mel_points(spec.mel)[1:-1], spec.sample_rate, device)
        self.rounding = _float32(10 * np.log10(filters.sum(axis=1) * _rounding_power(spec.frame_length)), device)
        self.dct = _float32(dct_matrix(spec.coefficients, spec.mel_bands), device)
        self.mean = _float32(fed.normalization.mean, device)
        self.deviation = _float32(fed.normalization.deviation, device)

    def decibels(self, features: Tensor) -> Tensor:
        return (features * self.deviation + self.mean) @ self.dct

    def changed(self, features: Tensor, before: Tensor, after: Tensor) -> Tensor:
        floor = before.clamp(max=self.floor)
        return features + (torch.maximum(after, floor) - before) @ self.dct.T / self.deviation


class LogBands:
    """Of a LogMel: its bands are sums of magnitudes, ln(magnitude + offset)."""

    def __init__(self, fed: FeatureInput, device: torch.device) -> None:
        spec = fed.frontend
        assert isinstance(spec, LogMel)
        filters = mel_filters(spec.mel)
        self.offset = spec.offset
        self.octaves, self.places = _frequencies(mel_points(spec.mel)[1:-1], spec.sample_rate, device)
        # The mean magnitude of a complex normal value of power p is sqrt(p * pi / 4).
        magnitude = filters.sum(axis=1) * np.sqrt(_rounding_power(spec.frame_length) * np.pi / 4)
        self.rounding = _float32(20 * np.log10(magnitude), device)
        self.mean = _float32(fed.normalization.mean, device)
        self.deviation = _float32(fed.normalization.deviation, device)

    def decibels(self, features: Tensor) -> Tensor:
        magnitude = torch.exp(features * self.deviation + self.mean) - self.offset
        return 20 * torch.log10(magnitude.clamp(min=1e-4 * self.offset))

    def changed(self, features: Tensor, before: Tensor, after: Tensor) -> Tensor:
        old, new = (torch.log(torch.exp(decibels / _DECIBELS_PER_NEPER) + self.offset) for decibels in (before, after))
        return features + (new - old) / self.deviation


class Bins:
    """Of a Magnitude: every bin is its own band."""

    def __init__(self, fed: FeatureInput, device: torch.device) -> None:
        spec = fed.frontend
        assert isinstance(spec, Magnitude)
        bins = spec.frame_length // 2 + 1
        self.floor = float(20 * np.log10(spec.floor))
        hertz = np.arange(bins) * (spec.sample_rate / spec.frame_length)
        self.octaves, self.places = _frequencies(hertz, spec.sample_rate, device)
        self.rounding = _float32(np.full(bins, 10 * np.log10(_rounding_power(spec.frame_length))), device)
        self.mean = _float32(fed.normalization.mean, device)
        self.deviation = _float32(fed.normalization.deviation, device)

    def decibels(self, features: Tensor) -> Tensor:
        return features * self.deviation + self.mean

    def changed(self, features: Tensor, before: Tensor, after: Tensor) -> Tensor:
        return features + (after.clamp(min=self.floor) - before) / self.deviation


def _frequencies(hertz: np.ndarray, sample_rate: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """`octaves` and `places` of bands that lie at `hertz`."""
    places = np.log1p(hertz / _EAR_HZ) / np.log1p(sample_rate / 2 / _EAR_HZ)
    return _float32(np.log2(np.maximum(hertz, _LEAST_HZ)), device), _float32(places, device)


def _rounding_power(frame_length: int) -> float:
    """The mean power of a spectrum's bin when the samples are rounding errors of int16, even within half a step."""
    return float(np.square(hann(frame_length)).sum()) / 12 / 32768**2


def _float32(values: Any, device: torch.device) -> Tensor:
    return torch.tensor(np.asarray(values), dtype=torch.float32, device=device)


_SPECTRA: dict[type, Callable[[FeatureInput, torch.device], Spectra]] = {
    Mfcc: Cepstra,
    LogMel: LogBands,
    Magnitude: Bins,
}
