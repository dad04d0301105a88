"""Pages out of templates: whatever is put in is escaped."""

from pathlib import Path
from typing import Any

from edgegenre.errors import missing


def rendered(template: Path, purpose: str, **values: Any) -> str:
    """The page that the Jinja file `template` makes of `values`. purpose: "Writing the report".

    Raises MissingDependencyError without jinja2.
    """
    try:
        import jinja2
    except ImportError as error:
        raise missing("jinja2", "bench", purpose) from error
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template.name).render(values)
