"""The system of the papers that is described layer by layer for its costs, and neither trained nor exported: Wu's VGG16
(Simonyan and Zisserman 2015), its map flattened, over a picture of 432 x 288 pixels.

docs/papers/003-wu.md says what the paper leaves open and what was decided.
"""

from dataclasses import dataclass

from edgegenre.backbones.vgg16 import PICTURE, body_layers
from edgegenre.limits import MOST_WEIGHTS
from edgegenre.network.costs import Costs, costs
from edgegenre.network.layers import AnyLayer, Convolution, Dense, Flatten
from edgegenre.network.network import Network, chain
from edgegenre.zoo.wu import CLASSES, PAPER
from edgegenre.zoo.wu_backbones import VGG16_HIDDEN


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


def vgg16(classes: int = CLASSES) -> Network:
    """The body of VGG16, its map flattened, 3072, 1536 and 288 units with ReLU, the logits."""
    layers: list[tuple[str, AnyLayer]] = [*body_layers(), ("flat", Flatten())]
    for number, units in enumerate(VGG16_HIDDEN, start=1):
        layers.append((f"dense{number}", Convolution(channels=units, kernel=(1, 1), batch_norm=False)))
    return chain("vgg16", input_shape=PICTURE, layers=[*layers, ("logits", Dense(units=classes))])


DESCRIBED: dict[str, Described] = {
    item.name: item
    for item in (
        Described(
            name="vgg16",
            paper=PAPER,
            paper_accuracy=65.5,
            parts=(Part(network=vgg16(), times=1, rows_per_second=432 / 30),),
            needs=f"a layer of 184 M weights behind VGG16's map, more than a bundle may hold ({MOST_WEIGHTS >> 20} M); "
            "vgg16-gap averages that map instead and is trained",
        ),
    )
}
