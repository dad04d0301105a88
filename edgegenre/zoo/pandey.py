"""Pandey, Hossain and Bayraktar: Shallow and Deep Neural Network Architecture for Music Genre Classification.

Three models for segments of 80 frames x 80 log-mel bands: the shallow and the deep network of Schindler, Lidy and
Rauber (2016), and the deep one with an LSTM in place of its hidden layer. Two branches each: the left one with kernels
that are long in time, the right one with kernels that are long in frequency. The paper writes kernels and pools
frequency first, here time comes first.

docs/papers/001-pandey.md says what the paper leaves open and what was decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from edgegenre.frontend.kinds.log_mel import LogMel
from edgegenre.network.layers import (
    AnyLayer,
    Concat,
    Convolution,
    Dense,
    Flatten,
    FlattenRows,
    LeakyRelu,
    Lstm,
    MaxPool,
    Transpose,
)
from edgegenre.network.network import Input, Network, Node
from edgegenre.network.shape import Shape
from edgegenre.runs.phase import Phase
from edgegenre.runs.protocol import Penalty, Protocol
from edgegenre.runs.segments import RandomSegments
from edgegenre.zoo.entry import ZooEntry

PAPER = "Pandey et al."
CLASSES = 10
UNITS = 200
SLOPE = 0.3

FRONTEND = LogMel(
    sample_rate=22_050,
    frame_length=512,
    hop_length=256,
    window_frames=80,
    mel_bands=80,
    low_hz=0.0,
    high_hz=11_025.0,
    offset=1e-6,
)
"""0.940 s at 22,050 Hz give 80 frames of 80 bands."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A convolution of a branch with LeakyReLU, and the max pool behind it. Sizes are [time, frequency]."""

    channels: int
    kernel: tuple[int, int]
    pool: tuple[int, int]


SHALLOW = {
    "left": (Stage(channels=16, kernel=(23, 10), pool=(20, 1)),),
    "right": (Stage(channels=16, kernel=(20, 21), pool=(1, 20)),),
}

DEEP = {
    "left": (
        Stage(channels=16, kernel=(23, 10), pool=(2, 2)),
        Stage(channels=32, kernel=(11, 5), pool=(2, 2)),
        Stage(channels=64, kernel=(5, 3), pool=(2, 2)),
        Stage(channels=128, kernel=(4, 2), pool=(5, 1)),
    ),
    "right": (
        Stage(channels=16, kernel=(20, 21), pool=(2, 2)),
        Stage(channels=32, kernel=(5, 10), pool=(2, 2)),
        Stage(channels=64, kernel=(3, 5), pool=(2, 2)),
        Stage(channels=128, kernel=(2, 4), pool=(1, 5)),
    ),
}


class _Builder:
    """Nodes in order; the name of each layer's output is its own."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []

    def add(self, name: str, layer: AnyLayer, *inputs: str) -> str:
        self.nodes.append(Node(name=name, layer=layer, inputs=inputs))
        return name

    def branches(self, stages: Mapping[str, tuple[Stage, ...]]) -> tuple[str, str]:
        """The last maps of both branches, the left one first."""
        left, right = (self._branch(side, stages[side]) for side in ("left", "right"))
        return left, right

    def _branch(self, side: str, stages: tuple[Stage, ...]) -> str:
        """The pool stands before LeakyReLU: the function never falls, so the values are the same, and fewer."""
        tensor = "features"
        for number, stage in enumerate(stages, start=1):
            convolution = Convolution(channels=stage.channels, kernel=stage.kernel, batch_norm=False, activation="none")
            tensor = self.add(f"{side}_conv{number}", convolution, tensor)
            tensor = self.add(f"{side}_pool{number}", MaxPool(window=stage.pool), tensor)
            tensor = self.add(f"{side}_relu{number}", LeakyRelu(slope=SLOPE), tensor)
        return tensor

    def network(self, name: str, last: str, classes: int) -> Network:
        self.add("logits", Dense(units=classes), last)
        shape = Shape(*FRONTEND.window_shape)
        return Network(name=name, inputs=(Input(name="features", shape=shape),), nodes=tuple(self.nodes))


def convolutional(name: str, stages: Mapping[str, tuple[Stage, ...]], classes: int = CLASSES) -> Network:
    """Both branches flattened, the left one first; a hidden layer of 200 units with LeakyReLU; the logits."""
    builder = _Builder()
    left, right = builder.branches(stages)
    vectors = [builder.add(f"{side}_flat", Flatten(), last) for side, last in (("left", left), ("right", right))]
    joined = builder.add("joined", Concat(), *vectors)
    hidden = Convolution(channels=UNITS, kernel=(1, 1), batch_norm=False, activation="none")
    activated = builder.add("hidden_relu", LeakyRelu(slope=SLOPE), builder.add("hidden", hidden, joined))
    return builder.network(name, activated, classes)


def recurrent(name: str, classes: int = CLASSES) -> Network:
    """The deep branches as ten steps of 512 features for an LSTM of 200 units, whose last state gives the logits.

    The right map has ten rows of time. The left one is transposed, so that its steps walk along frequency.
    """
    builder = _Builder()
    left, right = builder.branches(DEEP)
    turned = builder.add("left_turned", Transpose(), left)
    rows = [
        builder.add("right_rows", FlattenRows(), right),
        builder.add("left_rows", FlattenRows(), turned),
    ]
    joined = builder.add("joined", Concat(), *rows)
    return builder.network(name, builder.add("lstm", Lstm(units=UNITS), joined), classes)


def _protocol(name: str, dropout: float, epochs: int) -> Protocol:
    """Section V. The paper tests on 25 % of the tracks and has no others; here 5 of the 25 are validation tracks."""
    return Protocol(
        name=name,
        phases=(Phase(epochs=epochs, learning_rate=5e-5, batch=64),),
        initialization="he-normal",
        dropout={"logits": dropout},
        penalties=(Penalty(norm="l1", factor=1e-4, of="parameters"),),
        segments=RandomSegments(per_track=15),
        validate_epochs=2,
        split=(15, 1, 4),
        repeats=5,
    )


def _entry(name: str, family: str, accuracy: float, dropout: float, build: "partial[Network]") -> ZooEntry:
    return ZooEntry(
        name=name,
        family=family,
        paper=PAPER,
        frontends={"features": FRONTEND},
        paper_classes=CLASSES,
        paper_parameters=None,
        paper_accuracy=accuracy,
        paper_scored="segments of GTZAN, mean of 5 runs",
        standard_partner=None,
        build=build,
        protocols={
            "paper": _protocol("paper", dropout, epochs=100),
            "paper-200": _protocol("paper-200", dropout, epochs=200),
        },
        vote="sum",
    )


ENTRIES = (
    _entry("shallow-cnn", "CNN", 63.12, 0.1, partial(convolutional, "shallow-cnn", SHALLOW)),
    _entry("deep-cnn", "CNN", 62.67, 0.25, partial(convolutional, "deep-cnn", DEEP)),
    _entry("lstm-crnn", "CRNN", 64.52, 0.25, partial(recurrent, "lstm-crnn")),
)
