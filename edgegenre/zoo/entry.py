"""What the zoo holds: models as data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edgegenre.frontend.inputs import clock
from edgegenre.frontend.protocol import Frontend
from edgegenre.network.costs import Costs, costs
from edgegenre.network.network import Network
from edgegenre.network.standard_twin import separable
from edgegenre.voting import Vote


@dataclass(frozen=True, kw_only=True)
class ZooEntry:
    """One model of one paper.

    frontends: what each input of the network is fed, by the input's name. build: makes the network for a number of
    classes. vote: how the windows of a longer track decide together. paper_parameters, paper_accuracy: as the paper
    prints them for its classes, the accuracy in percent. standard_partner: the model of standard convolutions that the
    paper compares this one with, None where it compares with none.
    """

    name: str
    family: str
    paper: str
    frontends: Mapping[str, Frontend]
    paper_classes: int
    paper_parameters: int
    paper_accuracy: float
    standard_partner: str | None
    build: Callable[[int], Network]
    vote: Vote = "mean"

    @property
    def clock(self) -> Frontend:
        """The front end whose rows time is counted in."""
        return clock(self.frontends)

    @property
    def separable(self) -> bool:
        """Whether the network has depthwise convolutions."""
        return separable(self.build(self.paper_classes))

    def costs(self, classes: int | None = None) -> Costs:
        """The costs of the network with `classes` outputs (default: as many as in the paper)."""
        network = self.build(classes or self.paper_classes)
        return costs(network, frames_per_second=1 / self.clock.hop_seconds)
