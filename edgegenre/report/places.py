"""Where work was measured: an engine on a processor by the clock, or an emulated core by counted instructions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from edgegenre.records.record import Machine, Record
from edgegenre.records.words import engine_words

Unit = Literal["ms", "instructions"]


@dataclass(frozen=True, kw_only=True)
class Place:
    """name: for a heading. unit: of what a clip takes there."""

    name: str
    unit: Unit

    @property
    def provenance(self) -> str:
        """Times are measured, instructions are emulated."""
        return "measured" if self.unit == "ms" else "emulated"


def clip_cost(record: Record) -> float | None:
    """What one clip took: instructions of an emulated core, milliseconds of one thread; None of other work."""
    if record.workload != "clip" or record.batch != 1 or record.threads != 1 or record.mode not in ("", "eager"):
        return None
    if record.provenance == "emulated":
        return float(record.instructions) if record.instructions else None
    return record.latency.undisturbed_ms if record.latency and record.machine.kind == "cpu" else None


def place_costs(records: Sequence[Record]) -> dict[Place, dict[str, float]]:
    """By place: what a clip of each model took. Of several processors the one that was measured last is taken.

    A model's newest figure counts. Places by the clock come first.
    """
    costly = [(record, cost) for record in records if (cost := clip_cost(record)) is not None]
    timed = [record for record, _ in costly if record.provenance == "measured"]
    machine = max(timed, key=lambda record: record.date).machine if timed else None
    found: dict[Place, dict[str, float]] = {}
    for record, cost in sorted(costly, key=lambda item: item[0].date):
        if record.provenance == "emulated" or _same(record.machine, machine):
            found.setdefault(_place(record), {})[record.model] = cost
    return dict(sorted(found.items(), key=lambda item: (item[0].unit != "ms", item[0].name)))


def _same(one: Machine, other: Machine | None) -> bool:
    return other is not None and (one.kind, one.name) == (other.kind, other.name)


def _place(record: Record) -> Place:
    if record.provenance == "emulated":
        return Place(name=record.machine.name, unit="instructions")
    return Place(name=engine_words(record.engine, record.arithmetic), unit="ms")
