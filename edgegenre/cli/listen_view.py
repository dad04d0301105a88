"""How `listen` shows decisions: as JSON lines, as bars that move, or as plain lines where no terminal is."""

import dataclasses
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import click

from edgegenre.cli.console import can_print
from edgegenre.printable import printable

if TYPE_CHECKING:
    from rich.table import Table

    from edgegenre.runtime.classifier import Decision

_BAR_WIDTH = 40
BLOCKS = " ▏▎▍▌▋▊▉█"
PLAIN_BLOCKS = " #"


class View(Protocol):
    """Somewhere decisions are shown."""

    def show(self, decision: "Decision", *, overruns: int) -> None:
        """Show the newest decision. overruns: how often the microphone lost samples so far."""
        ...


class _Lines:
    """One line a decision on standard output; lost audio is said on standard error."""

    def __init__(self, line: Callable[["Decision"], str]) -> None:
        self._line = line
        self._overruns = 0

    def show(self, decision: "Decision", *, overruns: int) -> None:
        click.echo(self._line(decision))
        if overruns > self._overruns:
            self._overruns = overruns
            click.echo(f"{overruns} overruns so far: audio was lost, decisions may be off.", err=True)


class _LiveBars:
    def __init__(self, live: Any, blocks: str) -> None:
        self._live, self._blocks = live, blocks

    def show(self, decision: "Decision", *, overruns: int) -> None:
        self._live.update(bars(decision, overruns=overruns, blocks=self._blocks))


@contextmanager
def open_view(as_json: bool, engine: str) -> Iterator[View]:
    """JSON lines if asked for, bars on a terminal, plain lines elsewhere. engine: named in each JSON line."""
    if as_json:
        yield _Lines(lambda decision: json.dumps({"engine": engine} | dataclasses.asdict(decision)))
    elif not sys.stdout.isatty():
        yield _Lines(_plain_line)
    else:
        from rich.live import Live

        blocks = BLOCKS if can_print(BLOCKS) else PLAIN_BLOCKS
        with Live(refresh_per_second=10) as live:
            yield _LiveBars(live, blocks)


def _plain_line(decision: "Decision") -> str:
    best = sorted(decision.probabilities.items(), key=lambda item: -item[1])[:3]
    shares = "  ".join(f"{printable(label)} {share:.0%}" for label, share in best)
    return f"{decision.time_seconds:7.2f} s  {shares}{'  (provisional)' if decision.provisional else ''}"


def bars(decision: "Decision", *, overruns: int, blocks: str = BLOCKS) -> "Table":
    """One bar a genre, in the model's order so that none jumps; below, the time and what there is to warn of.

    blocks: a character of a bar from empty to full, in equal steps.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right")
    table.add_column(width=_BAR_WIDTH)
    table.add_column(justify="right")
    for label, share in decision.probabilities.items():
        style = "bold green" if label == decision.label else "dim"
        cells = (printable(label), _bar(share, blocks), f"{share:.0%}")
        table.add_row(*(Text(cell, style=style) for cell in cells))
    state = "provisional" if decision.provisional else f"window {decision.window + 1}"
    lost = Text(f", {overruns} overruns: audio was lost", style="bold red") if overruns else Text()
    table.add_row(Text(f"{decision.time_seconds:.1f} s", style="cyan"), Text(state) + lost, Text())
    return table


def _bar(share: float, blocks: str) -> str:
    """`share` of the width."""
    steps = len(blocks) - 1
    filled = round(share * _BAR_WIDTH * steps)
    return blocks[-1] * (filled // steps) + blocks[filled % steps].strip()
