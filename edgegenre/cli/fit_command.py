"""`edgegenre fit`: which models a board has room and time for, before any training."""

from typing import TYPE_CHECKING, Any

import click

from edgegenre.cli.console import print_json, print_table
from edgegenre.cli.options import cycles_option, json_option, mode_option
from edgegenre.cli.units import BYTES, HERTZ, SECONDS

if TYPE_CHECKING:
    from edgegenre.targets.boards import Board
    from edgegenre.targets.fit import Candidate

DEFAULT_CORE = "Cortex-M4F"


@click.command("fit", short_help="Which models fit a board, before training.")
@click.option("--board", "name", help="A board of firmware_export/boards.toml (`firmware size --list-boards`).")
@click.option("--ram", type=BYTES, help="Instead of --board: bytes of RAM, as 256K.")
@click.option("--flash", type=BYTES, help="Instead of --board: bytes of flash, as 1M.")
@click.option("--clock", type=HERTZ, help="Instead of --board: the clock, as 64MHz.")
@click.option("--core", help=f"With --ram, --flash and --clock: the core.  [default: {DEFAULT_CORE}]")
@click.option("--max-latency", type=SECONDS, help="The longest time from a sound to its decision, as 1s or 800ms.")
@click.option("--classes", type=click.IntRange(min=2), help="Default: as many as in each model's paper.")
@mode_option("continuous", "A decision for each new row, or one for each window.")
@cycles_option
@json_option
def fit_command(
    name: str | None,
    ram: float | None,
    flash: float | None,
    clock: float | None,
    core: str | None,
    max_latency: float | None,
    classes: int | None,
    mode: Any,
    cycles_per_instruction: float | None,
    as_json: bool,
) -> None:
    """List the models that fit a board, the least load first, then the others with what keeps them out.

    All figures are computed: memories from the layout of the C tables, instructions from what each core's kernels were
    counted to take under emulation, times at the core's assumed cycles an instruction. Nothing is trained or run.
    """
    from edgegenre.targets.fit import candidates

    board = _board(name, ram, flash, clock, core)
    found = candidates(
        board,
        classes=classes,
        mode=mode,
        max_latency=max_latency,
        cycles_per_instruction=cycles_per_instruction,
    )
    if as_json:
        print_json({"board": _board_figures(board), "mode": mode, "models": [_figures(item) for item in found]})
    else:
        _show(board, found, mode)


def _board(name: str | None, ram: float | None, flash: float | None, clock: float | None, core: str | None) -> "Board":
    from edgegenre.targets.boards import board
    from edgegenre.targets.fit import given_board

    figures = (ram, flash, clock)
    if name is not None:
        if core is not None or any(figure is not None for figure in figures):
            raise click.UsageError("--board has its own core, RAM, flash and clock: give either it or these.")
        return board(name)
    if ram is None or flash is None or clock is None:
        raise click.UsageError("which board? Give --board NAME, or --ram, --flash and --clock.")
    return given_board(core or DEFAULT_CORE, ram=int(ram), flash=int(flash), clock=int(clock))


def _board_figures(board: "Board") -> dict[str, Any]:
    return {
        "name": board.name,
        "core": board.core,
        "ram": board.ram,
        "flash": board.flash,
        "clock": board.clock,
        "source": board.source,
    }


def _figures(item: "Candidate") -> dict[str, Any]:
    judged, latency = item.verdict, item.latency
    figures: dict[str, Any] = {
        "model": item.entry.name,
        "fits": item.fits,
        "complaints": list(item.complaints),
        "provenance": "computed",
    }
    if judged is not None:
        figures |= {
            "ram_bytes": judged.size.ram_bytes,
            "flash_bytes": judged.size.flash_bytes,
            "average_instructions_per_second": round(judged.budget.average),
            "cycles_per_instruction": judged.cycles_per_instruction,
            "load": round(judged.load, 4),
            "half_samples": judged.half_samples,
        }
    if latency is not None:
        figures |= {
            "latency_seconds": round(latency.seconds, 4),
            "waiting_seconds": round(latency.waiting, 4),
            "lookahead_seconds": round(latency.lookahead, 4),
            "computing_seconds": round(latency.computing, 4),
        }
    return figures


def _show(board: "Board", found: "list[Candidate]", mode: str) -> None:
    from edgegenre.targets.core_costs import provenance

    figures = f"{board.ram:,} bytes of RAM, {board.flash:,} of flash, {board.clock / 1e6:g} MHz"
    click.echo(f"{board.name}: {board.core}, {figures} ({board.source})\n")
    fitting = [item for item in found if item.fits]
    if fitting:
        print_table(
            ["fits", "load", "latency", "= buffer", "+ look-ahead", "+ computing", "RAM", "flash", "printed accuracy"],
            [_row(item) for item in fitting],
        )
    else:
        click.echo("No model fits.")
    if len(fitting) < len(found):
        click.echo()
        print_table(
            ["does not fit", "why"],
            [[item.entry.name, "; ".join(item.complaints)] for item in found[len(fitting) :]],
            left=2,
        )
    cycles = next((item.verdict.cycles_per_instruction for item in found if item.verdict), None)
    measured = provenance()
    click.echo(
        f"\nComputed, mode {mode} where the model has it, at {cycles:g} cycles an instruction (assumed). Instructions "
        f"of the core's kernels: emulated, {measured.date}. Latency: from a sound to its decision. Accuracy: as "
        "printed in the model's paper."
        if cycles
        else ""
    )


def _row(item: "Candidate") -> list[str]:
    assert item.verdict is not None
    assert item.latency is not None
    latency = item.latency
    return [
        item.entry.name,
        f"{100 * item.verdict.load:.0f} %",
        f"{latency.seconds:.2f} s",
        f"{latency.waiting:.2f} s",
        f"{latency.lookahead:.2f} s",
        f"{latency.computing:.2f} s",
        f"{item.verdict.size.ram_bytes:,}",
        f"{item.verdict.size.flash_bytes:,}",
        item.entry.printed_accuracy,
    ]
