"""What a manifest says of how far the answers can be believed: their calibration, and how they fare in bad sound."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 0.25, 20.0
"""Bounds of what logits are divided by. Beyond them a classifier is as good as always, or never, sure."""

MOST_TRACKS = 10_000_000
LONGEST_TEXT = 200
MOST_ROWS = 200

Kind = Literal["clean", "level", "response", "room", "noise"]
"""What a microphone, its place or its surroundings do to music."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """The temperature that real logits are divided by, and what it does on the tracks that it was fitted to.

    tracks: how many; split: which part of the run's split they are. arithmetic: whose logits were fitted. ece_before,
    ece_after: expected calibration error, 0 to 1, without and with the temperature. It was fitted to these very tracks:
    the error on test tracks is among the metrics.

    Raises ValueError when a figure is out of bounds.
    """

    temperature: float
    tracks: int
    split: str
    arithmetic: str
    ece_before: float
    ece_after: float

    def __post_init__(self) -> None:
        _number("temperature", self.temperature, LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE)
        _count("tracks", self.tracks)
        for name in ("split", "arithmetic"):
            _text(name, getattr(self, name))
        for name in ("ece_before", "ece_after"):
            _number(name, getattr(self, name), 0, 1)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read untrusted JSON data. Raises KeyError, TypeError or ValueError when it is not well formed."""
        return cls(**{item.name: data[item.name] for item in dataclasses.fields(cls)})


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """How many tracks were recognized in one kind of sound.

    condition: in words. accuracy: 0 to 1, with its 95 % Wilson interval. confidence: the mean probability of the
    answers.
    """

    kind: Kind
    condition: str
    accuracy: float
    interval: tuple[float, float]
    confidence: float

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"kind {self.kind!r} is not known")
        _text("condition", self.condition)
        for name, value in (("accuracy", self.accuracy), ("confidence", self.confidence)):
            _number(name, value, 0, 1)
        low, high = self.interval
        _number("interval", low, 0, 1)
        _number("interval", high, 0, 1)


@dataclass(frozen=True, kw_only=True)
class MicrophoneScore:
    """A test repeated as microphones, rooms and surroundings would let a device hear it.

    hearings: the sound as it is first. data, split: of the tracks, `tracks` of them. seed: of rooms and noises.
    synthetic: the music was rendered, not recorded.

    Raises ValueError when a figure is out of bounds.
    """

    data: str
    split: str
    tracks: int
    synthetic: bool
    engine: str
    arithmetic: str
    seed: int
    hearings: tuple[Hearing, ...]

    def __post_init__(self) -> None:
        for name in ("data", "split", "engine", "arithmetic"):
            _text(name, getattr(self, name))
        _count("tracks", self.tracks)
        _number("seed", self.seed, 0, 2**32 - 1)
        if not 1 <= len(self.hearings) <= MOST_ROWS:
            raise ValueError(f"{len(self.hearings)} conditions: from 1 to {MOST_ROWS} are possible")

    @property
    def clean(self) -> Hearing:
        """The sound as it is."""
        return self.hearings[0]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read untrusted JSON data. Raises KeyError, TypeError or ValueError when it is not well formed."""
        names = [item.name for item in dataclasses.fields(Hearing)]
        rows = [{name: row[name] for name in names} for row in data["hearings"]]
        hearings = tuple(Hearing(**row | {"interval": tuple(row["interval"])}) for row in rows)
        if not isinstance(data["synthetic"], bool):
            raise TypeError("synthetic is neither true nor false")
        values = {item.name: data[item.name] for item in dataclasses.fields(cls)}
        return cls(**values | {"hearings": hearings})


def _number(name: str, value: object, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} {value!r} is no number")
    if not math.isfinite(value) or not low <= value <= high:
        raise ValueError(f"{name} {value:g}: from {low:g} to {high:g} is possible")


def _count(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} {value!r} is no whole number")
    _number(name, value, 1, MOST_TRACKS)


def _text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} {value!r} is no text")
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"{name} has {len(value)} characters, more than {LONGEST_TEXT}")
