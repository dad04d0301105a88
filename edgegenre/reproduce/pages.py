"""The files of a reproduction, each replaced in one step: table.md, table.html, results.json."""

from pathlib import Path

from edgegenre.errors import missing
from edgegenre.files import write_json, write_text
from edgegenre.printable import markdown
from edgegenre.report.text_formats import markdown_table
from edgegenre.reproduce.results import Results
from edgegenre.reproduce.tables import comparison_table, main_table, sentences, title

MARKDOWN, HTML, JSON = "table.md", "table.html", "results.json"
_TEMPLATE = "table.html.jinja"


def write_pages(out: Path, results: Results) -> None:
    """Write the three files into the folder `out`. Labels, names and paths are untrusted and escaped.

    Raises MissingDependencyError without jinja2, EdgegenreError when a file cannot be written.
    """
    page = _html(results)
    write_json(out / JSON, results.to_dict())
    write_text(out / MARKDOWN, _markdown(results))
    write_text(out / HTML, page)


def _markdown(results: Results) -> str:
    parts = [f"# {markdown(title(results))}"]
    parts += ["\n".join(f"- {markdown(sentence)}" for sentence in sentences(results))]
    parts += [markdown_table(table) for table in (main_table(results), comparison_table(results)) if table is not None]
    return "\n\n".join(parts) + "\n"


def _html(results: Results) -> str:
    try:
        import jinja2
    except ImportError as error:
        raise missing("jinja2", "bench", "Writing the table") from error
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(_TEMPLATE).render(
        title=title(results),
        sentences=sentences(results),
        tables=[table for table in (main_table(results), comparison_table(results)) if table is not None],
    )
