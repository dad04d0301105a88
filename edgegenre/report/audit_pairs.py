"""A separable model beside a standard one: what each costs, and what was saved where both were measured."""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from edgegenre.network.costs import Costs, costs
from edgegenre.network.standard_twin import with_standard_convolutions
from edgegenre.report.places import Place
from edgegenre.zoo.entry import ZooEntry

View = Literal["parameters", "width", "accuracy"]


@dataclass(frozen=True, kw_only=True)
class Work:
    """One side of a comparison. convolution_multiplies: without recurrent and dense layers. stream_bytes: RAM of an
    int8 stream, without the front end. printed_parameters, printed_accuracy: of the paper's Table II; None of a twin.
    """

    name: str
    separable: bool
    parameters: int
    multiplies: int
    convolution_multiplies: int
    stream_bytes: int
    printed_parameters: int | None = None
    printed_accuracy: float | None = None


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What both sides of a comparison took at one place: milliseconds or instructions of a clip."""

    place: Place
    separable: float
    standard: float

    @property
    def saving(self) -> float:
        """How many times less the separable model took."""
        return self.standard / self.separable


@dataclass(frozen=True, kw_only=True)
class Pairing:
    """A separable model beside a standard one, and what both took at each place where both were measured."""

    view: View
    recurrent: bool
    separable: Work
    standard: Work
    measured: tuple[Measured, ...] = ()

    @property
    def saving(self) -> float:
        """How many times fewer multiplies the separable model needs."""
        return self.standard.multiplies / self.separable.multiplies

    @property
    def convolution_saving(self) -> float:
        """The same, convolutions alone."""
        return self.standard.convolution_multiplies / self.separable.convolution_multiplies

    def at(self, place: Place) -> Measured | None:
        """What was measured at `place`."""
        return next((item for item in self.measured if item.place == place), None)


@dataclass(frozen=True, kw_only=True)
class Realized:
    """How much of the multiplies saved at one view are saved in fact at one place: geometric means over `pairs`."""

    view: View
    recurrent: bool
    place: Place
    saving: float
    multiply_saving: float
    pairs: int

    @property
    def share(self) -> float:
        """Measured saving over multiply saving."""
        return self.saving / self.multiply_saving


def work_of(entry: ZooEntry) -> Work:
    """A model of the zoo, for its paper's classes."""
    return dataclasses.replace(
        work_of_costs(entry.name, entry.separable, entry.costs()),
        printed_parameters=entry.paper_parameters,
        printed_accuracy=entry.paper_accuracy,
    )


def twin_of(entry: ZooEntry) -> Work:
    """The same in standard convolutions of the same widths."""
    network = with_standard_convolutions(entry.build(entry.paper_classes))
    return work_of_costs(network.name, False, costs(network, frames_per_second=1 / entry.clock.hop_seconds))


def work_of_costs(name: str, separable: bool, value: Costs) -> Work:
    """One side of a comparison, without what a paper prints."""
    return Work(
        name=name,
        separable=separable,
        parameters=value.parameters,
        multiplies=value.multiplies,
        convolution_multiplies=value.convolution_multiplies,
        stream_bytes=value.ram_stream_bytes,
    )


def pairing_of(
    view: View,
    separable: Work,
    standard: Work,
    models: Mapping[str, ZooEntry],
    measured: Mapping[Place, Mapping[str, float]],
) -> Pairing:
    entry = models[separable.name]
    return Pairing(
        view=view,
        recurrent=entry.build(entry.paper_classes).recurrent,
        separable=separable,
        standard=standard,
        measured=both_measured(separable.name, standard.name, measured),
    )


def both_measured(separable: str, standard: str, costs_at: Mapping[Place, Mapping[str, float]]) -> tuple[Measured, ...]:
    """What two models took, by name, at each place where both were measured."""
    return tuple(
        Measured(place=place, separable=found[separable], standard=found[standard])
        for place, found in costs_at.items()
        if separable in found and standard in found
    )


def realized_savings(pairings: Sequence[Pairing]) -> Iterable[Realized]:
    """By view, kind of network and place, in the order of the pairings."""
    places = dict.fromkeys(item.place for pairing in pairings for item in pairing.measured)
    views: tuple[View, ...] = ("parameters", "width")
    for view in views:
        for recurrent in (False, True):
            for place in places:
                group = [
                    (pairing.saving, found.saving)
                    for pairing in pairings
                    if (pairing.view, pairing.recurrent) == (view, recurrent) and (found := pairing.at(place))
                ]
                if group:
                    multiplies, saved = zip(*group, strict=True)
                    yield Realized(
                        view=view,
                        recurrent=recurrent,
                        place=place,
                        saving=_mean(saved),
                        multiply_saving=_mean(multiplies),
                        pairs=len(group),
                    )


def _mean(values: Sequence[float]) -> float:
    """Geometric: of ratios."""
    return math.exp(sum(map(math.log, values)) / len(values))
