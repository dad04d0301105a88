"""What the frozen network of the package `musicnn` hears in a track, for a teacher."""

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from edgegenre.backbones.musicnn import installed_weights
from edgegenre.frontend.framing import check_pcm
from edgegenre.frontend.patches import musicnn as spectrum

if TYPE_CHECKING:
    from edgegenre.backbones.musicnn_network import Musicnn

PATCH_FRAMES = 187
"""Frames of a patch: three seconds, what the network was trained on."""

_BATCH = 8


def log_mel(pcm: np.ndarray) -> np.ndarray:
    """float32 [frames, 96] of int16 PCM [samples] at 16 kHz, zeros beyond both ends: librosa's melspectrogram by its
    defaults, log10(1 + 10000 * power).

    Raises FeatureError when `pcm` is not one channel of int16.
    """
    check_pcm(pcm)
    return spectrum.log_mel(np.pad(pcm, spectrum.FRAME // 2))


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

    sample_rate = spectrum.SAMPLE_RATE
    heard = "mix"

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
    from edgegenre.backbones.musicnn_network import Musicnn

    return Musicnn(installed_weights())
