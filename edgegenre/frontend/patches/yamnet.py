"""What YAMNet hears: the logarithm of 64 mel bands, as tensorflow/models has it (research/audioset/yamnet).

Its mel scale is that of TensorFlow: 1127 ln(1 + hertz / 700), triangles that are straight in mel and not scaled to one
area, and nothing of the bin at 0 Hz.
"""

import functools

import numpy as np

from edgegenre.frontend.framing import check_pcm
from edgegenre.frontend.mel import hann
from edgegenre.frontend.patches.cutting import Patches, patch_rows
from edgegenre.frontend.spectra import blockwise

SAMPLE_RATE = 16_000
FRAME, HOP, TRANSFORM = 400, 160, 512
BANDS = 64
LOW_HZ, HIGH_HZ = 125.0, 7500.0
OFFSET = 1e-3
PATCH_FRAMES, PATCH_HOP = 96, 48


def mel_filters() -> np.ndarray:
    """Weights float64 [257 bins, 64 bands]."""
    hertz = np.arange(TRANSFORM // 2 + 1) * SAMPLE_RATE / TRANSFORM
    mels = 1127 * np.log1p(hertz / 700)
    corners = np.linspace(1127 * np.log1p(LOW_HZ / 700), 1127 * np.log1p(HIGH_HZ / 700), BANDS + 2)
    rising = (mels[:, np.newaxis] - corners[:-2]) / (corners[1:-1] - corners[:-2])
    falling = (corners[2:] - mels[:, np.newaxis]) / (corners[2:] - corners[1:-1])
    filters = np.maximum(0, np.minimum(rising, falling))
    filters[0] = 0
    return filters


def log_mel(pcm: np.ndarray) -> np.ndarray:
    """float32 [frames, 64]: ln(sum of magnitudes + 0.001) of int16 PCM [samples] at 16 kHz, frames of 25 ms every 10.

    Raises FeatureError when `pcm` is not one channel of int16.
    """
    check_pcm(pcm)
    if len(pcm) < FRAME:
        return np.empty((0, BANDS), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(pcm, FRAME)[::HOP]
    window, filters = _tables()

    def bands(block: np.ndarray) -> np.ndarray:
        magnitudes: np.ndarray = np.abs(np.fft.rfft(block * window, TRANSFORM, axis=1)).astype(np.float32)
        return magnitudes @ filters

    return np.log(blockwise(frames, BANDS, bands, workers=None) + np.float32(OFFSET))


@functools.cache
def _tables() -> tuple[np.ndarray, np.ndarray]:
    """The window with the scale of int16 in it, and the filters, float32."""
    return (hann(FRAME) / 32768).astype(np.float32), mel_filters().astype(np.float32)


YAMNET_PATCHES = Patches(
    sample_rate=SAMPLE_RATE,
    length=FRAME + (PATCH_FRAMES - 1) * HOP,
    hop=PATCH_HOP * HOP,
    contents="a log-mel spectrogram of 64 bands",
    cut=lambda pcm: patch_rows(log_mel(pcm), frames=PATCH_FRAMES, hop=PATCH_HOP),
)
