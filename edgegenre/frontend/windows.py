"""From a clip of any length to the windows a whole-clip network takes."""

import numpy as np

from edgegenre.errors import FeatureError
from edgegenre.frontend.spec import LIANG_MFCC, FrontendSpec


def windows(features: np.ndarray, window_frames: int, spec: FrontendSpec = LIANG_MFCC) -> list[np.ndarray]:
    """Consecutive windows [window_frames, coefficients] of features [frames, coefficients] of any dtype.

    Longer clips give several windows and lose the tail; shorter ones are repeated from their start until one window
    is full. spec: what the features were computed by, for the sentence of the FeatureError when there is no frame.
    """
    frames = len(features)
    if frames == 0:
        raise FeatureError(
            f"the audio is too short for a single frame: it needs at least {spec.frame_length} samples "
            f"({spec.frame_seconds:g} s at {spec.sample_rate} Hz), and {spec.window_seconds:g} s for a whole window."
        )
    if frames < window_frames:
        return [features[np.arange(window_frames) % frames]]
    return [features[start : start + window_frames] for start in range(0, frames - window_frames + 1, window_frames)]
