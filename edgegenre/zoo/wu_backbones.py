"""Wu (2022) on frozen backbones, and the same on one that a package brings: networks that learn from what others hear.

docs/papers/003-wu.md says what the paper leaves open and what was decided.
"""

from functools import partial

from edgegenre.frontend.kinds.embedding import Embedding
from edgegenre.network.network import Network
from edgegenre.network.shape import Shape
from edgegenre.runs.protocol import FinalWeights
from edgegenre.zoo.wu import CLASSES, HIDDEN, paper_protocol, perceptron_over, recurrent_over, wu_entry

PATCHES = 61
"""Whole ones of YAMNet in a clip of 30 s. The paper has 62: the last is mostly silence that is added to the clip."""

YAMNET_SUMMARY = Embedding(backbone="yamnet", patches=PATCHES, summary="mean-deviation")
YAMNET_ROWS = Embedding(backbone="yamnet", window_frames=PATCHES)
VGG16_ROW = Embedding(backbone="vgg16")
MUSICNN_ROW = Embedding(backbone="musicnn")

YAMNET_HIDDEN = (1024, 512, 128)
YAMNET_STATES = (480, 128, 80)
VGG16_HIDDEN = (3072, 1536, 288)


def recurrent(classes: int = CLASSES, patches: int = PATCHES) -> Network:
    """Three LSTM over the patches' 1024 values."""
    return recurrent_over("yamnet-lstm", Shape(patches, *YAMNET_ROWS.window_shape[1:]), YAMNET_STATES, classes)


_CLIPS = "clips of 30 s of GTZAN"

THEIRS = (
    wu_entry(
        "yamnet",
        "MLP",
        YAMNET_SUMMARY,
        partial(perceptron_over, "yamnet", YAMNET_SUMMARY.frequency, YAMNET_HIDDEN),
        paper_protocol(5, {"logits": 0.25}, batch=52),
        accuracy=84.9,
        scored=_CLIPS,
    ),
    wu_entry(
        "yamnet-lstm",
        "LSTM",
        YAMNET_ROWS,
        recurrent,
        paper_protocol(50, {"lstm2": 0.15}, batch=44, final_weights=FinalWeights(by="accuracy", patience=5)),
        accuracy=84.2,
        scored=_CLIPS,
    ),
)
"""The paper's. They need a file of YAMNet's weights."""

OURS = (
    wu_entry(
        "vgg16-gap",
        "MLP",
        VGG16_ROW,
        partial(perceptron_over, "vgg16-gap", VGG16_ROW.frequency, VGG16_HIDDEN),
        paper_protocol(6, {"dense2": 0.25}, batch=28),
        accuracy=None,
        scored="the paper flattens VGG16's map instead of averaging it",
    ),
    wu_entry(
        "musicnn-mlp",
        "MLP",
        MUSICNN_ROW,
        partial(perceptron_over, "musicnn-mlp", MUSICNN_ROW.frequency, HIDDEN),
        paper_protocol(11, {}),
        accuracy=None,
        scored="the perceptron is that of mlp, on a backbone that the paper does not have",
    ),
)
"""Not the paper's, in its manner."""
