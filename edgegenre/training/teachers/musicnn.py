"""The frozen network of the package `musicnn`: where its weights are, and what it hears in a track.

The package is read, never run: it asks for versions of numpy and TensorFlow that no longer install, so that it is
installed without what it depends on.
"""

import functools
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edgegenre.errors import MissingDependencyError, missing
from edgegenre.frontend.framing import check_pcm
from edgegenre.frontend.mel import MelBands
from edgegenre.frontend.spectra import band_sums_float32, blockwise, power_float32

if TYPE_CHECKING:
    from edgegenre.training.teachers.musicnn_network import Musicnn

FRAME, HOP = 512, 256
PATCH_FRAMES = 187
"""Frames of a patch: three seconds, what the network was trained on."""

_MEL = MelBands(sample_rate=16_000, fft_length=FRAME, bands=96, low_hz=0.0, high_hz=8000.0)
_BATCH = 8


def checkpoint_prefix() -> str:
    """What the names of the checkpoint's files begin with. Raises MissingDependencyError without the package."""
    found = importlib.util.find_spec("musicnn")
    if found is None or not found.submodule_search_locations:
        raise MissingDependencyError(
            "The teacher 'musicnn' needs the package 'musicnn', which is not installed. Install it without the old "
            "packages that it asks for: pip install --no-deps musicnn==0.1.0"
        )
    return str(Path(found.submodule_search_locations[0]) / "MSD_musicnn") + "/"


def check_installed() -> None:
    """Raise MissingDependencyError unless the weights are there, and what reads them; neither is imported for it."""
    checkpoint_prefix()
    if importlib.util.find_spec("tensorflow") is None:
        raise missing("tensorflow", "teacher", "Reading musicnn's weights")


def log_mel(pcm: np.ndarray) -> np.ndarray:
    """float32 [frames, 96]: log10(1 + 10000 * power in Slaney mel bands) of int16 PCM [samples] at 16 kHz.

    Frames of 512 samples every 256, centered, zeros beyond both ends: librosa's melspectrogram by its defaults.
    Raises FeatureError when `pcm` is not one channel of int16.
    """
    check_pcm(pcm)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(pcm, FRAME // 2), FRAME)[::HOP]
    bands = blockwise(frames, 96, lambda block: band_sums_float32(power_float32(block), _MEL), workers=None)
    return np.log10(1 + 10_000 * bands)


def patches(spectrum: np.ndarray) -> np.ndarray:
    """[patches, 187, 96] of [frames, 96], one after another; the tail is dropped, a short track repeated."""
    count = max(1, len(spectrum) // PATCH_FRAMES)
    rows = np.arange(count * PATCH_FRAMES) % len(spectrum)
    return spectrum[rows].reshape(count, PATCH_FRAMES, -1)


class MusicnnEmbedding:
    """float32 [patches, 200] of a track: the layer before the network's tags.

    Of its layers the one that tells genres best (docs/results.md). The weights are read when the first track asks for
    them.
    """

    sample_rate = 16_000

    def float32(self, pcm: np.ndarray) -> np.ndarray:
        """The embeddings of int16 PCM [samples] at 16 kHz."""
        import torch

        heard = [_network()(part).penultimate for part in torch.from_numpy(patches(log_mel(pcm))).split(_BATCH)]
        return torch.cat(heard).numpy()

    def to_dict(self) -> dict[str, Any]:
        """What the values depend on, for the cache."""
        return {
            "kind": "musicnn-embedding",
            "weights": "MSD_musicnn 0.1.0",
            "layer": "penultimate",
            "frames": PATCH_FRAMES,
        }


@functools.cache
def _network() -> "Musicnn":
    from edgegenre.training.teachers.musicnn_network import WEIGHTS, Musicnn
    from edgegenre.training.teachers.tensorflow_checkpoint import read_checkpoint

    return Musicnn(read_checkpoint(checkpoint_prefix(), WEIGHTS))
