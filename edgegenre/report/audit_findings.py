"""What the comparisons say of the claim that separable convolution is the efficient choice; every sentence follows from
the figures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from edgegenre.records.words import accuracy_words
from edgegenre.report.audit_curves import Curve, one_arithmetic
from edgegenre.report.audit_pairs import Pairing, Realized, View, pairing_of, work_of
from edgegenre.report.places import Place
from edgegenre.zoo.entry import ZooEntry

Verdict = Literal["holds", "partly", "fails", "unknown"]

NO_SAVING = 1.1
"""A factor below this is called no saving: a tenth disappears in any engine's overhead."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one view says of the claim that separable convolution is the efficient choice."""

    view: View
    verdict: Verdict
    text: str


def accuracy_finding(
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
            pairing = pairing_of(
                "accuracy", work_of(models[cheapest.model]), work_of(models[theirs.model]), models, measured
            )
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


def parameter_finding(comparisons: Sequence[Pairing]) -> Finding:
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


def width_finding(comparisons: Sequence[Pairing]) -> Finding:
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


def conclusion(realized: Sequence[Realized]) -> tuple[str, ...]:
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


def _list(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
