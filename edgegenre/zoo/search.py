"""What a paper searched its hyperparameters in, as frozen data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edgegenre.network.network import Network
from edgegenre.runs.protocol import Protocol


@dataclass(frozen=True, kw_only=True)
class Hyperparameters:
    """One place of a search space. units: of each hidden layer in turn. dropout: of what a layer reads, by its name."""

    units: tuple[int, ...]
    dropout: Mapping[str, float]
    learning_rate: float
    batch: int


@dataclass(frozen=True, kw_only=True)
class SearchSpace:
    """For each hyperparameter the values that may be tried, and what the paper settled on.

    build: makes the network of a number of classes and of units. protocol: what every trial is trained by but for its
    learning rate, batch and dropout; one phase.
    """

    units: tuple[range, ...]
    dropout: Mapping[str, tuple[float, ...]]
    learning_rates: tuple[float, ...]
    batches: range
    best: Hyperparameters
    build: Callable[[int, tuple[int, ...]], Network]
    protocol: Protocol
