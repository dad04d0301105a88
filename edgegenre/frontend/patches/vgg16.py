"""What VGG16 sees: a gray picture of the mel spectrogram of half a minute, 432 pixels wide and 288 high.

The paper's pictures are colored files that came with GTZAN, which nobody can draw again from the sound. Here a pixel
is the mean of three columns in time and lies between two of 128 mel bands; black is 80 dB below the loudest place of
the picture, or less, and white is that place. The top row is the highest band.
"""

import numpy as np

from edgegenre.frontend.kinds.mel_decibels import MelDecibels
from edgegenre.frontend.patches.cutting import Patches

WIDTH, HEIGHT = 432, 288
COLUMNS = 3
"""Frames of a pixel."""
RANGE_DB = 80.0

SPECTROGRAM = MelDecibels(
    sample_rate=22_050,
    frame_length=2048,
    hop_length=507,
    window_frames=COLUMNS * WIDTH,
    mel_bands=128,
    low_hz=0.0,
    high_hz=11_025.0,
    power_floor=1e-10,
)
"""Frames every 23.0 ms, so that a picture spans 29.87 s: the shortest track of GTZAN has 29.93."""


def pictures(pcm: np.ndarray) -> np.ndarray:
    """float32 [pictures, 432, 288, 3], 0...255, of int16 PCM [samples] at 22,050 Hz.

    Raises FeatureError when `pcm` is not one channel of int16.
    """
    rows = SPECTROGRAM.float32(pcm)
    count = len(rows) // SPECTROGRAM.window_frames
    decibels = rows[: count * SPECTROGRAM.window_frames].reshape(count, WIDTH, COLUMNS, SPECTROGRAM.mel_bands)
    decibels = decibels.mean(axis=2)
    loudest = decibels.max(axis=(1, 2), keepdims=True)
    gray = 255 * np.clip((decibels - loudest) / RANGE_DB + 1, 0, 1)
    stretched = gray @ _stretching().T
    return np.repeat(stretched[..., np.newaxis], 3, axis=3).astype(np.float32)


def _stretching() -> np.ndarray:
    """[288, 128]: what each row of pixels, from the top, takes of the bands: a straight line between two centers."""
    bands = SPECTROGRAM.mel_bands
    places = np.clip((np.arange(HEIGHT)[::-1] + 0.5) * bands / HEIGHT - 0.5, 0, bands - 1)
    return np.maximum(0, 1 - np.abs(places[:, np.newaxis] - np.arange(bands)))


VGG16_PATCHES = Patches(
    sample_rate=SPECTROGRAM.sample_rate,
    length=SPECTROGRAM.samples_for(SPECTROGRAM.window_frames),
    hop=SPECTROGRAM.window_frames * SPECTROGRAM.hop_length,
    contents=f"a picture of a mel spectrogram, {WIDTH} x {HEIGHT} pixels",
    cut=pictures,
)
