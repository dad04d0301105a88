"""Records as short tables for a terminal: one for each target and kind of figure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edgegenre.records.record import Record
from edgegenre.records.words import engine_words, mebibytes, millions, milliseconds, ratio_words


@dataclass(frozen=True, kw_only=True)
class Summary:
    """left: how many columns are texts."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int


def summaries(records: Sequence[Record]) -> list[Summary]:
    """The tables of `records`, target by target, in the order in which they were measured."""
    found = []
    for target, machine in dict.fromkeys((record.target, record.machine) for record in records if _timed(record)):
        own = [record for record in records if (record.target, record.machine) == (target, machine)]
        about = f"{target}: {machine.name}, {machine.cores} cores"
        found += _tables(own, about)
    found += _tables([record for record in records if record.provenance != "measured"], "")
    return found


def _timed(record: Record) -> bool:
    return record.provenance == "measured"


def _tables(records: Sequence[Record], about: str) -> list[Summary]:
    found = []
    for title, headings, left, belongs, row in _KINDS:
        rows = tuple(row(record) for record in records if belongs(record))
        if rows:
            where = f"{about}; {title}" if about else title
            found.append(Summary(title=where, headings=headings, rows=rows, left=left))
    return found


def _latency_row(record: Record) -> tuple[str, ...]:
    latency = record.latency
    assert latency is not None
    mode = f", {record.mode}" if record.mode else ""
    batch = f", batch {record.batch}" if record.batch > 1 else ""
    rate = record.clips_per_second
    return (
        _model(record),
        f"{engine_words(record.engine, record.arithmetic)}{mode}{batch}",
        record.workload,
        str(record.threads),
        milliseconds(latency.p50_ms),
        milliseconds(latency.p90_ms) if latency.p90_ms else "",
        milliseconds(latency.p99_ms) if latency.p99_ms else "",
        str(latency.runs),
        ratio_words(record.ratio),
        f"{rate:,.0f}" if rate else "",
        mebibytes(record.memory.peak_bytes) if record.memory else "",
    )


def _training_row(record: Record) -> tuple[str, ...]:
    training = record.training
    assert training is not None
    return (
        _model(record),
        f"{engine_words(record.engine, record.arithmetic)}, {record.mode}",
        str(record.batch),
        f"{training.clips_per_second:,.0f}",
        f"{training.seconds:,.0f} s for {training.iterations} iterations",
    )


def _arena_row(record: Record) -> tuple[str, ...]:
    assert record.memory is not None
    assert record.exactness is not None
    return (
        _model(record),
        engine_words(record.engine, record.arithmetic),
        f"{record.memory.peak_bytes:,}",
        f"{record.exactness.mismatches} of {record.exactness.values}",
    )


def _emulated_row(record: Record) -> tuple[str, ...]:
    firmware, exact = record.firmware, record.exactness
    return (
        _model(record),
        f"{record.machine.name}, {record.arithmetic}",
        record.workload,
        millions(record.instructions),
        f"{record.instructions / record.multiplies:.2f}" if record.instructions and record.multiplies else "",
        f"{record.ram_bytes:,}" if record.ram_bytes else "",
        f"{record.flash_bytes:,}" if record.flash_bytes else "",
        f"{firmware.stack_bytes:,}" if firmware and firmware.stack_bytes else "",
        millions(firmware.longest_slice) if firmware else "",
        f"{exact.mismatches} of {exact.values}" if exact else "",
    )


def _load_row(record: Record) -> tuple[str, ...]:
    load = record.load
    assert load is not None
    runs = "yes" if load.fits and load.keeps_up else "too slow" if load.fits else "too large"
    return (
        _model(record),
        load.board,
        record.machine.system,
        f"{100 * load.share:.0f} %",
        f"{load.clock_hz / 1e6:.0f} MHz",
        f"{load.cycles_per_instruction:g}",
        f"{record.ram_bytes or 0:,} of {load.ram_bytes:,}",
        f"{record.flash_bytes or 0:,} of {load.flash_bytes:,}",
        runs,
    )


def _model(record: Record) -> str:
    if record.workload == "features":
        return "features"
    return record.model if record.bundle else f"{record.model} (random weights)"


_Kind = tuple[str, tuple[str, ...], int, Callable[[Record], bool], Callable[[Record], tuple[str, ...]]]
_KINDS: tuple[_Kind, ...] = (
    (
        "time",
        (
            *("model", "engine", "workload", "threads", "median", "90 %", "99 %", "runs"),
            *("ratio (5 % to 95 %)", "clips/s", "peak memory"),
        ),
        3,
        lambda record: record.latency is not None,
        _latency_row,
    ),
    (
        "training at the paper's protocol",
        ("model", "engine", "batch", "clips/s", "computed"),
        2,
        lambda record: record.training is not None,
        _training_row,
    ),
    (
        "arena",
        ("model", "engine", "bytes", "logits unlike the reference's"),
        2,
        lambda record: record.engine == "tflite-micro" and record.memory is not None,
        _arena_row,
    ),
    (
        "emulated: instructions counted, no time",
        (
            *("model", "core", "workload", "instructions", "a multiply", "RAM", "flash", "stack", "longest slice"),
            "logits unlike the reference's",
        ),
        3,
        lambda record: record.provenance == "emulated",
        _emulated_row,
    ),
    (
        "computed: the load at a board's clock, at the assumed cycles an instruction (CPI)",
        ("model", "board", "core", "load", "clock", "CPI", "RAM", "flash", "runs there"),
        3,
        lambda record: record.load is not None,
        _load_row,
    ),
)
