"""The report: one HTML file that explains itself, loads nothing and runs no script."""

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgegenre import __version__
from edgegenre.bundle import Bundle
from edgegenre.errors import missing
from edgegenre.files import write_text
from edgegenre.progress import SILENT, Progress
from edgegenre.records.record import Record
from edgegenre.report.audit import audit
from edgegenre.report.gain import streaming_gains
from edgegenre.report.plots import Plot, accuracy_plot, audit_plot, latency_plot, models_plot, stream_plot
from edgegenre.report.tables import audit_table, bundle_table, engine_table, model_table, stream_table
from edgegenre.report.tiles import tiles
from edgegenre.zoo.registry import MODELS

_TEMPLATE = "page.html.jinja"
_VERDICTS = {"holds": "holds", "partly": "holds in part", "fails": "does not hold", "unknown": "not measured yet"}


def write_report(
    out: Path,
    *,
    records: Sequence[Record],
    bundles: Sequence[Bundle] = (),
    progress: Progress = SILENT,
) -> Path:
    """Write the report of `records` (of one machine or several) and `bundles` to the file `out`; returns its path.

    Without records it holds what can be computed: the twelve models and the audit. Labels, model names and notes are
    untrusted and escaped. Raises MissingDependencyError without jinja2 or matplotlib.
    """
    records = _latest(records)
    with progress.task("Writing the report", 6) as task:
        findings, gains = audit(records), streaming_gains(records)
        records = [record for record in records if record.bundle]  # the others served the audit alone
        plots: dict[str, Plot | None] = {}
        for name, draw in (
            ("accuracy", lambda: accuracy_plot(records)),
            ("latency", lambda: latency_plot(records)),
            ("stream", lambda: stream_plot(gains)),
            ("models", lambda: models_plot(list(MODELS.values()))),
            ("audit", lambda: audit_plot(findings)),
        ):
            plots[name] = draw()
            task.advance(note=name)
        page = _render(
            date=datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
            version=__version__,
            targets=list(dict.fromkeys(record.machine for record in records)),
            versions=_versions(records),
            synthetic=any(record.accuracy and record.accuracy.synthetic for record in records),
            tiles=tiles(records, gains),
            plots=plots,
            findings=findings.findings,
            verdicts=_VERDICTS,
            tables={
                "bundles": bundle_table(bundles),
                "engines": engine_table(records),
                "stream": stream_table(gains),
                "models": model_table(MODELS.values()),
                "audit": audit_table(findings),
            },
            skipped=[record for record in records if not (record.latency or record.instructions)],
        )
        write_text(Path(out), page)
        task.advance(note=str(out))
    return Path(out)


def _render(**context: Any) -> str:
    try:
        import jinja2
    except ImportError as error:
        raise missing("jinja2", "bench", "Writing the report") from error

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(_TEMPLATE).render(**context)


def _latest(records: Sequence[Record]) -> list[Record]:
    """The newest record of each figure, in their first order."""
    newest: dict[tuple[object, ...], Record] = {}
    for record in records:
        key = (
            record.machine,
            record.engine,
            record.model,
            record.bundle,
            record.arithmetic,
            record.workload,
            record.batch,
        )
        if key not in newest or record.date >= newest[key].date:
            newest[key] = record
    return list(newest.values())


def _versions(records: Sequence[Record]) -> str:
    found = dict(sorted({item for record in records for item in record.versions.items()}))
    return ", ".join(f"{package} {version}" for package, version in found.items())
