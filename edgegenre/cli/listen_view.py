"""How `listen` shows what it hears: as JSON lines, as bars that move, or as plain lines where no terminal is."""

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
    from edgegenre.runtime.events import Event

_BAR_WIDTH = 40
BLOCKS = " ▏▎▍▌▋▊▉█"
PLAIN_BLOCKS = " #"


class View(Protocol):
    """Somewhere decisions are shown."""

    def show(self, decision: "Decision", *, overruns: int) -> None:
        """Show the newest decision. overruns: how often the microphone lost samples so far."""
        ...


class _Lines:
    """Lines on standard output; lost audio is said on standard error.

    line: of a decision, or of an event, which is told once. every_decision: which of them.
    """

    def __init__(self, line: Callable[[Any], str], *, every_decision: bool) -> None:
        self._line, self._every_decision = line, every_decision
        self._told: Event | None = None
        self._overruns = 0

    def show(self, decision: "Decision", *, overruns: int) -> None:
        if self._every_decision:
            click.echo(self._line(decision))
        elif decision.event not in (None, self._told):
            self._told = decision.event
            click.echo(self._line(self._told))
        if overruns > self._overruns:
            self._overruns = overruns
            click.echo(f"{overruns} overruns so far: audio was lost, decisions may be off.", err=True)


class _LiveBars:
    def __init__(self, live: Any, blocks: str) -> None:
        self._live, self._blocks = live, blocks
        self._event: Event | None = None

    def show(self, decision: "Decision", *, overruns: int) -> None:
        self._event = decision.event or self._event
        self._live.update(bars(decision, self._event, overruns=overruns, blocks=self._blocks))


@contextmanager
def open_view(as_json: bool, every_decision: bool, engine: str) -> Iterator[View]:
    """JSON lines if asked for, bars on a terminal, plain lines elsewhere.

    every_decision: a line for each, logits and all, instead of the answers alone. engine: named in each JSON line.
    """
    if as_json:
        yield _Lines(
            lambda item: json.dumps({"engine": engine} | dataclasses.asdict(item)), every_decision=every_decision
        )
    elif every_decision or not sys.stdout.isatty():
        yield _Lines(_plain_decision if every_decision else _plain_event, every_decision=every_decision)
    else:
        from rich.live import Live

        blocks = BLOCKS if can_print(BLOCKS) else PLAIN_BLOCKS
        with Live(refresh_per_second=10) as live:
            yield _LiveBars(live, blocks)


def _plain_decision(decision: "Decision") -> str:
    best = sorted(decision.probabilities.items(), key=lambda item: -item[1])[:3]
    shares = "  ".join(f"{printable(label)} {share:.0%}" for label, share in best)
    return f"{decision.time_seconds:7.2f} s  {shares}{'  (provisional)' if decision.provisional else ''}"


def _plain_event(event: "Event") -> str:
    return f"{event.time_seconds:7.2f} s  {_said(event)}"


def _said(event: "Event") -> str:
    """ "rock 83%, since 12.4 s"."""
    sure = f" {event.probability:.0%}" if event.kind == "genre" else ""
    return f"{printable(event.text)}{sure}, since {event.since_seconds:.1f} s"


def bars(decision: "Decision", event: "Event | None", *, overruns: int, blocks: str = BLOCKS) -> "Table":
    """One bar a genre, in the model's order so that none jumps; below, the answer, the time and what there is to warn
    of.

    event: the newest one. blocks: a character of a bar from empty to full, in equal steps.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right")
    table.add_column(width=_BAR_WIDTH)
    table.add_column(justify="right")
    for label, share in decision.probabilities.items():
        style = "bold green" if event is not None and label == event.label else "dim"
        cells = (printable(label), _bar(share, blocks), f"{share:.0%}")
        table.add_row(*(Text(cell, style=style) for cell in cells))
    table.add_row(Text("answer", style="bold"), Text(_said(event) if event is not None else "", style="bold"), Text())
    state = "provisional" if decision.provisional else f"window {decision.window + 1}"
    lost = Text(f", {overruns} overruns: audio was lost", style="bold red") if overruns else Text()
    table.add_row(Text(f"{decision.time_seconds:.1f} s", style="cyan"), Text(state) + lost, Text())
    return table


def _bar(share: float, blocks: str) -> str:
    """`share` of the width."""
    steps = len(blocks) - 1
    filled = round(share * _BAR_WIDTH * steps)
    return blocks[-1] * (filled // steps) + blocks[filled % steps].strip()
