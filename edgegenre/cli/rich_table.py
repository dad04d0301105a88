"""Wide tables with marked lines, drawn with rich."""

import sys
from collections.abc import Collection, Sequence

from edgegenre.cli.console import print_records, terminal_width
from edgegenre.printable import printable_lines

# Where no terminal says how wide it is, nothing is wrapped.
_PIPE_WIDTH = 240


def print_rich_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1, marked: Collection[int] = ()
) -> None:
    """Columns on standard output; the first `left` are aligned left, figures right; lines `marked` stand out.

    A cell or heading may have several lines. Where the terminal is too narrow, rows become lines of 'heading: value'.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    room = terminal_width()
    if room is not None and _width(headings, rows) > room:
        print_records(headings, rows)
        return
    console = Console(file=sys.stdout)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for number, heading in enumerate(headings):
        table.add_column(Text(printable_lines(heading)), justify="left" if number < left else "right", overflow="fold")
    for number, row in enumerate(rows):
        table.add_row(*(Text(printable_lines(cell)) for cell in row), style="bold green" if number in marked else None)
    console.print(table)


def _width(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Characters of the widest line, two between columns."""
    columns = zip(headings, *rows, strict=True)
    widths = [max(len(line) for cell in column for line in cell.split("\n")) for column in columns]
    return sum(widths) + 2 * (len(widths) - 1)
