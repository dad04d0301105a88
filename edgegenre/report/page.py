"""The report: one HTML file that explains itself, loads nothing and runs no script."""

from collections.abc import Sequence
from pathlib import Path

from edgegenre.bundle import Bundle
from edgegenre.files import write_text
from edgegenre.progress import SILENT, Progress
from edgegenre.records.record import Record
from edgegenre.report.audit_curves import one_arithmetic
from edgegenre.report.audit_plots import audit_plot, curve_plot, models_plot, realized_plot
from edgegenre.report.content import content
from edgegenre.report.drawing import Plot
from edgegenre.report.html import rendered
from edgegenre.report.plots import accuracy_plot, latency_plot, memory_plot, profile_plot, stream_plot
from edgegenre.report.target_tables import profile_table
from edgegenre.report.words import TARGET_WORDS, VERDICT_WORDS
from edgegenre.zoo.registry import MODELS

_TEMPLATE = Path(__file__).parent / "page.html.jinja"


def write_report(
    out: Path,
    *,
    records: Sequence[Record],
    bundles: Sequence[Bundle] = (),
    progress: Progress = SILENT,
) -> Path:
    """Write the report of `records` (of one machine or several) and `bundles` to the file `out`; returns its path.

    Without records it holds what can be computed: the models and the audit. Labels, model names and notes are
    untrusted and escaped. Raises MissingDependencyError without jinja2 or matplotlib.
    """
    said = content(records, bundles)
    with progress.task("Writing the report", 9) as task:
        plots: dict[str, Plot | None] = {}
        for name, draw in (
            ("accuracy", lambda: accuracy_plot(said.records)),
            ("memory", lambda: memory_plot(said.records)),
            ("latency", lambda: latency_plot(said.records)),
            ("stream", lambda: stream_plot(said.gains)),
            ("models", lambda: models_plot(list(MODELS.values()))),
            ("audit", lambda: audit_plot(said.findings)),
            ("realized", lambda: realized_plot(said.findings.realized)),
        ):
            plots[name] = draw()
            task.advance(note=name)
        curves = [
            (curve.title, curve_plot(curve, f"curve{number}"))
            for number, curve in enumerate(one_arithmetic(said.findings.curves))
        ]
        profiles = [
            (profile_plot(record, f"profile{number}"), profile_table(record))
            for number, record in enumerate(said.profiles)
        ]
        task.advance(note="profiles")
        page = rendered(
            _TEMPLATE,
            "Writing the report",
            said=said,
            plots=plots,
            curves=curves,
            profiles=profiles,
            tables=said.tables,
            verdicts=VERDICT_WORDS,
            target_words=TARGET_WORDS,
        )
        write_text(Path(out), page)
        task.advance(note=str(out))
    return Path(out)
