"""The same features in float32, quickly: for training, where thousands of clips are computed."""

import functools
import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from edgegenre.frontend.framing import frames_of
from edgegenre.frontend.mel import dct_matrix, hann, mel_filters
from edgegenre.frontend.spec import FrontendSpec

# Frames computed together: their arrays stay in the processor's cache (more than twice as fast as the whole clip).
_BLOCK = 128
# Neighboring bands share few bins: multiplying group by group skips most of the zeros in the filter matrix.
_BAND_GROUPS = 3


def mfcc_float32(pcm: np.ndarray, spec: FrontendSpec, *, workers: int | None = None) -> np.ndarray:
    """MFCC in dB, float32 [frames, coefficients], of int16 PCM [samples], within 1e-3 dB of `mfcc_float64` on music.

    workers: threads; None for one a core. Raises FeatureError when `pcm` is not one channel of int16.
    """
    frames = frames_of(pcm, spec)
    matrices = _matrices(spec)
    energies = np.empty((len(frames), spec.mel_bands), np.float32)
    starts = range(0, len(frames), _BLOCK)
    threads = min(workers or os.cpu_count() or 1, len(starts))

    def compute(start: int) -> None:
        _band_energies(frames[start : start + _BLOCK], matrices, energies[start : start + _BLOCK])

    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(compute, starts))
    else:
        for start in starts:
            compute(start)
    np.maximum(energies, np.float32(spec.power_floor), out=energies)
    return (np.float32(10) * np.log10(energies)) @ matrices.dct


class _Matrices(NamedTuple):
    """Float32: window [frame_length] with the scale of int16 in it, filters by band groups, DCT [bands, coefficients].

    filters: (bands, bins, weights [bins, bands]) per group.
    """

    window: np.ndarray
    filters: list[tuple[slice, slice, np.ndarray]]
    dct: np.ndarray


def _band_energies(frames: np.ndarray, matrices: _Matrices, energies: np.ndarray) -> None:
    """Write the mel energies [frames, bands] of int16 [frames, frame_length]."""
    from scipy import fft

    spectrum = fft.rfft(frames * matrices.window, axis=1)
    power = np.square(spectrum.real)
    power += np.square(spectrum.imag)
    for bands, bins, weights in matrices.filters:
        energies[:, bands] = power[:, bins] @ weights


@functools.lru_cache(maxsize=8)
def _matrices(spec: FrontendSpec) -> _Matrices:
    window = (hann(spec.frame_length) / 32768.0).astype(np.float32)
    filters = mel_filters(spec).T.astype(np.float32)
    groups = []
    for group in np.array_split(np.arange(spec.mel_bands), min(_BAND_GROUPS, spec.mel_bands)):
        bands = slice(group[0], group[-1] + 1)
        heard = np.flatnonzero(filters[:, bands].any(axis=1))
        bins = slice(int(heard.min(initial=len(filters))), int(heard.max(initial=-1)) + 1)
        groups.append((bands, bins, np.ascontiguousarray(filters[bins, bands])))
    return _Matrices(window, groups, np.ascontiguousarray(dct_matrix(spec).T, np.float32))
