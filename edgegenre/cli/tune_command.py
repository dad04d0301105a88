"""`edgegenre tune`: how sure a bundle has to be before it names a genre."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegenre.cli.console import console_progress, print_json, say
from edgegenre.cli.options import arithmetic_option, bundle_or_latest, engine_option, json_option, skip_broken_option
from edgegenre.printable import printable

if TYPE_CHECKING:
    from edgegenre.deploy.tune import Cost, Tuning
    from edgegenre.integer.requantize import Arithmetic


@click.command("tune", short_help="Choose the thresholds of a bundle.")
@click.argument("bundle", required=False, type=click.Path(path_type=Path))
@click.option(
    "--data",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Music, a folder a genre; training and test tracks of the model's run are left out.",
)
@click.option(
    "--non-music", metavar="DIR", type=click.Path(path_type=Path), help="Speech, noise and the like; no music."
)
@click.option(
    "--max-false-per-hour",
    required=True,
    metavar="X",
    type=click.FloatRange(min=0),
    help="How often an hour a genre may be named that does not sound: in --non-music, without it in --data.",
)
@engine_option
@arithmetic_option
@skip_broken_option
@json_option
def tune_command(
    bundle: Path | None,
    data: Path,
    non_music: Path | None,
    max_false_per_hour: float,
    engine: str | None,
    arithmetic: "Arithmetic",
    skip_broken: bool,
    as_json: bool,
) -> None:
    """Choose gate, reject threshold, thresholds of the genres and confirmation of BUNDLE (default: the newest).

    They are written into the bundle, everywhere it says them: manifest, .onnx, .tflite and C tables.
    """
    from edgegenre.bundle import load_bundle
    from edgegenre.deploy.tune import tune
    from edgegenre.deploy.tuning_material import tuning_material

    opened = load_bundle(bundle_or_latest(bundle))
    material = tuning_material(opened, data, non_music)
    for remark in material.remarks:
        say(remark)
    tuning = tune(
        opened,
        material,
        max_false_per_hour=max_false_per_hour,
        engine=engine,
        arithmetic=arithmetic,
        skip_broken=skip_broken,
        progress=console_progress(),
    )
    if as_json:
        print_json(tuning.to_dict())
        return
    for line in _lines(tuning):
        click.echo(line)
    if tuning.too_short:
        say("that is too little sound for so few false genres: none at all was allowed. More of it makes surer.")
    say(f"{opened.folder} holds them now. Copy it to the device again.")


def _lines(tuning: "Tuning") -> list[str]:
    decisions = tuning.decisions
    thresholds = ", ".join(f"{printable(label)} {value:.2f}" for label, value in decisions.thresholds.items())
    other = f" and {tuning.other_seconds / 60:.0f} min without music" if tuning.other_seconds else ""
    return [
        f"silence below {decisions.gate.opens:g} dBFS",
        f"unknown below {decisions.reject.threshold:g} in the score '{decisions.reject.score}'",
        f"thresholds of genres: {thresholds or 'none'}",
        f"confirmation: {decisions.confirmation} decisions",
        f"measured on what it was chosen on: {tuning.music_seconds / 60:.0f} min of music{other}",
        f"before: {_cost(tuning.before)}",
        f"now:    {_cost(tuning.after)}",
    ]


def _cost(cost: "Cost") -> str:
    return (
        f"{cost.false_per_hour:.1f} false genres an hour; of the music {cost.right:.0%} right, {cost.wrong:.0%} wrong, "
        f"{cost.rejected:.0%} rejected"
    )
