"""The files of a reproduction, each replaced in one step: table.md, table.html, results.json."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edgegenre.files import write_json, write_text
from edgegenre.printable import markdown
from edgegenre.report.drawing import Plot
from edgegenre.report.html import rendered
from edgegenre.report.tables import Table
from edgegenre.report.text_formats import markdown_table
from edgegenre.reproduce.distributions import distribution_plots, welch_tests
from edgegenre.reproduce.results import Results
from edgegenre.reproduce.tables import all_tables, sentences, title

MARKDOWN, HTML, JSON = "table.md", "table.html", "results.json"
_TEMPLATE = Path(__file__).parent / "table.html.jinja"


def write_pages(out: Path, results: Results) -> None:
    """Write the three files into the folder `out`. Labels, names and paths are untrusted and escaped.

    Raises MissingDependencyError without jinja2, EdgegenreError when a file cannot be written.
    """
    tests = [test for table in results.plan.tables for test in welch_tests(results, table)]
    write(
        out,
        title=title(results),
        sentences=sentences(results),
        tables=all_tables(results),
        plots=[plot for table in results.plan.tables for plot in distribution_plots(results, table)],
        figures=results.to_dict() | {"welch": [dataclasses.asdict(test) for test in tests]},
    )


def write(
    out: Path,
    *,
    title: str,
    sentences: Sequence[str],
    tables: Sequence[Table],
    figures: Mapping[str, Any],
    plots: Sequence[Plot] = (),
) -> None:
    """The same of any content. figures: that of results.json."""
    page = rendered(_TEMPLATE, "Writing the table", title=title, sentences=sentences, tables=tables, plots=plots)
    parts = [f"# {markdown(title)}", "\n".join(f"- {markdown(sentence)}" for sentence in sentences)]
    parts += [markdown_table(table) for table in tables]
    write_json(out / JSON, dict(figures))
    write_text(out / MARKDOWN, "\n\n".join(parts) + "\n")
    write_text(out / HTML, page)
