"""The augmentation of Liang et al.: a stretch of the signal is silenced, and only the frames that hear it change."""

import numpy as np

from edgegenre.frontend.protocol import Frontend


def recompute_frames(features: np.ndarray, pcm: np.ndarray, start: int, stop: int, frontend: Frontend) -> np.ndarray:
    """The features (float32 [frames, frequency], a copy) that `pcm` would have with samples start...stop - 1 zero.

    features: those of `pcm` (int16 [samples], left as it is) by `frontend.float32`. An interval that reaches beyond the
    signal or is empty changes only what lies inside.
    """
    result = features.copy()
    start, stop = max(start, 0), min(stop, len(pcm))
    first = max(0, -(-(start - frontend.frame_length + 1) // frontend.hop_length))
    last = min(len(features) - 1, (stop - 1) // frontend.hop_length)
    if start >= stop or first > last:
        return result
    origin = first * frontend.hop_length
    excerpt = pcm[origin : last * frontend.hop_length + frontend.frame_length].copy()
    excerpt[max(start - origin, 0) : stop - origin] = 0
    result[first : last + 1] = frontend.float32(excerpt, workers=1)
    return result
