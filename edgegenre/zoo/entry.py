"""What the zoo holds: models as data."""

from collections.abc import Callable
from dataclasses import dataclass

from edgegenre.frontend.spec import FrontendSpec
from edgegenre.network.costs import Costs, costs
from edgegenre.network.network import Network


@dataclass(frozen=True, kw_only=True)
class ZooEntry:
    """One model of one paper.

    build: makes the network for a number of classes. paper_parameters: the count the paper prints for its 13 classes,
    None where this project has not seen the printed number. widths_from: how the layer widths are known.
    """

    name: str
    family: str
    paper: str
    frontend: FrontendSpec
    paper_classes: int
    paper_parameters: int | None
    widths_from: str
    build: Callable[[int], Network]

    def costs(self, classes: int | None = None) -> Costs:
        """The costs of the network with `classes` outputs (default: as many as in the paper)."""
        network = self.build(classes or self.paper_classes)
        return costs(network, frames_per_second=self.frontend.sample_rate / self.frontend.hop_length)
