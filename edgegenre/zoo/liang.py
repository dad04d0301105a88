"""Liang et al. (2019): Deep Neural Networks with Depthwise Separable Convolution for Music Genre Classification.

Twelve models of Table I: CNN, CRNN, DS-CNN, DS-CRNN, each in three sizes, on 599 x 12 MFCC.

Where the widths come from. The paper's Table I was not at hand when this file was written; a width table was recovered
from published sums and is marked for what it is:

RECOVERED: the widths reproduce every published count of that model that is known here (parameters or multiplies);
they need not be the only ones that do.
ESTIMATED: only the size class of the model is known; depth and widths are our choice within it.

Who has the paper corrects a line of WIDTHS and its source; nothing else depends on the numbers.
"""

from dataclasses import dataclass
from functools import partial

from edgegenre.frontend.spec import LIANG_MFCC
from edgegenre.network.layers import AnyLayer, AveragePool, Convolution, Dense, DepthwiseConv, GlobalAverage, Gru
from edgegenre.network.network import Network, chain
from edgegenre.network.shape import Shape
from edgegenre.zoo.entry import ZooEntry

PAPER = "Liang et al. 2019"
CLASSES = 13
RECOVERED = "recovered from published counts"
ESTIMATED = "estimated from the size class"

FIRST_KERNEL, FIRST_STRIDE = (10, 4), (4, 2)
KERNEL = (3, 3)


@dataclass(frozen=True, kw_only=True)
class Widths:
    """One line of Table I: channels of the first convolution and of the blocks after it, units of the GRU (0: none)."""

    first: int
    blocks: tuple[int, ...]
    gru: int = 0
    printed: int | None = None
    source: str = ESTIMATED


WIDTHS = {
    "cnn1": Widths(first=32, blocks=(64, 80, 96, 256)),
    "cnn2": Widths(first=32, blocks=(64, 96, 128, 273)),
    "cnn3": Widths(first=64, blocks=(96, 128, 160, 378)),
    "crnn1": Widths(first=32, blocks=(64, 88, 102), gru=216, printed=360_223, source=RECOVERED),
    "crnn2": Widths(first=32, blocks=(64, 128, 156), gru=208, printed=505_029, source=RECOVERED),
    "crnn3": Widths(first=32, blocks=(128, 192, 224), gru=202, printed=903_629, source=RECOVERED),
    "ds-cnn1": Widths(first=256, blocks=(256, 256, 256, 256, 262), source=RECOVERED),
    "ds-cnn2": Widths(first=256, blocks=(256, 256, 256, 256, 256, 256, 289)),
    "ds-cnn3": Widths(first=128, blocks=(128, 128, 256, 256, 256, 416, 416, 416, 512), source=RECOVERED),
    "ds-crnn1": Widths(first=32, blocks=(64, 128, 218), gru=232, source=RECOVERED),
    "ds-crnn2": Widths(first=32, blocks=(64, 128, 256), gru=281),
    "ds-crnn3": Widths(first=32, blocks=(64, 128, 256, 288), gru=384),
}


def network(name: str, classes: int = CLASSES) -> Network:
    """The network `name` of Table I with `classes` outputs.

    The first convolution is 10 x 4 with stride 4 x 2, everything after it 3 x 3. Models with a GRU halve the map in
    their second block and average-pool it 2 x 2 in front of the GRU: 37 steps of 1 bin x channels.
    """
    widths = WIDTHS[name]
    separable, recurrent = name.startswith("ds-"), widths.gru > 0
    layers: list[tuple[str, AnyLayer]] = [
        ("conv1", Convolution(channels=widths.first, kernel=FIRST_KERNEL, stride=FIRST_STRIDE))
    ]
    for number, channels in enumerate(widths.blocks, start=2):
        stride = (2, 2) if recurrent and number == 2 else (1, 1)
        layers += _block(number, channels, stride, separable)
    if recurrent:
        layers += [("pool", AveragePool(window=(2, 2))), ("gru", Gru(units=widths.gru))]
    else:
        layers += [("pool", GlobalAverage())]
    layers.append(("logits", Dense(units=classes)))
    window = Shape(LIANG_MFCC.window_frames, LIANG_MFCC.coefficients, 1)
    return chain(name, input_shape=window, layers=layers)


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
        frontend=LIANG_MFCC,
        paper_classes=CLASSES,
        paper_parameters=widths.printed,
        widths_from=widths.source,
        build=partial(network, name),
    )
    for name, widths in WIDTHS.items()
)
