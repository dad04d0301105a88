"""`edgegenre profile`: where the time or the instructions of one clip go, layer by layer."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegenre.cli.console import can_print, print_json, print_table, show
from edgegenre.cli.options import bundle_or_latest, json_option

if TYPE_CHECKING:
    from edgegenre.records.record import LayerCost, Record

BAR = 24
PLACES = {"mcu": "mps2-an386", "pi": "cortex-a72"}
"""The emulated processor of each place that is none of --processor."""


@click.command("profile", short_help="Where one clip's time or instructions go.")
@click.argument("bundle", required=False, type=click.Path(path_type=Path))
@click.option(
    "--target",
    "place",
    type=click.Choice(["cpu", "mcu", "pi"]),
    default="cpu",
    show_default=True,
    help="This CPU by the clock, or an emulated microcontroller or Raspberry Pi by counted instructions.",
)
@click.option(
    "--engine",
    type=click.Choice(["native", "onnxruntime"]),
    default="native",
    show_default=True,
    help="With cpu: our C, or onnxruntime by its own profiler.",
)
@click.option("--processor", help="With mcu and pi: another emulated processor (`firmware run --list-boards`).")
@click.option("--picture", type=click.Path(path_type=Path), help="Draw it, too: a .svg or .png file.")
@click.option("--out", type=click.Path(path_type=Path), help="A file for the record, which `report` draws.")
@json_option
def profile_command(
    bundle: Path | None,
    place: str,
    engine: str,
    processor: str | None,
    picture: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """List BUNDLE's layers (default: the newest bundle) with what each takes of one clip.

    Multiplies and memory are computed; memory is what an int8 stream keeps for the layer. Times are medians on one
    thread; instructions are counted and no time.
    """
    from edgegenre.evaluation.plot_style import check_picture
    from edgegenre.records.files import write_records
    from edgegenre.report.profile import draw_profile
    from edgegenre.runtime.model import open_model
    from edgegenre.targets.profile import counted_profile, timed_profile

    if processor is not None and place == "cpu":
        raise click.UsageError("--processor is for --target mcu and pi.")
    if picture is not None:
        check_picture(picture)
    model = open_model(bundle_or_latest(bundle))
    if place == "cpu":
        record = timed_profile(model, engine)
    else:
        record = counted_profile(model, place, processor or PLACES[place])
    if as_json:
        print_json(record.to_dict())
    else:
        _show(record)
    if out is not None:
        write_records(out, [record])
    if picture is not None:
        draw_profile(record, picture)


def _show(record: "Record") -> None:
    from edgegenre.report.profile import cost_of, unit_of

    unit = unit_of(record)
    total = sum(cost_of(layer) for layer in record.layers)
    show(f"{record.model} on {record.machine.name}, {record.engine}: one clip, {record.provenance}\n")
    rows = []
    for layer in record.layers:
        share = cost_of(layer) / total if total else 0.0
        rows.append(
            [
                layer.name,
                layer.kind,
                _bar(share),
                f"{100 * share:.1f} %",
                _amount(layer),
                f"{layer.multiplies:,}" if layer.multiplies else "",
                f"{cost_of(layer) / layer.multiplies * (1e6 if unit == 'ms' else 1):.3g}" if layer.multiplies else "",
                f"{layer.bytes:,}" if layer.bytes is not None else "",
            ]
        )
    each = "ns each" if unit == "ms" else "each"
    print_table(["layer", "kind", "", "share", unit, "multiplies", each, "bytes kept"], rows, left=3)
    whole = f"{total:.3f} ms" if unit == "ms" else f"{total:,.0f} instructions"
    click.echo(f"\n{whole}, {sum(layer.multiplies for layer in record.layers):,} multiplies")


def _bar(share: float) -> str:
    full, empty = ("█", "░") if can_print("█░") else ("#", ".")
    length = round(BAR * share)
    return full * length + empty * (BAR - length)


def _amount(layer: "LayerCost") -> str:
    return f"{layer.milliseconds:.3f}" if layer.milliseconds is not None else f"{layer.instructions:,}"
