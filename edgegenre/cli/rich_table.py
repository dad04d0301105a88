"""Wide tables with marked lines, drawn with rich."""

import sys
from collections.abc import Collection, Sequence

from edgegenre.printable import printable_lines

# Where no terminal says how wide it is, nothing is wrapped.
_PIPE_WIDTH = 240


def print_rich_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1, marked: Collection[int] = ()
) -> None:
    """Columns on standard output; the first `left` are aligned left, figures right; lines `marked` stand out.

    A cell or heading may have several lines. Where the terminal is too narrow, cells are folded, never cut.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=sys.stdout)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for number, heading in enumerate(headings):
        table.add_column(Text(printable_lines(heading)), justify="left" if number < left else "right", overflow="fold")
    for number, row in enumerate(rows):
        table.add_row(*(Text(printable_lines(cell)) for cell in row), style="bold green" if number in marked else None)
    console.print(table)
