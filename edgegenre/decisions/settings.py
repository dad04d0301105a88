"""How logits become answers, as a bundle's manifest says it: frozen data in the units people think in."""

import dataclasses
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self, get_args

Score = Literal["probability", "logit", "energy", "other"]
"""How much of a genre the model hears. probability: that of the most probable genre. logit: the largest logit.
energy: T log(sum of exp(logit / T)), Liu et al. 2020. other: one minus the probability of the class `other`."""

SCORES: tuple[Score, ...] = get_args(Score)

MOST_DECISIONS = 256
"""Decisions that are averaged, or that have to agree: more would not fit the fraction bits of the mean."""

LOUDEST, QUIETEST = 0.0, -90.0
"""dBFS of a mean square: of a square wave at full scale, and of samples that are one step from zero."""

SMOOTHING_SECONDS, CONFIRMATION_SECONDS = 2.0, 1.0


@dataclass(frozen=True, kw_only=True)
class Gate:
    """When it is silent. Levels are in dBFS, of the mean square of one hop of samples against full scale.

    A hop at `opens` or louder opens the gate; `hold_seconds` of hops quieter than `closes` close it again.
    Raises ValueError when a value is out of bounds.
    """

    opens: float = -66.0
    closes: float = -70.0
    hold_seconds: float = 1.0

    def __post_init__(self) -> None:
        _within("gate.opens", self.opens, QUIETEST, LOUDEST)
        _within("gate.closes", self.closes, QUIETEST, self.opens)
        _within("gate.hold_seconds", self.hold_seconds, 0.0, 60.0)


@dataclass(frozen=True, kw_only=True)
class Reject:
    """What is unknown: where `score` is below `threshold`; a genre that is the answer stays it `hysteresis` below.

    Both are probabilities (0 to 1) for the scores "probability" and "other", real logits for the two others.
    Raises ValueError when a value is out of bounds.
    """

    score: Score = "probability"
    threshold: float = 0.3
    hysteresis: float = 0.05

    def __post_init__(self) -> None:
        if self.score not in SCORES:
            raise ValueError(f"reject.score {self.score!r} is not known; this version has: {', '.join(SCORES)}")
        largest = 1.0 if self.score in ("probability", "other") else 1000.0
        _within("reject.threshold", self.threshold, 0.0 if largest == 1.0 else -largest, largest)
        _within("reject.hysteresis", self.hysteresis, 0.0, largest)


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """How the logits of a stream become answers.

    smoothing: decisions that probabilities and scores are averaged over: the first ones plainly, from then on each with
    the weight 1 / smoothing. thresholds: by label, the averaged probability that a genre has to reach; 0 for those that
    are not named. hysteresis: how far a genre that is the answer may fall behind its threshold, and behind another
    genre. confirmation: decisions in a row that have to say the same before the answer changes. other: the label that
    stands for everything that is no genre; its answer is "unknown".

    A clip's windows are averaged over the whole clip, and each is answered at once: smoothing, confirmation and
    hysteresis are of streams that go on.
    Raises ValueError when a value is out of bounds.
    """

    gate: Gate = field(default_factory=Gate)
    reject: Reject = field(default_factory=Reject)
    smoothing: int = 10
    thresholds: Mapping[str, float] = field(default_factory=dict)
    hysteresis: float = 0.05
    confirmation: int = 5
    other: str | None = None

    def __post_init__(self) -> None:
        _count("smoothing", self.smoothing)
        _count("confirmation", self.confirmation)
        _within("hysteresis", self.hysteresis, 0.0, 1.0)
        for label, threshold in self.thresholds.items():
            _within(f"thresholds.{label}", threshold, 0.0, 1.0)
        if (self.reject.score == "other") > (self.other is not None):
            raise ValueError("the score 'other' needs the label of that class, as 'other'")

    def check_labels(self, labels: Collection[str]) -> None:
        """Raise ValueError when a label is named that the model does not have."""
        named = [*self.thresholds, *([self.other] if self.other is not None else [])]
        for label in named:
            if label not in labels:
                raise ValueError(f"the decisions name '{label}', and the model has no such label")

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data; `from_dict` takes it back."""
        return dataclasses.asdict(self) | {"thresholds": dict(self.thresholds)}

    @classmethod
    def from_dict(cls, values: Any) -> Self:
        """The decisions in a manifest, which is not trusted; what is absent has its default.

        Raises ValueError when something is not known, of another type or out of bounds.
        """
        read = _known(cls, values, "decisions")
        for name, one in (("gate", Gate), ("reject", Reject)):
            if name in read:
                read[name] = one(**_known(one, read[name], f"decisions.{name}"))
        if not isinstance(read.get("thresholds", {}), Mapping):
            raise ValueError("decisions.thresholds must be a table of labels and probabilities")
        if not isinstance(read.get("other"), str | None):
            raise ValueError("decisions.other must be a label")
        return cls(**read)


def default_decisions(decision_seconds: float) -> Decisions:
    """The decisions of a model that brings none. decision_seconds: between two decisions of a stream that goes on."""
    return Decisions(
        smoothing=decisions_in(SMOOTHING_SECONDS, decision_seconds),
        confirmation=decisions_in(CONFIRMATION_SECONDS, decision_seconds),
    )


def decisions_in(seconds: float, decision_seconds: float) -> int:
    """How many decisions, one every `decision_seconds`, there are in about `seconds`: 1 to MOST_DECISIONS."""
    return min(max(round(seconds / decision_seconds), 1), MOST_DECISIONS)


def _known(kind: type[Any], values: Any, where: str) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        raise ValueError(f"{where} must be a table of names and values")
    names = [item.name for item in dataclasses.fields(kind)]
    for name in values:
        if name not in names:
            raise ValueError(f"{where} has no '{name}'; this version has: {', '.join(names)}")
    return dict(values)


def _within(name: str, value: object, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} must be a number")
    if not low <= value <= high:
        raise ValueError(f"{name} is {value:g}, not within {low:g} and {high:g}")


def _count(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_DECISIONS:
        raise ValueError(f"{name} must be a whole number from 1 to {MOST_DECISIONS}")
