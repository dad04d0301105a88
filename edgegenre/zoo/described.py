"""Systems that are described layer by layer for their costs, and neither trained nor exported: their backbones need
weights that no package registry holds (Wu: VGG16 and YAMNet, both frozen).

VGG16: Simonyan and Zisserman 2015, over an image of 432 x 288 pixels. YAMNet: MobileNet v1 over patches of 96 frames of
64 mel bands, as tensorflow/models has it; its batch norm has no gamma, so that a bias counts as much.
docs/papers/003-wu.md says what the paper leaves open and what was decided.
"""

from dataclasses import dataclass

from edgegenre.network.costs import Costs, costs
from edgegenre.network.layers import (
    AnyLayer,
    Convolution,
    Dense,
    DepthwiseConv,
    Flatten,
    GlobalAverage,
    Lstm,
    MaxPool,
)
from edgegenre.network.network import Network, chain
from edgegenre.network.shape import Shape
from edgegenre.zoo.wu import CLASSES, PAPER

PATCHES = 62
"""Of a clip of 30 s, one every 0.48 s."""

_VGG_BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
_YAMNET_BLOCKS = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *((512, 1),) * 5,
    *((1024, 2), (1024, 1)),
)
"""Channels and stride."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A network that runs so many times for one input of the system, at so many rows a second."""

    network: Network
    times: int
    rows_per_second: float

    def costs(self) -> Costs:
        """Of one run."""
        return costs(self.network, frames_per_second=self.rows_per_second)


@dataclass(frozen=True, kw_only=True)
class Described:
    """A system of a paper in parts. paper_accuracy: as printed, in percent. needs: what keeps it from being trained."""

    name: str
    paper: str
    paper_accuracy: float | None
    parts: tuple[Part, ...]
    needs: str

    @property
    def parameters(self) -> int:
        """Of all parts."""
        return sum(part.costs().parameters for part in self.parts)

    @property
    def multiplies(self) -> int:
        """Of one input of the system: every part as often as it runs."""
        return sum(part.times * part.costs().multiplies for part in self.parts)


def vgg16(name: str, *, flat: bool, classes: int = CLASSES) -> Network:
    """The body of VGG16, then its map flattened or averaged, 3072, 1536 and 288 units with ReLU, the logits."""
    layers: list[tuple[str, AnyLayer]] = []
    for block, widths in enumerate(_VGG_BLOCKS, start=1):
        for number, channels in enumerate(widths, start=1):
            layers.append((f"conv{block}_{number}", Convolution(channels=channels, kernel=(3, 3), batch_norm=False)))
        layers.append((f"pool{block}", MaxPool(window=(2, 2))))
    layers.append(("flat", Flatten()) if flat else ("average", GlobalAverage()))
    return chain(name, input_shape=Shape(432, 288, 3), layers=[*layers, *_head((3072, 1536, 288), classes)])


def yamnet_body() -> Network:
    """A patch of [96, 64, 1] to 1024 values."""
    layers: list[tuple[str, AnyLayer]] = [
        ("conv1", Convolution(channels=32, kernel=(3, 3), stride=(2, 2), batch_norm=False))
    ]
    for number, (channels, stride) in enumerate(_YAMNET_BLOCKS, start=2):
        depthwise = DepthwiseConv(kernel=(3, 3), stride=(stride, stride), batch_norm=False)
        layers.append((f"depthwise{number}", depthwise))
        layers.append((f"pointwise{number}", Convolution(channels=channels, kernel=(1, 1), batch_norm=False)))
    return chain("yamnet-body", input_shape=Shape(96, 64, 1), layers=[*layers, ("average", GlobalAverage())])


def yamnet_perceptron(classes: int = CLASSES) -> Network:
    """Means and deviations of the patches' 1024 values; 1024, 512 and 128 units with ReLU, the logits."""
    return chain("yamnet-head", input_shape=Shape(1, 1, 2048), layers=_head((1024, 512, 128), classes))


def yamnet_recurrent(classes: int = CLASSES) -> Network:
    """LSTM of 480, 128 and 80 units over the patches' 1024 values, the logits."""
    layers: list[tuple[str, AnyLayer]] = [
        ("lstm1", Lstm(units=480, returns_rows=True)),
        ("lstm2", Lstm(units=128, returns_rows=True)),
        ("lstm3", Lstm(units=80)),
        ("logits", Dense(units=classes)),
    ]
    return chain("yamnet-lstm-head", input_shape=Shape(PATCHES, 1, 1024), layers=layers)


def _head(hidden: tuple[int, ...], classes: int) -> list[tuple[str, AnyLayer]]:
    return [
        *(
            (f"dense{number}", Convolution(channels=units, kernel=(1, 1), batch_norm=False))
            for number, units in enumerate(hidden, start=1)
        ),
        ("logits", Dense(units=classes)),
    ]


def _image(name: str, accuracy: float | None, *, flat: bool) -> Described:
    return Described(
        name=name,
        paper=PAPER,
        paper_accuracy=accuracy,
        parts=(Part(network=vgg16(name, flat=flat), times=1, rows_per_second=432 / 30),),
        needs="the weights of VGG16 on ImageNet",
    )


def _patches(name: str, accuracy: float, head: Network) -> Described:
    return Described(
        name=name,
        paper=PAPER,
        paper_accuracy=accuracy,
        parts=(
            Part(network=yamnet_body(), times=PATCHES, rows_per_second=100),
            Part(network=head, times=1, rows_per_second=1 / 0.48),
        ),
        needs="the weights of YAMNet on AudioSet",
    )


DESCRIBED: dict[str, Described] = {
    item.name: item
    for item in (
        _image("vgg16", 65.5, flat=True),
        _image("vgg16-gap", None, flat=False),
        _patches("yamnet", 84.9, yamnet_perceptron()),
        _patches("yamnet-lstm", 84.2, yamnet_recurrent()),
    )
}
