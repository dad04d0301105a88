"""What the zoo holds: models as data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edgegenre.errors import NetworkError
from edgegenre.frontend.inputs import clock
from edgegenre.frontend.kinds.embedding import Embedding
from edgegenre.frontend.protocol import Frontend
from edgegenre.network.costs import Costs, costs
from edgegenre.network.network import Network
from edgegenre.network.standard_twin import separable
from edgegenre.runs.protocol import Protocol
from edgegenre.runs.protocols import protocol
from edgegenre.voting import Vote
from edgegenre.zoo.search import SearchSpace


@dataclass(frozen=True, kw_only=True)
class ZooEntry:
    """One model of one paper.

    frontends: what each input of the network is fed, by the input's name. build: makes the network for a number of
    classes. protocols: the paper's by name, "paper" the one whose accuracy is quoted. vote: how the windows of a longer
    track decide together. paper_parameters, paper_accuracy: as the paper prints them for its classes, the accuracy in
    percent; None where it prints none. paper_scored: what that is the accuracy of, or why there is none.
    standard_partner: the model of standard convolutions that the paper compares this one with, None where it compares
    with none. space: what the paper searched its hyperparameters in, None where it tells of no search.
    """

    name: str
    family: str
    paper: str
    frontends: Mapping[str, Frontend]
    paper_classes: int
    paper_parameters: int | None
    paper_accuracy: float | None
    paper_scored: str
    standard_partner: str | None
    build: Callable[[int], Network]
    protocols: Mapping[str, Protocol]
    vote: Vote = "mean"
    space: SearchSpace | None = None

    def network(self, classes: int, units: tuple[int, ...] | None = None) -> Network:
        """With `classes` outputs, and other `units` of the hidden layers than its own.

        Raises NetworkError where it has no space of so many.
        """
        if units is None:
            return self.build(classes)
        if self.space is None or len(units) != len(self.space.units):
            raise NetworkError(f"{self.name}: its hidden layers cannot have {', '.join(map(str, units))} units.")
        return self.space.build(classes, units)

    @property
    def clock(self) -> Frontend:
        """The front end whose rows time is counted in."""
        return clock(self.frontends)

    @property
    def backbone(self) -> Embedding | None:
        """The input that a frozen backbone makes, whose costs come on top of the network's; None without one."""
        return next((item for item in self.frontends.values() if isinstance(item, Embedding)), None)

    @property
    def printed_accuracy(self) -> str:
        """The paper's, "84.90 %", or "none"."""
        return "none" if self.paper_accuracy is None else f"{self.paper_accuracy:.2f} %"

    @property
    def accuracy_words(self) -> str:
        """The paper's accuracy, and what it is of."""
        of = " of " if self.paper_accuracy is not None else ": "
        return f"{self.printed_accuracy}{of}{self.paper_scored}"

    @property
    def separable(self) -> bool:
        """Whether the network has depthwise convolutions."""
        return separable(self.build(self.paper_classes))

    def recipe(self, name: str) -> Protocol:
        """The training protocol `name`: the paper's, a general one, or the path of a .json file.

        Raises TrainingError with the nearest name when there is none, or what is wrong with the file.
        """
        return protocol(name, papers=self.protocols)

    def costs(self, classes: int | None = None) -> Costs:
        """The costs of the network with `classes` outputs (default: as many as in the paper)."""
        network = self.build(classes or self.paper_classes)
        return costs(network, frames_per_second=1 / self.clock.hop_seconds)
