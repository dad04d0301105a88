"""`edgegenre firmware`: the C runtime on emulated processors, and what it needs of a board."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgegenre.cli.console import print_json, print_table
from edgegenre.cli.options import bundle_or_latest, cycles_option, json_option, mode_option

if TYPE_CHECKING:
    from edgegenre.records.record import LayerCost, Record
    from edgegenre.runtime.model import Model
    from edgegenre.targets.sound import SoundRun
    from edgegenre.targets.verdict import Verdict

MISMATCH = 1


@click.group("firmware", short_help="Run the C runtime under an emulator; measure what it needs of a board.")
def firmware_command() -> None:
    """Run a bundle's C code on an emulated processor, or see what it needs of a board."""


def _list_processors(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from edgegenre.targets.cores import PROCESSORS

    rows = [[item.name, item.core, item.arithmetic, item.emulator[0]] for item in PROCESSORS.values()]
    print_table(["processor", "core", "arithmetic", "emulator"], rows, left=4)
    ctx.exit()


@firmware_command.command("run", short_help="One clip on an emulated processor.")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("sound", type=click.Path(path_type=Path))
@click.option("--board", default="mps2-an386", show_default=True, help="An emulated processor.")
@click.option(
    "--list-boards",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_processors,
    help="List the emulated processors and exit.",
)
@click.option("--arithmetic", type=click.Choice(["float32", "q31"]), help="Default: what suits the processor.")
@click.option(
    "--frontend",
    "variant",
    type=click.Choice(["integer", "float32"]),
    default="integer",
    show_default=True,
    help="How the C computes features; float32 is for processors with a floating-point unit.",
)
@mode_option("clip", "The first window of SOUND, or all of it with a decision for each new row.")
@json_option
@click.pass_context
def run_command(
    ctx: click.Context, bundle: Path, sound: Path, board: str, arithmetic: Any, variant: Any, mode: Any, as_json: bool
) -> None:
    """Build BUNDLE for a processor, run SOUND under its emulator, count instructions, compare with the reference.

    Features are compared with the integer front end's; logits with the reference's, of the features the C made. With
    --json a list of one record, as `bench` writes them.
    """
    from edgegenre.runtime.model import open_model
    from edgegenre.targets.sound import run_sound

    model = open_model(bundle)
    done = run_sound(model, sound, board, arithmetic=arithmetic, variant=variant, mode=mode)
    figures = {"board": board, "frontend": variant, **_run_figures(model, done)}
    record = _run_record(model, done, mode, figures)
    if as_json:
        print_json([record.to_dict()])
    else:
        _show_run(record)
    allowed = 1 if variant == "float32" else 0
    ctx.exit(MISMATCH if done.mismatches or done.feature_steps.max() > allowed else 0)


@firmware_command.command("size", short_help="RAM, flash and clock, and whether a board has enough of them.")
@click.argument("bundle", required=False, type=click.Path(path_type=Path))
@click.option("--board", help="A board of firmware_export/boards.toml; without it all are judged.")
@click.option("--list-boards", is_flag=True, help="List the boards with their memories and clocks, and exit.")
@mode_option(
    "continuous",
    "A decision for each new row, or one for each window: less memory, but a window's last rows come at once.",
)
@cycles_option
@json_option
def size_command(
    bundle: Path | None,
    board: str | None,
    list_boards: bool,
    mode: Any,
    cycles_per_instruction: float | None,
    as_json: bool,
) -> None:
    """Build BUNDLE (default: the newest) for a board's core, emulate a window, and show what it needs of the board.

    Instructions are counted at -O3 on an emulated core; clocks, loads and audio buffers are computed from them at an
    assumed number of cycles an instruction.
    """
    from edgegenre.runtime.model import open_model
    from edgegenre.targets import boards as known
    from edgegenre.targets.fit import check_board
    from edgegenre.targets.sound import integers_of
    from edgegenre.targets.verdict import verdicts

    chosen = [known.board(board)] if board else list(known.boards().values())
    if list_boards:
        _show_boards([dataclasses.asdict(item) for item in chosen], as_json)
        return
    model = open_model(bundle_or_latest(bundle))
    found = verdicts(
        *(integers_of(model), model.firmware_frontend, chosen, mode), cycles_per_instruction=cycles_per_instruction
    )
    _show_verdicts(found, as_json)
    if board:
        check_board(model.name, found[0], classes=len(model.labels))


def _run_figures(model: "Model", done: "SoundRun") -> dict[str, Any]:
    """What a record has no place for: it rides beside, under these names."""
    found, head = done.found, done.found.head
    return {
        "genre": model.labels[int(found.logits.argmax())],
        "instructions_input": found.input_instructions,
        "decisions": head.answers,
        "instructions_row_sum": head.row_sums // head.rows,
        "instructions_mean": head.mean // head.answers,
        "instructions_dense": head.dense // head.answers,
        "head_sum_bytes": head.sum_bytes,
        "features": found.features.size,
        "feature_mismatches": int((done.feature_steps > 0).sum()),
        "largest_feature_mismatch": int(done.feature_steps.max()),
        "logits": found.logits.tolist(),
    }


def _run_record(model: "Model", done: "SoundRun", mode: Any, figures: dict[str, Any]) -> "Record":
    from edgegenre.targets.emulated import sound_record
    from edgegenre.targets.measured import recorder_of
    from edgegenre.targets.subject import bundle_subject

    assert model.bundle is not None  # run_sound has refused anything else
    recorder = recorder_of("mcu" if done.found.target.bare else "pi")
    record = sound_record(recorder, bundle_subject(model.bundle, None), done, mode)
    return dataclasses.replace(record, extra=figures)


def _show_run(record: "Record") -> None:
    firmware, exact = record.firmware, record.exactness
    assert firmware is not None
    assert exact is not None
    figures = {
        "core": record.machine.name,
        "mode": firmware.mode,
        "arithmetic": record.arithmetic,
        **record.extra,
        "instructions": record.instructions,
        "instructions_frontend": firmware.frontend_instructions,
        "longest_slice": firmware.longest_slice,
        "ram_bytes": record.ram_bytes,
        "flash_bytes": record.flash_bytes,
        "stack_bytes": firmware.stack_bytes,
        "mismatches": exact.mismatches,
    }
    for name, value in figures.items():
        if value is not None:
            click.echo(f"{name.replace('_', ' '):24} {f'{value:,}' if isinstance(value, int) else value}")
    kinds = dict.fromkeys(layer.kind for layer in record.layers)
    by_kind = [(kind, [layer for layer in record.layers if layer.kind == kind]) for kind in kinds]
    for title, groups in (("layers", [(layer.name, [layer]) for layer in record.layers]), ("kinds", by_kind)):
        click.echo()
        print_table([title, "instructions", "multiplies", "instructions/multiply"], [_sums(*group) for group in groups])


def _sums(name: str, layers: "list[LayerCost]") -> list[str]:
    instructions, multiplies = sum(item.instructions or 0 for item in layers), sum(item.multiplies for item in layers)
    ratio = f"{instructions / multiplies:.3f}" if multiplies else ""
    return [name, f"{instructions:,}", f"{multiplies:,}" if multiplies else "", ratio]


def _show_boards(items: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(items)
        return
    rows = [
        [
            item["name"],
            item["core"],
            f"{item['ram']:,}",
            f"{item['flash']:,}",
            f"{item['clock'] / 1e6:g} MHz",
            item["source"],
        ]
        for item in items
    ]
    print_table(["board", "core", "RAM", "flash", "clock", "source"], rows, left=2)


def _verdict_figures(verdict: "Verdict") -> dict[str, Any]:
    size, work = verdict.size, verdict.budget
    return dataclasses.asdict(verdict.board) | {
        "mode": work.mode,
        "ram_bytes": size.ram_bytes,
        "context_bytes": size.context_bytes,
        "audio_bytes": size.audio_bytes,
        "flash_bytes": size.flash_bytes,
        "table_bytes": size.table_bytes,
        "fits": verdict.fits,
        "average_instructions_per_second": round(work.average),
        "burst_instructions_per_second": round(work.burst),
        "flush_instructions": work.flush_instructions,
        "cycles_per_instruction": verdict.cycles_per_instruction,
        "clock_needed": round(verdict.clock_needed),
        "load": round(verdict.load, 3),
        "half_samples": verdict.half_samples,
        "keeps_up": verdict.keeps_up,
    }


def _show_verdicts(found: "list[Verdict]", as_json: bool) -> None:
    if as_json:
        print_json([_verdict_figures(verdict) for verdict in found])
        return
    memories, times = [], []
    hop = 1000 * found[0].budget.hop / found[0].budget.sample_rate
    for verdict in found:
        board, size, work = verdict.board, verdict.size, verdict.budget
        memories.append(
            [
                board.name,
                board.core,
                f"{size.ram_bytes:,} of {board.ram:,}",
                f"{size.context_bytes:,}",
                f"{size.audio_bytes:,}",
                f"{size.flash_bytes:,} of {board.flash:,}",
                f"{size.table_bytes:,}",
                "yes" if verdict.fits else "no",
                "unverified" if board.source == "unverified" else "documented",
            ]
        )
        buffer = verdict.half_samples and f"2 x {1000 * verdict.half_samples / work.sample_rate:.0f} ms"
        times.append(
            [
                board.name,
                f"{work.average / 1e6:.1f}",
                f"{work.burst / 1e6:.1f}",
                f"{work.flush_instructions / 1e6:.1f}",
                f"{verdict.cycles_per_instruction:g}",
                f"{verdict.clock_needed / 1e6:.0f} of {board.clock / 1e6:.0f} MHz",
                f"{100 * verdict.load:.0f} %",
                f"yes, with {buffer}" if buffer else "no",
            ]
        )
    columns = ["board", "core", "RAM", "(context)", "(audio)", "flash", "(tables)", "fits", "board's figures"]
    print_table(columns, memories, left=2)
    click.echo(
        "\nMillions of instructions, counted. Clock and load are computed at assumed cycles an instruction (CPI)."
    )
    print_table(
        ["board", "average/s", "burst/s", "flush", "CPI", f"clock for 2 x {hop:.0f} ms", "load", "keeps up"], times
    )
