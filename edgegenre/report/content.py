"""What a report says, before it has a form: sections of tables and plots, made of records and bundles."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from edgegenre import __version__
from edgegenre.bundle import Bundle
from edgegenre.records.record import Machine, Record
from edgegenre.report.audit import Audit, audit
from edgegenre.report.audit_tables import accuracy_table, audit_table, elsewhere_table, pairing_table, realized_table
from edgegenre.report.elsewhere import Elsewhere, elsewhere
from edgegenre.report.gain import Gain, streaming_gains
from edgegenre.report.tables import Table, bundle_table, model_table, stream_table
from edgegenre.report.target_tables import board_table, energy_table, engine_table, instruction_table
from edgegenre.report.tiles import Tile, tiles
from edgegenre.report.trust_table import trust_table
from edgegenre.zoo.registry import MODELS


@dataclass(frozen=True, kw_only=True)
class TargetSection:
    """What was measured on one target. machines: those that worked."""

    target: str
    machines: tuple[Machine, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True, kw_only=True)
class Content:
    """records: the newest of each figure, of bundles alone. skipped: those that say why there is no figure."""

    date: str
    version: str
    records: tuple[Record, ...]
    bundles: tuple[Bundle, ...]
    gains: tuple[Gain, ...]
    findings: Audit
    elsewhere: tuple[Elsewhere, ...]
    tiles: tuple[Tile, ...]
    targets: tuple[TargetSection, ...]
    profiles: tuple[Record, ...]
    skipped: tuple[Record, ...]
    synthetic: bool
    versions: str

    @property
    def tables(self) -> dict[str, Table | None]:
        """All other tables, by name."""
        return {
            "bundles": bundle_table(self.bundles),
            "trust": trust_table(self.records, self.bundles),
            "stream": stream_table(self.gains),
            "realized": realized_table(self.findings),
            "pairings": pairing_table(self.findings),
            "elsewhere": elsewhere_table(self.elsewhere),
            "audit": audit_table(self.findings),
            "accuracy": accuracy_table(self.findings),
            "models": model_table(MODELS.values()),
        }


def content(records: Sequence[Record], bundles: Sequence[Bundle]) -> Content:
    """Everything that a report of `records` and `bundles` says."""
    everything = latest(records)
    findings, gains = audit(everything), streaming_gains(everything)
    own = [record for record in everything if record.bundle]  # the others served the audit alone
    profiles = [record for record in own if record.layers and (record.latency is None or record.instructions)]
    plain = [record for record in own if not _only_profile(record)]
    return Content(
        date=datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        version=__version__,
        records=tuple(plain),
        bundles=tuple(bundles),
        gains=tuple(gains),
        findings=findings,
        elsewhere=elsewhere(everything),
        tiles=tuple(tiles(plain, gains)),
        targets=tuple(_targets(plain)),
        profiles=tuple(profiles),
        skipped=tuple(record for record in plain if _empty(record)),
        synthetic=any(record.accuracy and record.accuracy.synthetic for record in own),
        versions=_versions(everything),
    )


def latest(records: Sequence[Record]) -> list[Record]:
    """The newest record of each figure, in their first order."""
    newest: dict[tuple[object, ...], Record] = {}
    for record in records:
        key = (
            *(record.target, record.machine, record.engine, record.mode, record.model, record.bundle),
            *(record.arithmetic, record.workload, record.batch, record.threads, _only_profile(record)),
            record.load.board if record.load else None,
        )
        if key not in newest or record.date >= newest[key].date:
            newest[key] = record
    return list(newest.values())


def _targets(records: Sequence[Record]) -> list[TargetSection]:
    """In the order in which the targets first appear."""
    sections = []
    for target in dict.fromkeys(record.target for record in records):
        own = [record for record in records if record.target == target]
        tables = [engine_table(own), energy_table(own), instruction_table(own), board_table(own)]
        told = tuple(table for table in tables if table is not None)
        if told:
            machines = tuple(dict.fromkeys(record.machine for record in own if record.machine.kind != "board"))
            sections.append(TargetSection(target=target, machines=machines, tables=told))
    return sections


def _only_profile(record: Record) -> bool:
    """Whether it says nothing but what its layers took."""
    return bool(record.layers) and record.latency is None and record.firmware is None


def _empty(record: Record) -> bool:
    figures = (
        record.latency,
        record.instructions,
        record.load,
        record.training,
        record.memory,
        record.comparison,
        record.energy,
    )
    return all(figure is None for figure in figures) and record.accuracy is None


def _versions(records: Sequence[Record]) -> str:
    found = dict(sorted({item for record in records for item in record.versions.items()}))
    return ", ".join(f"{package} {version}" for package, version in found.items())
