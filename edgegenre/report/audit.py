"""Is depthwise separable convolution (DSC) the efficient choice? Three comparisons, by formulas (2) and (4).

Liang et al. compare models of equal parameters. Multiplies are computed here from the network descriptions; nothing is
taken from the paper's results.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from edgegenre.network.costs import Costs, costs
from edgegenre.network.standard_twin import with_standard_convolutions
from edgegenre.records.record import Accuracy, Record
from edgegenre.records.words import accuracy_words, data_words
from edgegenre.zoo.entry import ZooEntry
from edgegenre.zoo.registry import MODELS

View = Literal["parameters", "width", "accuracy"]
Verdict = Literal["holds", "partly", "fails", "unknown"]

NO_SAVING = 1.1
"""A factor below this is called no saving: a tenth disappears in any engine's overhead."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """One side of a comparison. convolution_multiplies: without recurrent and dense layers."""

    name: str
    parameters: int
    multiplies: int
    convolution_multiplies: int


@dataclass(frozen=True, kw_only=True)
class Pairing:
    """A separable model beside a standard one.

    milliseconds: of a clip, separable and standard, measured on one machine; None where they were not.
    """

    view: View
    recurrent: bool
    separable: Work
    standard: Work
    milliseconds: tuple[float, float] | None = None

    @property
    def saving(self) -> float:
        """How many times fewer multiplies the separable model needs."""
        return self.standard.multiplies / self.separable.multiplies

    @property
    def convolution_saving(self) -> float:
        """The same, convolutions alone."""
        return self.standard.convolution_multiplies / self.separable.convolution_multiplies


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one view says of the claim that separable convolution is the efficient choice."""

    view: View
    verdict: Verdict
    text: str


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The three views, in the order of `findings`. The third is empty where no accuracies can be compared."""

    equal_parameters: tuple[Pairing, ...]
    equal_width: tuple[Pairing, ...]
    equal_accuracy: tuple[Pairing, ...]
    findings: tuple[Finding, Finding, Finding]


def audit(records: Sequence[Record] = (), models: Mapping[str, ZooEntry] = MODELS) -> Audit:
    """Compare every separable model of the zoo with its standard partner, and with itself at equal width.

    `records` give the accuracies of the third view, of which only those on the same data and split are compared, and
    the measured times: those of LiteRT int8, on the machine that was measured last.
    """
    times = _measured_times(records)
    pairs = [
        (name, entry.standard_partner)
        for name, entry in models.items()
        if entry.standard_partner is not None and entry.standard_partner in models
    ]
    parameters = tuple(
        _compare("parameters", models[separable], models[standard], times) for separable, standard in pairs
    )
    width = tuple(_at_equal_width(models[name], times) for name, _ in pairs)
    accuracy, finding = _equal_accuracy(records, models, times)
    return Audit(
        equal_parameters=parameters,
        equal_width=width,
        equal_accuracy=accuracy,
        findings=(_parameter_finding(parameters), _width_finding(width), finding),
    )


def _compare(view: View, separable: ZooEntry, standard: ZooEntry, times: Mapping[str, float]) -> Pairing:
    return Pairing(
        view=view,
        recurrent=standard.build(standard.paper_classes).recurrent,
        separable=_work(separable.name, separable.costs()),
        standard=_work(standard.name, standard.costs()),
        milliseconds=_both(times, separable.name, standard.name),
    )


def _at_equal_width(entry: ZooEntry, times: Mapping[str, float]) -> Pairing:
    network = with_standard_convolutions(entry.build(entry.paper_classes))
    return Pairing(
        view="width",
        recurrent=network.recurrent,
        separable=_work(entry.name, entry.costs()),
        standard=_work(network.name, costs(network, frames_per_second=1 / entry.clock.hop_seconds)),
        milliseconds=_both(times, entry.name, network.name),
    )


def _both(times: Mapping[str, float], separable: str, standard: str) -> tuple[float, float] | None:
    return (times[separable], times[standard]) if separable in times and standard in times else None


def _measured_times(records: Sequence[Record]) -> dict[str, float]:
    """Milliseconds of a clip by model, LiteRT int8, on the machine of the newest such record."""
    found = [
        record
        for record in records
        if record.latency and (record.engine, record.workload, record.arithmetic) == ("litert", "clip", "float32")
    ]
    if not found:
        return {}
    newest = max(found, key=lambda record: record.date)
    return {
        item.model: item.latency.undisturbed_ms for item in found if item.machine == newest.machine and item.latency
    }


def _work(name: str, value: Costs) -> Work:
    return Work(
        name=name,
        parameters=value.parameters,
        multiplies=value.multiplies,
        convolution_multiplies=value.convolution_multiplies,
    )


def _equal_accuracy(
    records: Sequence[Record], models: Mapping[str, ZooEntry], times: Mapping[str, float]
) -> tuple[tuple[Pairing, ...], Finding]:
    """For each standard model, the separable one that is at least as accurate on the same data with the least work."""
    groups: dict[tuple[Accuracy, str], dict[str, Accuracy]] = {}
    for record in records:
        if record.accuracy is not None and record.model in models:
            same = dataclasses.replace(record.accuracy, value=0.0, low=None, high=None)
            groups.setdefault((same, record.arithmetic), {})[record.model] = record.accuracy
    comparisons, sentences, missed = [], [], False
    for (same, arithmetic), scores in groups.items():
        separable = {name: found for name, found in scores.items() if models[name].separable}
        for standard in sorted(set(scores) - set(separable)) if separable else ():
            where = f"on {data_words(same)}, {arithmetic}"
            theirs = scores[standard]
            reached = [name for name, found in separable.items() if found.value >= theirs.value]
            if not reached:
                near = any(found.high is not None and found.high >= theirs.value for found in separable.values())
                missed = missed or not near
                sentences.append(
                    f"no separable model here reaches {standard} ({accuracy_words(theirs)}) {where}"
                    + (", but so few clips may do that by chance" if near else "")
                )
                continue
            cheapest = min(reached, key=lambda name: models[name].costs().multiplies)
            comparison = _compare("accuracy", models[cheapest], models[standard], times)
            comparisons.append(comparison)
            sentences.append(
                f"{cheapest} ({accuracy_words(scores[cheapest])}) is at least as accurate as {standard} "
                f"({accuracy_words(theirs)}) {where}, with {_times(comparison.saving)}"
            )
    if not sentences:
        text = (
            "At equal accuracy nothing can be said yet: that needs measured accuracies of a separable and of a "
            "standard model on the same data and split."
        )
        return (), Finding(view="accuracy", verdict="unknown", text=text)
    verdict: Verdict = "fails" if missed else "unknown"
    if comparisons:
        verdict = _verdict([0.0 if missed else 10.0, *(item.saving for item in comparisons)])
    text = f"At equal accuracy, as far as measured: {'; '.join(sentences)}.{_measured(comparisons)}"
    return tuple(comparisons), Finding(view="accuracy", verdict=verdict, text=text)


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
    sentences = []
    for item in comparisons:
        if item.milliseconds:
            ordered = sorted(zip(item.milliseconds, (item.separable.name, item.standard.name), strict=True))
            (fast, faster), (slow, slower) = ordered
            sentences.append(f"{slower} takes {slow / fast:.2f} times as long as {faster}")
    return f" Measured with LiteRT int8: {', '.join(sentences)}." if sentences else ""


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
