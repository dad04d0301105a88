"""What a person is told: the genre, that it is unknown, or silence; since when, and how sure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from edgegenre.decisions.decider import Answer
from edgegenre.decisions.rules import ONE, Rules

Kind = Literal["genre", "unknown", "silence"]


@dataclass(frozen=True, kw_only=True)
class Event:
    """The answer has changed at `time_seconds`, or a clip has one more window.

    kind: whether it is a genre. label: the genre, None where it is none. probability: averaged over the last decisions;
    of an unknown sound that of the most probable genre, of silence 0. since_seconds: when the answer was first said.
    """

    time_seconds: float
    kind: Kind
    label: str | None
    probability: float
    since_seconds: float

    @property
    def text(self) -> str:
        """The genre, "unknown" or "silence"."""
        return self.kind if self.label is None else self.label


def event_of(answer: Answer, labels: Sequence[str], rules: Rules, seconds: Callable[[int], float]) -> Event:
    """`answer` in words. seconds: of its times."""
    is_genre = answer.answer < rules.classes
    return Event(
        time_seconds=seconds(answer.now),
        kind="genre" if is_genre else "unknown" if answer.answer == rules.unknown else "silence",
        label=labels[answer.answer] if is_genre else None,
        probability=answer.probability / ONE,
        since_seconds=seconds(answer.since),
    )
