"""The report without pictures: Markdown to paste, CSV for a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from edgegenre.bundle import Bundle
from edgegenre.files import write_text
from edgegenre.printable import markdown, printable
from edgegenre.records.record import Record
from edgegenre.report.content import Content, content, latest
from edgegenre.report.tables import Table
from edgegenre.report.target_tables import profile_table
from edgegenre.report.words import TARGET_WORDS, VERDICT_WORDS

_FORMULA = ("=", "+", "-", "@")
"""A cell of text that begins so would be computed by a spreadsheet."""


def write_markdown(out: Path, *, records: Sequence[Record], bundles: Sequence[Bundle] = ()) -> Path:
    """Write the tables and findings of the report to `out`; every table ends with a column of provenance."""
    said = content(records, bundles)
    write_text(out, "\n\n".join(_parts(said)) + "\n")
    return out


def _parts(said: Content) -> list[str]:
    tables = said.tables
    parts = ["# Latency, accuracy and work", f"edgegenre {said.version}, written {said.date}.", "## Summary"]
    parts += [f"- {markdown(f'{tile.value} {tile.label}')} ({tile.provenance})" for tile in said.tiles]
    parts += [f"- {markdown(sentence)}" for sentence in said.findings.conclusion]
    parts += _titled("Bundles", tables["bundles"])
    parts += _titled("Can the answers be trusted?", tables["trust"])
    for section in said.targets:
        parts.append(f"## {markdown(TARGET_WORDS.get(section.target, section.target))}")
        parts += [markdown_table(table) for table in section.tables]
    for record in said.profiles:
        parts += _titled(f"{record.bundle}, layer by layer", profile_table(record))
    parts += _titled("One new decision", tables["stream"])
    parts.append("## Is depthwise separable convolution the efficient choice?")
    parts += [
        f"- **{VERDICT_WORDS[finding.verdict].capitalize()}**: {markdown(finding.text)}"
        for finding in said.findings.findings
    ]
    for name in ("realized", "accuracy", "pairings", "audit"):
        parts += _titled("", tables[name])
    parts.append("## Separable convolution in the other papers")
    parts += [
        f"- **{markdown(item.paper)}, {VERDICT_WORDS[item.verdict]}**: {markdown(item.claim)} {markdown(item.text)}"
        for item in said.elsewhere
    ]
    parts += _titled("", tables["elsewhere"])
    return parts + _titled("The models", tables["models"])


def _titled(title: str, table: Table | None) -> list[str]:
    if table is None:
        return []
    return [*([f"## {markdown(title)}"] if title else []), markdown_table(table)]


def markdown_table(table: Table) -> str:
    """`table` with its caption below it; every cell shows just its characters."""
    origins = any(table.origins)
    titles = [column.title for column in table.columns] + (["origin"] if origins else [])
    marks = ["---:" if column.kind == "number" else "---" for column in table.columns] + (["---"] if origins else [])
    rows = [[*row, *([origin] if origins else [])] for row, origin in zip(table.rows, table.origins, strict=True)]
    lines = [map(markdown, titles), marks, *(map(markdown, row) for row in rows)]
    return "\n".join([*(f"| {' | '.join(line)} |" for line in lines), "", markdown(table.caption)])


def write_csv(out: Path, *, records: Sequence[Record]) -> Path:
    """Write one row a record to `out`, the newest of each figure; an unknown value is an empty cell.

    Shares lie between 0 and 1, times are milliseconds, energies millijoules, memories bytes. A text that a spreadsheet
    would take for a formula has an apostrophe before it.
    """
    rows = [_row(record) for record in latest(records)]
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, fieldnames=list(_COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(out, stream.getvalue())
    return out


_COLUMNS = (
    *("target", "machine", "system", "cores", "engine", "mode", "model", "bundle", "arithmetic", "recipe"),
    *("workload", "batch", "threads", "frames", "provenance", "p5_ms", "p50_ms", "p95_ms", "p99_ms", "processor_ms"),
    *(
        "runs",
        "millijoules",
        "clips_per_second",
        "multiplies",
        "instructions",
        "peak_bytes",
        "flash_bytes",
        "ram_bytes",
        "board",
    ),
    *("load", "fits", "keeps_up", "accuracy", "low", "high", "macro_f1", "data", "split", "grouping", "synthetic"),
    *("clips", "date", "commit", "versions", "note"),
)


def _row(record: Record) -> dict[str, object]:
    sources = (record.latency, record.energy, record.accuracy, record)
    found = {
        name: next((getattr(source, name) for source in sources if source is not None and hasattr(source, name)), None)
        for name in _COLUMNS
    }
    load, accuracy = record.load, record.accuracy
    found |= {
        "machine": record.machine.name,
        "system": record.machine.system,
        "cores": record.machine.cores,
        "peak_bytes": record.memory.peak_bytes if record.memory else None,
        "board": load.board if load else None,
        "load": load.share if load else None,
        "fits": load.fits if load else None,
        "keeps_up": load.keeps_up if load else None,
        "accuracy": accuracy.value if accuracy else None,
        "versions": ", ".join(f"{package} {version}" for package, version in sorted(record.versions.items())),
    }
    return {name: _cell(value) for name, value in found.items()}


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
