"""The definition: what the features are, in float64. Slow and plain; the other two implementations answer to it.

Equals librosa within 1e-4 dB: melspectrogram(n_fft=1600, hop_length=800, center=False, n_mels=40),
power_to_db(top_db=None), mfcc(n_mfcc=12).
"""

import numpy as np

from edgegenre.frontend.framing import frames_of
from edgegenre.frontend.mel import dct_matrix, hann, mel_filters
from edgegenre.frontend.spec import FrontendSpec


def mfcc_float64(pcm: np.ndarray, spec: FrontendSpec) -> np.ndarray:
    """MFCC in dB, float64 [frames, coefficients], of int16 PCM [samples]; no rows when there is no complete frame.

    Raises FeatureError when `pcm` is not one channel of int16.
    """
    frames = frames_of(pcm, spec) / 32768.0
    spectrum = np.fft.rfft(frames * hann(spec.frame_length), axis=1)
    energies = np.square(np.abs(spectrum)) @ mel_filters(spec).T
    decibels = 10.0 * np.log10(np.maximum(energies, spec.power_floor))
    return decibels @ dct_matrix(spec).T
