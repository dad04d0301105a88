"""Is depthwise separable convolution (DSC) the efficient choice? Three comparisons, on every target that was measured.

Liang et al. compare models of equal parameters. Multiplies are computed here from the network descriptions by formulas
(2) and (4); instructions and times come from records; nothing is taken from the paper's results. Every sentence follows
from the figures.
"""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from edgegenre.network.costs import Costs, costs
from edgegenre.network.standard_twin import with_standard_convolutions
from edgegenre.records.record import Accuracy, Record
from edgegenre.records.words import accuracy_words, data_words
from edgegenre.report.places import Place, place_costs
from edgegenre.zoo.entry import ZooEntry
from edgegenre.zoo.registry import MODELS

View = Literal["parameters", "width", "accuracy"]
Verdict = Literal["holds", "partly", "fails", "unknown"]

NO_SAVING = 1.1
"""A factor below this is called no saving: a tenth disappears in any engine's overhead."""


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
class Finding:
    """What one view says of the claim that separable convolution is the efficient choice."""

    view: View
    verdict: Verdict
    text: str


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


@dataclass(frozen=True, kw_only=True)
class Point:
    """A model on an accuracy-against-cost curve."""

    model: str
    family: str
    separable: bool
    multiplies: int
    accuracy: Accuracy


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Points that may be compared: accuracies of one data set and split, in words, and of one arithmetic."""

    data: str
    arithmetic: str
    points: tuple[Point, ...]

    @property
    def title(self) -> str:
        """Data and arithmetic."""
        return f"{self.data}, {self.arithmetic}"


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The three views, in the order of `findings`. The third is empty where no accuracies can be compared.

    works: every model of the zoo that takes part, then the width-matched twins. places: where something was measured.
    by_artist: by model, its accuracy in int8 on real music of artists that it never heard, all on the same data.
    """

    works: tuple[Work, ...]
    equal_parameters: tuple[Pairing, ...]
    equal_width: tuple[Pairing, ...]
    equal_accuracy: tuple[Pairing, ...]
    curves: tuple[Curve, ...]
    places: tuple[Place, ...]
    costs: Mapping[Place, Mapping[str, float]]
    by_artist: Mapping[str, Accuracy]
    findings: tuple[Finding, Finding, Finding]
    realized: tuple[Realized, ...]
    conclusion: tuple[str, ...]


def audit(records: Sequence[Record] = (), models: Mapping[str, ZooEntry] = MODELS) -> Audit:
    """Compare every separable model of the zoo with its standard partner, and with itself at equal width.

    `records` give the accuracies of the third view, of which only those on the same data and split are compared, and
    what a clip takes at each place: milliseconds of an engine on a processor, or counted instructions of a core.
    """
    measured = place_costs(records)
    pairs = [
        (name, entry.standard_partner)
        for name, entry in models.items()
        if entry.standard_partner is not None and entry.standard_partner in models
    ]
    compared = {name: _work(models[name]) for names in pairs for name in names}
    twins = {name: _twin(models[name]) for name, _ in pairs}
    parameters = tuple(_pairing("parameters", compared[one], compared[other], models, measured) for one, other in pairs)
    width = tuple(_pairing("width", compared[name], twins[name], models, measured) for name, _ in pairs)
    comparable = _comparable(records, models)
    curves = _curves(comparable, models)
    accuracy, finding = _equal_accuracy(curves, models, measured)
    realized = tuple(_realized([*parameters, *width]))
    findings = (_parameter_finding(parameters), _width_finding(width), finding)
    return Audit(
        works=(*compared.values(), *twins.values()),
        equal_parameters=parameters,
        equal_width=width,
        equal_accuracy=accuracy,
        curves=curves,
        places=tuple(measured),
        costs=measured,
        by_artist=_by_artist(comparable),
        findings=findings,
        realized=realized,
        conclusion=_conclusion(realized),
    )


def _work(entry: ZooEntry) -> Work:
    return dataclasses.replace(
        work_of_costs(entry.name, entry.separable, entry.costs()),
        printed_parameters=entry.paper_parameters,
        printed_accuracy=entry.paper_accuracy,
    )


def _twin(entry: ZooEntry) -> Work:
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


def _pairing(
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


def _realized(pairings: Sequence[Pairing]) -> Iterable[Realized]:
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


_Comparable = Mapping[tuple[Accuracy, str], Mapping[str, Record]]
"""By data set and split (an accuracy of 0) and arithmetic: the newest record of each model."""


def _comparable(records: Sequence[Record], models: Mapping[str, ZooEntry]) -> _Comparable:
    groups: dict[tuple[Accuracy, str], dict[str, Record]] = {}
    for record in records:
        if record.accuracy is not None and record.model in models:
            same = dataclasses.replace(record.accuracy, value=0.0, low=None, high=None, macro_f1=None, extra={})
            known = groups.setdefault((same, record.arithmetic), {})
            if record.model not in known or record.date >= known[record.model].date:
                known[record.model] = record
    return groups


def _by_artist(groups: _Comparable) -> dict[str, Accuracy]:
    """Accuracies in int8 on artists apart and real music, of the data on which most models were scored."""
    suited = [
        {name: record.accuracy for name, record in found.items() if record.accuracy is not None}
        for (same, arithmetic), found in groups.items()
        if same.grouping == "artist" and not same.synthetic and arithmetic == "float32"
    ]
    return max(suited, key=_count, default={})


def _count(accuracies: Mapping[str, Accuracy]) -> int:
    return len(accuracies)


def _curves(groups: _Comparable, models: Mapping[str, ZooEntry]) -> tuple[Curve, ...]:
    """One curve a data set, split and arithmetic on which two models or more were scored."""
    return tuple(
        Curve(
            data=data_words(same),
            arithmetic=arithmetic,
            points=tuple(_point(record, models[name]) for name, record in found.items()),
        )
        for (same, arithmetic), found in groups.items()
        if len(found) > 1
    )


def _point(record: Record, entry: ZooEntry) -> Point:
    assert record.accuracy is not None
    return Point(
        model=entry.name,
        family=entry.family,
        separable=entry.separable,
        multiplies=entry.costs().multiplies,
        accuracy=record.accuracy,
    )


def _equal_accuracy(
    curves: Sequence[Curve], models: Mapping[str, ZooEntry], measured: Mapping[Place, Mapping[str, float]]
) -> tuple[tuple[Pairing, ...], Finding]:
    """For each standard model, the separable one that is at least as accurate on the same data with the least work."""
    comparisons, sentences, missed, open_to_chance = list[Pairing](), [], False, False
    for curve in one_arithmetic(curves):
        separable, told = [point for point in curve.points if point.separable], []
        for theirs in sorted((point for point in curve.points if not point.separable), key=lambda point: point.model):
            if not separable:
                continue
            reached = [point for point in separable if point.accuracy.value >= theirs.accuracy.value]
            if not reached:
                near = any((point.accuracy.high or 0) >= theirs.accuracy.value for point in separable)
                missed = missed or not near
                told.append(
                    f"no separable model reaches {theirs.model} ({accuracy_words(theirs.accuracy)})"
                    + (", but so few clips may do that by chance" if near else "")
                )
                continue
            cheapest = min(reached, key=lambda point: point.multiplies)
            pairing = _pairing("accuracy", _work(models[cheapest.model]), _work(models[theirs.model]), models, measured)
            if pairing not in comparisons:
                comparisons.append(pairing)
            overlap = (cheapest.accuracy.low or 0.0) < (theirs.accuracy.high or 0.0)
            open_to_chance = open_to_chance or overlap
            told.append(
                f"{cheapest.model} ({accuracy_words(cheapest.accuracy)}) is at least as accurate as {theirs.model} "
                f"({accuracy_words(theirs.accuracy)}), with {_times(pairing.saving)}"
                + (" (the intervals overlap: it may be chance)" if overlap else "")
            )
        if told:
            sentences.append(f"On {curve.title}: {'; '.join(told)}.")
    if not sentences:
        text = (
            "At equal accuracy nothing can be said yet: that needs measured accuracies of a separable and of a "
            "standard model on the same data and split."
        )
        return (), Finding(view="accuracy", verdict="unknown", text=text)
    verdict: Verdict = "fails" if missed else "unknown"
    if comparisons:
        verdict = _verdict([0.0 if missed else 10.0, *(item.saving for item in comparisons)])
        verdict = "partly" if verdict == "holds" and open_to_chance else verdict
    text = f"At equal accuracy, as far as measured. {' '.join(sentences)}"
    return tuple(comparisons), Finding(view="accuracy", verdict=verdict, text=text)


def one_arithmetic(curves: Sequence[Curve]) -> list[Curve]:
    """One curve of each data set and split, in int8 where it was scored so: other arithmetics say the same again."""
    first: dict[str, Curve] = {}
    for curve in sorted(curves, key=lambda curve: curve.arithmetic != "float32"):
        first.setdefault(curve.data, curve)
    return list(first.values())


def _parameter_finding(comparisons: Sequence[Pairing]) -> Finding:
    sentences = []
    for recurrent, separable, standard in ((False, "DS-CNN", "CNN"), (True, "DS-CRNN", "CRNN")):
        group = [item for item in comparisons if item.recurrent == recurrent]
        if group:
            total, alone = [item.saving for item in group], [item.convolution_saving for item in group]
            sentences.append(
                f"{separable} against {standard}: {_times(*total)}"
                + (f" (convolutions alone: {_times(*alone)})" if recurrent else "")
            )
    verdict = _verdict([item.saving for item in comparisons])
    text = f"At equal parameters, the paper's own comparison: {'; '.join(sentences)}.{_measured(comparisons)}"
    return Finding(view="parameters", verdict=verdict, text=text)


def _width_finding(comparisons: Sequence[Pairing]) -> Finding:
    saving = [item.saving for item in comparisons]
    larger = [item.standard.parameters / item.separable.parameters for item in comparisons]
    text = (
        f"At equal width, each separable block replaced by one standard convolution: {_times(*saving)}, "
        f"and {_span(larger)} times fewer parameters.{_measured(comparisons)}"
    )
    return Finding(view="width", verdict=_verdict(saving), text=text)


def _measured(comparisons: Sequence[Pairing]) -> str:
    """What was saved in fact, place by place."""
    places = dict.fromkeys(item.place for pairing in comparisons for item in pairing.measured)
    told = []
    for place in places:
        savings = [found.saving for pairing in comparisons if (found := pairing.at(place))]
        told.append(f"{place.name} {_span(savings)} times")
    return f" Saved in fact, {'; '.join(told)}." if told else ""


def _conclusion(realized: Sequence[Realized]) -> tuple[str, ...]:
    """Sentences: where the claim holds and where it does not, from what was saved in fact."""
    if not realized:
        return (
            "Multiplies alone are known here: what they save in time or instructions was not measured. "
            "`edgegenre bench --suite audit` measures it.",
        )
    sentences = []
    for view, words in (("parameters", "At equal parameters"), ("width", "At equal width")):
        for recurrent, kind in ((False, "without a recurrent layer"), (True, "with a recurrent layer")):
            group = [item for item in realized if (item.view, item.recurrent) == (view, recurrent)]
            if not group:
                continue
            pays = [item for item in group if item.saving >= NO_SAVING]
            costs_more = [item for item in group if item.saving <= 1 / NO_SAVING]
            equal = [item for item in group if item not in pays and item not in costs_more]
            parts = [
                f"{does} {_list(item.place.name for item in some)} ({_span([item.saving for item in some])}×)"
                for does, some in (("pays on", pays), ("makes no difference on", equal), ("costs more on", costs_more))
                if some
            ]
            shares = [item.share for item in group]
            sentences.append(
                f"{words}, {kind}, separable convolution {'; '.join(parts)}, where multiplies promise "
                f"{_span([item.multiply_saving for item in group])}×: {100 * min(shares):.0f} to "
                f"{100 * max(shares):.0f} % of the promise is kept."
            )
    return tuple(sentences)


def _verdict(savings: Sequence[float]) -> Verdict:
    holding = [saving >= NO_SAVING for saving in savings]
    return "holds" if all(holding) else "partly" if any(holding) else "fails"


def _times(*savings: float) -> str:
    if max(savings) < NO_SAVING:
        return f"no saving ({_span([1 / saving for saving in savings])} times the multiplies)"
    return f"{_span(savings)} times fewer multiplies"


def _span(values: Sequence[float]) -> str:
    low, high = f"{min(values):.3g}", f"{max(values):.3g}"
    return low if low == high else f"{low} to {high}"


def _mean(values: Sequence[float]) -> float:
    """Geometric: of ratios."""
    return math.exp(sum(map(math.log, values)) / len(values))


def _list(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
