"""Cutting PCM into overlapping frames."""

import numpy as np

from edgegenre.errors import FeatureError
from edgegenre.frontend.spec import FrontendSpec


def frames_of(pcm: np.ndarray, spec: FrontendSpec) -> np.ndarray:
    """A read-only view int16 [frames, frame_length] of int16 PCM [samples]; zero frames when the PCM is too short.

    Raises FeatureError when `pcm` is not one channel of int16.
    """
    check_pcm(pcm)
    if len(pcm) < spec.frame_length:
        return np.empty((0, spec.frame_length), np.int16)
    return np.lib.stride_tricks.sliding_window_view(pcm, spec.frame_length)[:: spec.hop_length]


def check_pcm(pcm: np.ndarray) -> None:
    """Raise FeatureError unless `pcm` is an int16 array [samples]: features of float audio differ by decibels."""
    if not isinstance(pcm, np.ndarray) or pcm.dtype != np.int16 or pcm.ndim != 1:
        found = f"{pcm.dtype} {list(pcm.shape)}" if isinstance(pcm, np.ndarray) else type(pcm).__name__
        raise FeatureError(f"features are computed from one channel of int16 PCM [samples], not from {found}.")
