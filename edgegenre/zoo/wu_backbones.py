"""Wu (2022) on frozen backbones, and the same on one that a package brings: networks that learn from what others hear.

docs/papers/003-wu.md says what the paper leaves open and what was decided.
"""

from collections.abc import Callable, Mapping
from functools import partial

from edgegenre.frontend.kinds.embedding import Embedding
from edgegenre.network.layers import AnyLayer, Dense, FlattenRows, Lstm
from edgegenre.network.network import Network, chain
from edgegenre.network.shape import Shape
from edgegenre.runs.phase import Phase
from edgegenre.runs.protocol import FinalWeights, Protocol
from edgegenre.zoo.entry import ZooEntry
from edgegenre.zoo.wu import CLASSES, HIDDEN, PAPER, perceptron_over

PATCHES = 61
"""Whole ones of YAMNet in a clip of 30 s. The paper has 62: the last is mostly silence that is added to the clip."""

YAMNET_SUMMARY = Embedding(backbone="yamnet", patches=PATCHES, summary="mean-deviation")
YAMNET_ROWS = Embedding(backbone="yamnet", window_frames=PATCHES)
VGG16_ROW = Embedding(backbone="vgg16")
MUSICNN_ROW = Embedding(backbone="musicnn")

YAMNET_HIDDEN = (1024, 512, 128)
VGG16_HIDDEN = (3072, 1536, 288)


def recurrent(classes: int = CLASSES, patches: int = PATCHES) -> Network:
    """LSTM of 480, 128 and 80 units over the patches' 1024 values; the last state of the third gives the logits."""
    layers: list[tuple[str, AnyLayer]] = [
        ("rows", FlattenRows()),
        ("lstm1", Lstm(units=480, returns_rows=True)),
        ("lstm2", Lstm(units=128, returns_rows=True)),
        ("lstm3", Lstm(units=80)),
        ("logits", Dense(units=classes)),
    ]
    return chain("yamnet-lstm", input_shape=Shape(patches, *YAMNET_ROWS.window_shape[1:]), layers=layers)


def _protocol(epochs: int, batch: int, dropout: Mapping[str, float], last: FinalWeights | None = None) -> Protocol:
    """Section IV; four fifths to train and to validate, four fifths of these to train."""
    return Protocol(
        name="paper",
        phases=(Phase(epochs=epochs, learning_rate=1e-3, batch=batch),),
        dropout=dropout,
        split=(16, 4, 5),
        repeats=2,
        final_weights=last or FinalWeights(),
    )


def _entry(
    name: str,
    family: str,
    frontend: Embedding,
    build: Callable[[int], Network],
    protocol: Protocol,
    *,
    accuracy: float | None,
    scored: str,
) -> ZooEntry:
    return ZooEntry(
        name=name,
        family=family,
        paper=PAPER,
        frontends={"features": frontend},
        paper_classes=CLASSES,
        paper_parameters=None,
        paper_accuracy=accuracy,
        paper_scored=scored,
        standard_partner=None,
        build=build,
        protocols={"paper": protocol},
        vote="sum",
    )


_CLIPS = "clips of 30 s of GTZAN"

THEIRS = (
    _entry(
        "yamnet",
        "MLP",
        YAMNET_SUMMARY,
        partial(perceptron_over, "yamnet", YAMNET_SUMMARY.frequency, YAMNET_HIDDEN),
        _protocol(5, 52, {"logits": 0.25}),
        accuracy=84.9,
        scored=_CLIPS,
    ),
    _entry(
        "yamnet-lstm",
        "LSTM",
        YAMNET_ROWS,
        recurrent,
        _protocol(50, 44, {"lstm2": 0.15}, FinalWeights(by="accuracy", patience=5)),
        accuracy=84.2,
        scored=_CLIPS,
    ),
)
"""The paper's. They need a file of YAMNet's weights."""

OURS = (
    _entry(
        "vgg16-gap",
        "MLP",
        VGG16_ROW,
        partial(perceptron_over, "vgg16-gap", VGG16_ROW.frequency, VGG16_HIDDEN),
        _protocol(6, 28, {"dense2": 0.25}),
        accuracy=None,
        scored="the paper flattens VGG16's map instead of averaging it",
    ),
    _entry(
        "musicnn-mlp",
        "MLP",
        MUSICNN_ROW,
        partial(perceptron_over, "musicnn-mlp", MUSICNN_ROW.frequency, HIDDEN),
        _protocol(11, 12, {}),
        accuracy=None,
        scored="the perceptron is that of mlp, on a backbone that the paper does not have",
    ),
)
"""Not the paper's, in its manner."""
