"""Accuracies that may be compared: those on the same data, split and arithmetic, against what the models cost."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edgegenre.records.record import Accuracy, Record
from edgegenre.records.words import data_words
from edgegenre.zoo.entry import ZooEntry


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


Comparable = Mapping[tuple[Accuracy, str], Mapping[str, Record]]
"""By data set and split (an accuracy of 0) and arithmetic: the newest record of each model."""


def comparable_records(records: Sequence[Record], models: Mapping[str, ZooEntry]) -> Comparable:
    groups: dict[tuple[Accuracy, str], dict[str, Record]] = {}
    for record in records:
        if record.accuracy is not None and record.model in models:
            same = dataclasses.replace(record.accuracy, value=0.0, low=None, high=None, macro_f1=None, extra={})
            known = groups.setdefault((same, record.arithmetic), {})
            if record.model not in known or record.date >= known[record.model].date:
                known[record.model] = record
    return groups


def by_artist(groups: Comparable) -> dict[str, Accuracy]:
    """Accuracies in int8 on artists apart and real music, of the data on which most models were scored."""
    suited = [
        {name: record.accuracy for name, record in found.items() if record.accuracy is not None}
        for (same, arithmetic), found in groups.items()
        if same.grouping == "artist" and not same.synthetic and arithmetic == "float32"
    ]
    return max(suited, key=_count, default={})


def _count(accuracies: Mapping[str, Accuracy]) -> int:
    return len(accuracies)


def curves_of(groups: Comparable, models: Mapping[str, ZooEntry]) -> tuple[Curve, ...]:
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


def one_arithmetic(curves: Sequence[Curve]) -> list[Curve]:
    """One curve of each data set and split, in int8 where it was scored so: other arithmetics say the same again."""
    first: dict[str, Curve] = {}
    for curve in sorted(curves, key=lambda curve: curve.arithmetic != "float32"):
        first.setdefault(curve.data, curve)
    return list(first.values())
