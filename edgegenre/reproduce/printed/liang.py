"""Liang et al. (2019): Table I, how the models are made, and Table II, their accuracy and parameters."""

import itertools
from collections.abc import Iterator

from edgegenre.network.layers import AnyLayer, Convolution, DepthwiseConv, Gru
from edgegenre.network.network import Network
from edgegenre.reproduce.paper_table import Cell, Layout, LayoutTable, ResultTable
from edgegenre.zoo.entry import ZooEntry
from edgegenre.zoo.liang import TABLE

_MODELS = tuple(f"{family}{size}" for size in (1, 2, 3) for family in ("cnn", "crnn", "ds-cnn", "ds-crnn"))
"""In the order of both tables."""

_LAYERS = {
    "cnn1": ("C(10,4,4,2)-3C(3,3,1,1)", "32-64-128-228", "S (~360k)"),
    "crnn1": ("C(10,4,4,2)-C(3,3,2,2)-2C(3,3,1,1)-GRU(216)", "32-64-88-102", "S (~360k)"),
    "ds-cnn1": ("C(10,4,4,2)-5DSC(3,3,1,1)", "256(5)-262", "S (~360k)"),
    "ds-crnn1": ("C(10,4,4,2)-DSC(3,3,2,2)-2DSC(3,3,1,1)-GRU(232)", "32-64-128-218", "S (~360k)"),
    "cnn2": ("C(10,4,4,2)-3C(3,3,1,1)", "64-128-148-186", "M (~500k)"),
    "crnn2": ("C(10,4,4,2)-C(3,3,2,2)-2C(3,3,1,1)-GRU(218)", "32-64-78-216", "M (~500k)"),
    "ds-cnn2": ("C(10,4,4,2)-7DSC(3,3,1,1)", "256(8)", "M (~500k)"),
    "ds-crnn2": ("C(10,4,4,2)-DSC(3,3,2,2)-5DSC(3,3,1,1)-GRU(236)", "32-64-88-128(2)-256(2)", "M (~500k)"),
    "cnn3": ("C(10,4,4,2)-5C(3,3,1,1)", "32-64-88-128-212-256", "L (~900k)"),
    "crnn3": ("C(10,4,4,2)-C(3,3,2,2)-4C(3,3,1,1)-GRU(228)", "32-64-96-128(2)-226", "L (~900k)"),
    "ds-cnn3": ("C(10,4,4,2)-9DSC(3,3,1,1)", "128(3)-256(3)-416(3)-512", "L (~900k)"),
    "ds-crnn3": ("C(10,4,4,2)-DSC(3,3,2,2)-6DSC(3,3,1,1)-GRU(256)", "32-64-128(2)-256(3)-486", "L (~900k)"),
}
"""As printed, without its blanks: layers, feature maps, the size that they are listed under."""


def blocks(network: Network) -> str:
    """The layers of `network` as Table I writes them: C(kernel time, frequency, stride time, frequency), DSC for a
    depthwise and a pointwise convolution, equal neighbors counted."""
    runs = [(text, len(list(same))) for text, same in itertools.groupby(_blocks(network))]
    return "-".join(text if count == 1 else f"{count}{text}" for text, count in runs)


def _blocks(network: Network) -> Iterator[str]:
    before: AnyLayer | None = None
    for node in network.nodes:
        layer = node.layer
        if isinstance(layer, DepthwiseConv):
            yield f"DSC({_numbers(*layer.kernel, *layer.stride)})"
        elif isinstance(layer, Convolution) and not isinstance(before, DepthwiseConv):
            yield f"C({_numbers(*layer.kernel, *layer.stride)})"
        elif isinstance(layer, Gru):
            yield f"GRU({layer.units})"
        before = layer


def _numbers(*values: int) -> str:
    return ",".join(map(str, values))


def feature_maps(network: Network) -> str:
    """The channels of its convolutions as Table I writes them: 256(5) are five layers of 256."""
    channels = [node.layer.channels for node in network.nodes if isinstance(node.layer, Convolution)]
    runs = [(count, len(list(same))) for count, same in itertools.groupby(channels)]
    return "-".join(str(count) if times == 1 else f"{count}({times})" for count, times in runs)


def _ours(entry: ZooEntry) -> tuple[str, ...]:
    network = entry.build(entry.paper_classes)
    return blocks(network), feature_maps(network), f"{entry.costs().parameters:,}"


TABLES = (
    LayoutTable(
        number="1",
        name="Table I",
        caption="How the models are made. C: a convolution with its kernel and its stride, DSC: a depthwise separable "
        "one, each time × frequency; feature maps: channels of the convolutions. Ours is read from our networks.",
        columns=("layers", "feature maps", "parameters"),
        rows=tuple(Layout(heading=name.upper(), model=name, printed=_LAYERS[name]) for name in _MODELS),
        ours=_ours,
        notes=(
            "The counts of CRNN1, CRNN2 and CRNN3 that Table II prints cannot be had from the layers of Table I, "
            "whatever padding, bias or pooling was tried.",
        ),
    ),
    ResultTable(
        number="2",
        name="Table II",
        caption="Genre classification on Extended Ballroom, mean of 10 runs: accuracy of test tracks in percent, and "
        "parameters.",
        rows=tuple(name.upper() for name in _MODELS),
        columns=("accuracy", "parameters"),
        cells=tuple(
            (
                Cell(model=name, metric="accuracy", printed=TABLE[name].accuracy / 100),
                Cell(model=name, metric="parameters", printed=TABLE[name].parameters),
            )
            for name in _MODELS
        ),
        notes=(
            "Table II: the paper divides 8 : 1 : 1 by track; whether an artist is on both sides is not said, and "
            "neither is a deviation.",
        ),
    ),
)
