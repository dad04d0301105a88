"""What streaming saves: one update beside the whole window it makes unnecessary."""

from collections.abc import Sequence
from dataclasses import dataclass

from edgegenre.records.record import Record


@dataclass(frozen=True, kw_only=True)
class Gain:
    """One engine's cost of a new decision, streamed and recomputed; `update` is the record of the streamed one."""

    update: Record
    update_ms: float
    clip_ms: float
    update_multiplies: int
    clip_multiplies: int

    @property
    def time(self) -> float:
        """How many times faster the update is."""
        return self.clip_ms / self.update_ms

    @property
    def multiplies(self) -> float:
        """How many times fewer multiplies it needs."""
        return self.clip_multiplies / self.update_multiplies


def streaming_gains(records: Sequence[Record]) -> list[Gain]:
    """Each measured update with the whole clip of the same engine, machine, bundle and arithmetic."""

    def key(record: Record) -> tuple[object, ...]:
        return (record.machine, record.engine, record.bundle, record.arithmetic)

    clips = {key(record): record for record in records if record.workload == "clip"}
    gains = []
    for update in records:
        clip = clips.get(key(update))
        if update.workload != "update" or clip is None:
            continue
        if update.latency and clip.latency and update.multiplies and clip.multiplies:
            gains.append(
                Gain(
                    update=update,
                    update_ms=update.latency.undisturbed_ms,
                    clip_ms=clip.latency.undisturbed_ms,
                    update_multiplies=update.multiplies,
                    clip_multiplies=clip.multiplies,
                )
            )
    return gains
