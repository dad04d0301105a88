"""The figures to remember, at the top of the report."""

from collections.abc import Sequence
from dataclasses import dataclass

from edgegenre.records.record import Record
from edgegenre.records.words import data_words, engine_words, mebibytes, milliseconds
from edgegenre.report.gain import Gain


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One figure, what it is and where it comes from."""

    value: str
    label: str
    provenance: str


def tiles(records: Sequence[Record], gains: Sequence[Gain]) -> list[Tile]:
    """The fastest clip, the best int8 accuracy, the largest saving of streaming, the least memory: those there are."""
    clips = [record for record in records if record.workload == "clip"]
    found = []
    timed = [(record.latency.p50_ms, record) for record in clips if record.latency]
    if timed:
        time, record = min(timed, key=lambda item: item[0])
        label = f"for a clip: {record.model} on {engine_words(record.engine, record.arithmetic)}, one thread"
        found.append(Tile(value=milliseconds(time), label=label, provenance=record.provenance))
    scored = [(record.accuracy, record) for record in clips if record.accuracy and record.arithmetic != "float"]
    if scored:
        accuracy, record = max(scored, key=lambda item: item[0].value)
        label = f"accuracy in int8: {record.model} on {data_words(accuracy)}"
        found.append(Tile(value=f"{100 * accuracy.value:.1f} %", label=label, provenance="measured"))
    if gains:
        gain = max(gains, key=lambda item: item.multiplies)
        label = f"fewer multiplies a decision when {gain.update.model} streams instead of recomputing its window"
        found.append(Tile(value=f"{gain.multiplies:.0f}×", label=label, provenance="computed"))
    used = [(record.memory.peak_bytes, record) for record in clips if record.memory]
    if used:
        peak, record = min(used, key=lambda item: item[0])
        label = f"peak memory above its libraries: {record.model} on {engine_words(record.engine, record.arithmetic)}"
        found.append(Tile(value=mebibytes(peak), label=label, provenance="measured"))
    return found
