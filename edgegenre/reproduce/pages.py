"""The files of a reproduction, each replaced in one step: table.md, table.html, results.json."""

import dataclasses
from pathlib import Path

from edgegenre.files import write_json, write_text
from edgegenre.printable import markdown
from edgegenre.report.html import rendered
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
    page = _html(results)
    tests = [test for table in results.plan.tables for test in welch_tests(results, table)]
    write_json(out / JSON, results.to_dict() | {"welch": [dataclasses.asdict(test) for test in tests]})
    write_text(out / MARKDOWN, _markdown(results))
    write_text(out / HTML, page)


def _markdown(results: Results) -> str:
    parts = [f"# {markdown(title(results))}"]
    parts += ["\n".join(f"- {markdown(sentence)}" for sentence in sentences(results))]
    parts += [markdown_table(table) for table in all_tables(results)]
    return "\n\n".join(parts) + "\n"


def _html(results: Results) -> str:
    return rendered(
        _TEMPLATE,
        "Writing the table",
        title=title(results),
        sentences=sentences(results),
        tables=all_tables(results),
        plots=[plot for table in results.plan.tables for plot in distribution_plots(results, table)],
    )
