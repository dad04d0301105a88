"""Liang et al. (2019): Deep Neural Networks with Depthwise Separable Convolution for Music Genre Classification.

Twelve models of Table I: CNN, CRNN, DS-CNN, DS-CRNN, each in three sizes, on 599 x 12 MFCC.

The paper counts parameters as follows, and nine models then give exactly the counts of Table II: convolutions have no
bias, every convolution (depthwise and pointwise alike) is followed by a batch norm with gamma and beta, the dense layer
has a bias, and a GRU has one bias vector a gate. The counts of CRNN1, CRNN2 and CRNN3 cannot be had from Table I: its
layers give 361,289, 504,389 and 908,953, and no padding, bias or pooling that was tried gives what Table II prints.
"""

from dataclasses import dataclass
from functools import partial

from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.network.layers import AnyLayer, AveragePool, Convolution, Dense, DepthwiseConv, GlobalAverage, Gru
from edgegenre.network.network import Network, chain
from edgegenre.network.shape import Shape
from edgegenre.runs.augmentation import ZeroedStretch
from edgegenre.runs.phase import Phase
from edgegenre.runs.protocol import Protocol
from edgegenre.zoo.entry import ZooEntry

PAPER = "Liang et al. 2019"
CLASSES = 13

PROTOCOL = Protocol(
    name="paper",
    phases=(
        Phase(iterations=2000, learning_rate=8e-4, batch=100),
        Phase(iterations=1000, learning_rate=1e-4, batch=100),
        Phase(iterations=1000, learning_rate=2e-5, batch=100),
    ),
    dropout={"dense": 0.5},
    augmentation=(ZeroedStretch(seconds=0.1),),
    batch_norm_momentum=0.01,
    settle_batch_norm=False,
    repeats=10,
)
"""Section IV.B (docs/design.md says what the paper leaves open)."""

FIRST_KERNEL, FIRST_STRIDE = (10, 4), (4, 2)
KERNEL = (3, 3)


@dataclass(frozen=True, kw_only=True)
class TableLine:
    """A model's line of Table I and its line of Table II.

    first: channels of the first convolution. blocks: those of the blocks after it. gru: units, 0 where there is none.
    parameters, accuracy: as printed, the accuracy in percent on Extended Ballroom (13 classes, mean of 10 runs).
    """

    first: int
    blocks: tuple[int, ...]
    gru: int = 0
    parameters: int
    accuracy: float


TABLE: dict[str, TableLine] = {
    "cnn1": TableLine(first=32, blocks=(64, 128, 228), parameters=359_977, accuracy=93.14),
    "cnn2": TableLine(first=64, blocks=(128, 148, 186), parameters=498_019, accuracy=93.65),
    "cnn3": TableLine(first=32, blocks=(64, 88, 128, 212, 256), parameters=909_349, accuracy=94.36),
    "crnn1": TableLine(first=32, blocks=(64, 88, 102), gru=216, parameters=360_223, accuracy=91.67),
    "crnn2": TableLine(first=32, blocks=(64, 78, 216), gru=218, parameters=505_029, accuracy=93.38),
    "crnn3": TableLine(first=32, blocks=(64, 96, 128, 128, 226), gru=228, parameters=903_629, accuracy=93.87),
    "ds-cnn1": TableLine(first=256, blocks=(256,) * 4 + (262,), parameters=360_039, accuracy=93.42),
    "ds-cnn2": TableLine(first=256, blocks=(256,) * 7, parameters=496_141, accuracy=94.28),
    "ds-cnn3": TableLine(
        first=128, blocks=(128, 128, 256, 256, 256, 416, 416, 416, 512), parameters=906_221, accuracy=95.10
    ),
    "ds-crnn1": TableLine(first=32, blocks=(64, 128, 218), gru=232, parameters=359_697, accuracy=92.40),
    "ds-crnn2": TableLine(first=32, blocks=(64, 88, 128, 128, 256, 256), gru=236, parameters=496_597, accuracy=93.63),
    "ds-crnn3": TableLine(
        first=32, blocks=(64, 128, 128, 256, 256, 256, 486), gru=256, parameters=905_657, accuracy=94.12
    ),
}


def network(name: str, classes: int = CLASSES) -> Network:
    """The network `name` of Table I with `classes` outputs.

    The first convolution is 10 x 4 with stride 4 x 2, everything after it 3 x 3. Models with a GRU halve the map in
    their second block and average-pool it 2 x 2 in front of the GRU: 37 steps of 1 bin x channels.
    """
    line = TABLE[name]
    separable, recurrent = name.startswith("ds-"), line.gru > 0
    layers: list[tuple[str, AnyLayer]] = [
        ("conv1", Convolution(channels=line.first, kernel=FIRST_KERNEL, stride=FIRST_STRIDE))
    ]
    for number, channels in enumerate(line.blocks, start=2):
        stride = (2, 2) if recurrent and number == 2 else (1, 1)
        layers += _block(number, channels, stride, separable)
    if recurrent:
        layers += [("pool", AveragePool(window=(2, 2))), ("gru", Gru(units=line.gru))]
    else:
        layers += [("pool", GlobalAverage())]
    layers.append(("logits", Dense(units=classes)))
    return chain(name, input_shape=Shape(*LIANG_MFCC.window_shape), layers=layers)


def _block(number: int, channels: int, stride: tuple[int, int], separable: bool) -> list[tuple[str, AnyLayer]]:
    if not separable:
        return [(f"conv{number}", Convolution(channels=channels, kernel=KERNEL, stride=stride))]
    return [
        (f"depthwise{number}", DepthwiseConv(kernel=KERNEL, stride=stride)),
        (f"pointwise{number}", Convolution(channels=channels, kernel=(1, 1))),
    ]


ENTRIES = tuple(
    ZooEntry(
        name=name,
        family=name.rstrip("123").upper(),
        paper=PAPER,
        frontends={"features": LIANG_MFCC},
        paper_classes=CLASSES,
        paper_parameters=line.parameters,
        paper_accuracy=line.accuracy,
        paper_scored="tracks of Extended Ballroom, mean of 10 runs",
        standard_partner=name.removeprefix("ds-") if name.startswith("ds-") else None,
        build=partial(network, name),
        protocols={"paper": PROTOCOL},
    )
    for name, line in TABLE.items()
)
