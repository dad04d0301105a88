"""What was measured on each target, as tables: engines by the clock, emulated cores, real boards."""

from collections.abc import Sequence

from edgegenre.records.record import Record
from edgegenre.records.words import (
    accuracy_words,
    data_words,
    engine_words,
    mebibytes,
    millions,
    milliseconds,
    ratio_words,
    subject_words,
)
from edgegenre.report.tables import NOTHING, Table, kilobytes, make_table


def origin(record: Record) -> str:
    """Where a record's figures come from: how, on what, of which data, when, with what."""
    parts = [record.provenance, f"{record.machine.name} ({record.machine.system})"]
    if record.accuracy:
        grouped = {"artist": ", grouped by artist", "track": ", by track", None: ""}[record.accuracy.grouping]
        parts.append(f"accuracy on {data_words(record.accuracy)}{grouped}")
    parts.append(record.date)
    parts += [f"{package} {version}" for package, version in sorted(record.versions.items())]
    return "; ".join([*parts, *([record.note] if record.note else [])])


def engine_table(records: Sequence[Record]) -> Table | None:
    """Whole clips by the clock, one row an engine, number of threads and bundle; None without any."""
    shown = [record for record in records if record.workload == "clip" and record.latency]
    if not shown:
        return None
    rows = []
    for record in shown:
        latency, ratio = record.latency, record.ratio
        assert latency is not None
        rows.append(
            (
                subject_words(record, records),
                engine_words(record.engine, record.arithmetic) + (f", {record.mode}" if record.mode else ""),
                str(record.threads),
                f"{milliseconds(latency.p50_ms)} ({latency.p5_ms:.2f} to {latency.p95_ms:.2f})",
                milliseconds(latency.p99_ms) if latency.p99_ms else NOTHING,
                str(latency.runs),
                milliseconds(latency.processor_ms) if latency.processor_ms else NOTHING,
                ratio_words(ratio) or NOTHING,
                mebibytes(record.memory.peak_bytes) if record.memory else NOTHING,
                millions(record.multiplies),
                accuracy_words(record.accuracy) if record.accuracy else NOTHING,
                data_words(record.accuracy) if record.accuracy else NOTHING,
                record.provenance,
            )
        )
    against = next((record.ratio.against for record in shown if record.ratio), "the first engine")
    return make_table(
        caption="One whole clip, features in, logits out. Time: median and 5 % to 95 % of the runs by the clock, and "
        "the median processor time, which other programs stretch less. The ratio is the time over that of "
        f"{against} in the same round, median and 5 % to 95 % of the rounds; where these contain 1, the two are equal. "
        "Multiplies are computed; accuracies, with 95 % intervals, are those of the bundle's manifest.",
        columns=[
            ("model", "text"),
            ("engine", "text"),
            ("threads", "number"),
            ("time of a clip", "number"),
            ("99 %", "number"),
            ("runs", "number"),
            ("processor time", "number"),
            (f"ratio to {against}", "number"),
            ("peak memory", "number"),
            ("multiplies", "number"),
            ("accuracy", "number"),
            ("scored on", "long"),
            ("provenance", "badge"),
        ],
        rows=rows,
        origins=[origin(record) for record in shown],
    )


def energy_table(records: Sequence[Record]) -> Table | None:
    """What a power meter measured, one row a machine and bundle; None without any."""
    shown = [(record, record.energy) for record in records if record.energy]
    if not shown:
        return None
    return make_table(
        caption="Energy of one run, median of the measurements, and what the meter saw.",
        columns=[
            ("model", "text"),
            ("machine", "text"),
            ("engine", "text"),
            ("run", "text"),
            ("energy", "number"),
            ("measurements", "number"),
            ("meter", "long"),
            ("provenance", "badge"),
        ],
        rows=[
            (
                record.bundle or record.model,
                record.machine.name,
                engine_words(record.engine, record.arithmetic),
                record.workload,
                f"{energy.millijoules:,.3g} mJ" if energy.millijoules < 100 else f"{energy.millijoules:,.0f} mJ",
                str(energy.measurements),
                energy.meter,
                record.provenance,
            )
            for record, energy in shown
        ],
        origins=[origin(record) for record, _ in shown],
    )


def instruction_table(records: Sequence[Record]) -> Table | None:
    """Emulated cores, one row a core and bundle or network; None without any."""
    shown = [record for record in records if record.workload == "clip" and record.instructions]
    if not shown:
        return None
    rows = []
    for record in shown:
        firmware, each = record.firmware, record.multiplies and (record.instructions or 0) / record.multiplies
        rows.append(
            (
                record.bundle or record.model,
                record.machine.name,
                engine_words(record.engine, record.arithmetic),
                f"{millions(record.instructions)}",
                f"{each:.2f}" if each else NOTHING,
                millions(firmware.longest_slice) if firmware else NOTHING,
                millions(firmware.frontend_instructions) if firmware and firmware.frontend_instructions else NOTHING,
                kilobytes(record.ram_bytes),
                kilobytes(record.flash_bytes),
                f"{firmware.stack_bytes} B" if firmware and firmware.stack_bytes else NOTHING,
                _exactness(record),
                record.provenance,
            )
        )
    return make_table(
        caption="Instructions of one clip, from features to logits, counted on emulated cores: never a time. RAM and "
        "flash are those of the program that was run.",
        columns=[
            ("model", "text"),
            ("core", "text"),
            ("engine", "text"),
            ("instructions", "number"),
            ("a multiply", "number"),
            ("longest slice", "number"),
            ("a feature row", "number"),
            ("RAM", "number"),
            ("flash", "number"),
            ("stack", "number"),
            ("logits that differ", "number"),
            ("provenance", "badge"),
        ],
        rows=rows,
        origins=[origin(record) for record in shown],
    )


def _exactness(record: Record) -> str:
    found = record.exactness
    return f"{found.mismatches} of {found.values}" if found else NOTHING


def board_table(records: Sequence[Record]) -> Table | None:
    """What emulated instructions imply on real boards, one row a board and bundle; None without any."""
    shown = [record for record in records if record.load]
    if not shown:
        return None
    rows = []
    for record in shown:
        load = record.load
        assert load is not None
        rows.append(
            (
                record.bundle or record.model,
                load.board,
                f"{100 * load.share:.0f} %",
                f"{load.clock_needed_hz / 1e6:.0f} of {load.clock_hz / 1e6:.0f} MHz",
                f"{load.cycles_per_instruction:g}",
                kilobytes(load.ram_bytes),
                kilobytes(load.flash_bytes),
                "yes" if load.fits else "no",
                "yes" if load.keeps_up else "no",
                record.provenance,
            )
        )
    return make_table(
        caption="Real boards: the share of the clock that the classifier takes while it listens, and the clock with "
        "which no sample is lost, computed from counted instructions at an assumed number of cycles each.",
        columns=[
            ("model", "text"),
            ("board", "text"),
            ("load", "number"),
            ("clock needed", "number"),
            ("cycles an instruction", "number"),
            ("the board's RAM", "number"),
            ("its flash", "number"),
            ("fits", "text"),
            ("keeps up", "text"),
            ("provenance", "badge"),
        ],
        rows=rows,
        origins=[origin(record) for record in shown],
    )


def profile_table(record: Record) -> Table:
    """The layers of one profile."""
    timed = any(layer.milliseconds is not None for layer in record.layers)
    costs = [layer.milliseconds if timed else layer.instructions for layer in record.layers]
    total = sum(cost or 0 for cost in costs) or 1
    rows = []
    for layer, cost in zip(record.layers, costs, strict=True):
        each = (cost or 0) * (1e6 if timed else 1) / layer.multiplies if layer.multiplies else None
        rows.append(
            (
                layer.name,
                layer.kind,
                milliseconds(cost or 0) if timed else millions(cost),
                f"{100 * (cost or 0) / total:.1f} %",
                millions(layer.multiplies) if layer.multiplies else NOTHING,
                f"{each:.3g}{' ns' if timed else ''}" if each else NOTHING,
                f"{layer.bytes:,}" if layer.bytes is not None else NOTHING,
                record.provenance,
            )
        )
    return make_table(
        caption=f"One clip of {record.bundle or record.model} on {record.machine.name}, "
        f"{engine_words(record.engine, record.arithmetic)}, layer by layer. Multiplies and the bytes that an int8 "
        "stream keeps are computed.",
        columns=[
            ("layer", "text"),
            ("kind", "text"),
            ("time" if timed else "instructions", "number"),
            ("share", "number"),
            ("multiplies", "number"),
            ("a multiply", "number"),
            ("bytes kept", "number"),
            ("provenance", "badge"),
        ],
        rows=rows,
        origins=[origin(record)] * len(rows),
    )
