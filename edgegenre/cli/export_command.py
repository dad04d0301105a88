"""`edgegenre export`: from a run folder to a bundle."""

from pathlib import Path

import click

from edgegenre.cli.console import console_progress, show
from edgegenre.cli.options import data_at_option, run_or_latest


@click.command("export", short_help="Write a run's bundle: ONNX, TFLite, C.")
@click.argument("run", required=False, type=click.Path(path_type=Path))
@click.option("--int8/--float", "int8", default=True, help="Quantize to int8 (default) or keep float32.")
@click.option(
    "--recipe",
    metavar="NAME",
    help="Quantization recipe, or the path of your own .toml; `edgegenre quantize compare` recommends one.",
)
@click.option("--qat", is_flag=True, help="Fine-tune the int8 weights under their own rounding: about a minute.")
@click.option(
    "--to",
    "names",
    metavar="NAMES",
    multiple=True,
    help="Only some of onnx, tflite, c (the firmware): --to c, --to onnx,c; default: all of them.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the bundle; default: bundles/<run name>.")
@data_at_option
def export_command(
    run: Path | None,
    int8: bool,
    recipe: str | None,
    qat: bool,
    names: tuple[str, ...],
    out: Path | None,
    data_at: Path | None,
) -> None:
    """Write the bundle of RUN (default: the latest): ONNX, TFLite, C, integers, manifest."""
    from edgegenre.bundle import load_bundle
    from edgegenre.deploy.assemble import export_bundle
    from edgegenre.quantize.recipe import recipe_for
    from edgegenre.runs.fine_tuned import in_words

    recipe_for(recipe, quantized=int8, qat=qat)  # a wrong one is said before the run is looked for
    folder = export_bundle(
        run_or_latest(run, data_at),
        quantized=int8,
        recipe_name=recipe,
        qat=qat,
        to=[name.strip() for text in names for name in text.split(",")],
        out_folder=out,
        progress=console_progress(),
    )
    manifest = load_bundle(folder).manifest
    numbers = "int16 activations, int8 weights" if manifest.wide else "int8"
    if not int8:
        numbers = "float32, weights stored as float16" if manifest.quantization else "float32"
    synthetic = " (synthetic)" if manifest.training.get("synthetic") else ""
    show(f"{folder}: {manifest.model}, {len(manifest.labels)} genres, {numbers}")
    if "qat" in manifest.quantization:
        show(in_words(manifest.quantization["qat"]))
    for arithmetic, figures in manifest.metrics.items():
        show(f"accuracy in {arithmetic}: {figures['accuracy']:.3f} on {figures['clips']} test tracks{synthetic}")
