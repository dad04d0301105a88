"""What musicnn hears: the logarithm of 96 mel bands, as its package computes them with librosa."""

import numpy as np

from edgegenre.backbones.musicnn import PATCH_FRAMES
from edgegenre.frontend.framing import check_pcm
from edgegenre.frontend.mel import MelBands
from edgegenre.frontend.patches.cutting import Patches, patch_rows
from edgegenre.frontend.spectra import band_sums_float32, blockwise, power_float32

SAMPLE_RATE = 16_000
FRAME, HOP = 512, 256

_MEL = MelBands(sample_rate=SAMPLE_RATE, fft_length=FRAME, bands=96, low_hz=0.0, high_hz=8000.0)


def log_mel(pcm: np.ndarray) -> np.ndarray:
    """float32 [frames, 96]: log10(1 + 10000 * power in Slaney mel bands) of int16 PCM [samples] at 16 kHz.

    Frames of 512 samples every 256, not centered. Raises FeatureError when `pcm` is not one channel of int16.
    """
    check_pcm(pcm)
    if len(pcm) < FRAME:
        return np.empty((0, _MEL.bands), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(pcm, FRAME)[::HOP]
    bands = blockwise(frames, _MEL.bands, lambda block: band_sums_float32(power_float32(block), _MEL), workers=None)
    return np.log10(1 + 10_000 * bands)


MUSICNN_PATCHES = Patches(
    sample_rate=SAMPLE_RATE,
    length=FRAME + (PATCH_FRAMES - 1) * HOP,
    hop=PATCH_FRAMES * HOP,
    contents="a log-mel spectrogram of 96 bands",
    cut=lambda pcm: patch_rows(log_mel(pcm), frames=PATCH_FRAMES, hop=PATCH_FRAMES),
)
