"""The same features in float32, quickly: for training, where thousands of clips are computed."""

import functools
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from edgegenre.frontend.framing import frames_of
from edgegenre.frontend.mel import dct_matrix, hann, mel_filters
from edgegenre.frontend.spec import FrontendSpec

# Frames computed together: their arrays stay in the processor's cache (more than twice as fast as the whole clip).
_BLOCK = 64


def mfcc_float32(pcm: np.ndarray, spec: FrontendSpec, *, workers: int | None = None) -> np.ndarray:
    """MFCC in dB, float32 [frames, coefficients], of int16 PCM [samples], within 1e-3 dB of `mfcc_float64` on music.

    workers: threads; None for one a core. Raises FeatureError when `pcm` is not one channel of int16.
    """
    frames = frames_of(pcm, spec)
    energies = np.empty((len(frames), spec.mel_bands), np.float32)
    starts = range(0, len(frames), _BLOCK)
    threads = min(workers or os.cpu_count() or 1, len(starts))

    def compute(start: int) -> None:
        _band_energies(frames[start : start + _BLOCK], spec, energies[start : start + _BLOCK])

    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(compute, starts))
    else:
        for start in starts:
            compute(start)
    np.maximum(energies, np.float32(spec.power_floor), out=energies)
    return (np.float32(10) * np.log10(energies)) @ _matrices(spec)[2]


def _band_energies(frames: np.ndarray, spec: FrontendSpec, energies: np.ndarray) -> None:
    """Write the mel energies [frames, bands] of int16 [frames, frame_length]."""
    from scipy import fft

    window, filters, _ = _matrices(spec)
    spectrum = fft.rfft(frames * window, axis=1)
    np.matmul(np.square(spectrum.real) + np.square(spectrum.imag), filters, out=energies)


@functools.lru_cache(maxsize=8)
def _matrices(spec: FrontendSpec) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Window with the scale of int16 folded in, mel filters [bins, bands] and DCT [bands, coefficients], float32."""
    window = (hann(spec.frame_length) / 32768.0).astype(np.float32)
    filters = np.ascontiguousarray(mel_filters(spec).T, np.float32)
    return window, filters, np.ascontiguousarray(dct_matrix(spec).T, np.float32)
