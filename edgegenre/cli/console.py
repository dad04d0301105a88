"""What the commands print with: progress on standard error, results on standard output."""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import click

from edgegenre.interrupts import raise_heard
from edgegenre.printable import printable, printable_lines
from edgegenre.progress import Progress, Task


class _Bar:
    def __init__(self, bars: Any, number: Any) -> None:
        self._bars, self._number = bars, number

    def advance(self, steps: int = 1, note: str = "") -> None:
        raise_heard()
        self._bars.update(self._number, advance=steps, note=printable(note))

    def remove(self) -> None:
        """Make room: of work in hundreds of parts only the part that goes on is shown."""
        self._bars.remove_task(self._number)


class _Lines:
    """Progress where no terminal is: a line at the start and the end, one every ten seconds between."""

    def __init__(self, description: str, total: int) -> None:
        import time

        self._clock = time.monotonic
        self._description, self._total, self._done = description, total, 0
        self._begun = self._said = self._clock()
        say(f"{description} …")

    def advance(self, steps: int = 1, note: str = "") -> None:
        raise_heard()
        self._done += steps
        if self._clock() - self._said >= 10:
            self._said = self._clock()
            say(f"{self._description}: {self._done}/{self._total} {note}".rstrip())

    def finish(self) -> None:
        say(f"{self._description}: done, {self._clock() - self._begun:.1f} s")


class _ConsoleProgress:
    """Tasks that overlap share one display: a terminal has only one place for it. The first stays when it is done."""

    def __init__(self) -> None:
        self._bars: Any = None

    @contextmanager
    def task(self, description: str, total: int) -> Iterator[Task]:
        if not sys.stderr.isatty():
            lines = _Lines(description, total)
            yield lines
            lines.finish()
        elif self._bars is not None:
            bar = self._bar(description, total)
            try:
                yield bar
            finally:
                bar.remove()
        else:
            with _bars() as self._bars:
                try:
                    yield self._bar(description, total)
                finally:
                    self._bars = None

    def warn(self, message: str) -> None:
        if self._bars is None:
            say(message)
        else:
            self._bars.console.print(message, markup=False, highlight=False, soft_wrap=True)

    def _bar(self, description: str, total: int) -> _Bar:
        return _Bar(self._bars, self._bars.add_task(description, total=total, note=""))


def _bars() -> Any:
    from rich import progress
    from rich.console import Console

    return progress.Progress(
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeRemainingColumn(),
        progress.TextColumn("{task.fields[note]}", markup=False),
        console=Console(stderr=True),
    )


def can_print(text: str) -> bool:
    """Whether standard output has all characters of `text`."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def console_progress() -> Progress:
    """Bars drawn with rich where standard error is a terminal, a line now and then where it is not."""
    return _ConsoleProgress()


@contextmanager
def speaking(speaks: bool) -> Iterator[None]:
    """Whether this process says anything in the block, on standard output and standard error; of several, one does."""
    if speaks:
        yield
        return
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        yield


def print_json(value: Any) -> None:
    """`value` as indented JSON on standard output: ASCII, so that any terminal and any file name will do."""
    click.echo(json.dumps(value, indent=2, allow_nan=False))


def say(message: str) -> None:
    """A line for the person on standard error, with no character that a terminal obeys."""
    click.echo(printable_lines(message), err=True)


def show(text: str) -> None:
    """Lines of a result on standard output, with no character that a terminal obeys."""
    click.echo(printable_lines(text))


def terminal_width() -> int | None:
    """Columns of the terminal that standard output is; None where it is none, and nothing needs to fit."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def print_records(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table for a narrow terminal: each row as lines of 'heading: value', a blank line between rows."""
    for number, row in enumerate(rows):
        if number:
            click.echo()
        for heading, value in zip(headings, row, strict=True):
            name, text = " ".join(heading.split()), " ".join(value.split())
            if text:
                click.echo(f"{name}: {text}" if name else text)


def print_table(headings: list[str], rows: list[list[str]], *, left: int = 1) -> None:
    """Columns on standard output; the first `left` are aligned left, figures right. Lines where they do not fit."""
    table = [list(map(printable, line)) for line in (headings, *rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(headings))]
    room = terminal_width()
    if room is not None and sum(widths) + 2 * (len(widths) - 1) > room:
        print_records(table[0], table[1:])
        return
    for number, line in enumerate(table):
        cells = [
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())
        if number == 0:
            click.echo("  ".join("-" * width for width in widths))
