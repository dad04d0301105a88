"""`edgegenre quantize`: choosing a quantization recipe, and looking inside a quantized bundle."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from edgegenre.cli.console import console_progress, print_json, say
from edgegenre.cli.options import bundle_or_latest, data_at_option, json_option, run_or_latest
from edgegenre.cli.rich_table import print_rich_table

if TYPE_CHECKING:
    from edgegenre.deploy.compare_recipes import RecipeComparison, RecipeScore
    from edgegenre.deploy.inspect_bundle import Inspection

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _picture_option(default: str) -> Callable[[_Command], _Command]:
    """--out, looked at before anything is computed."""

    def checked(ctx: click.Context, parameter: click.Parameter, path: Path) -> Path:
        from edgegenre.evaluation.plot_style import check_picture

        check_picture(path)
        return path

    return click.option(
        "--out",
        default=Path(default),
        show_default=True,
        type=click.Path(path_type=Path),
        callback=checked,
        help="The picture, .png or .svg.",
    )


@click.group("quantize", short_help="Compare recipes; look inside the integers.")
def quantize_command() -> None:
    """Choose a quantization recipe for a run, or see what quantization did to each layer of a bundle."""


@quantize_command.command("compare", short_help="What every recipe does to a run.")
@click.argument("run", required=False, type=click.Path(path_type=Path))
@data_at_option
@_picture_option("quantize-compare.png")
@click.option("--qat", is_flag=True, help="Also the recipes with quantization-aware training: minutes.")
@json_option
def compare_command(run: Path | None, data_at: Path | None, out: Path, qat: bool, as_json: bool) -> None:
    """Quantize RUN (default: the latest) by every recipe, score them on its validation tracks, recommend one."""
    from edgegenre.deploy.compare_plot import draw_comparison
    from edgegenre.deploy.compare_recipes import compare_recipes

    comparison = compare_recipes(run_or_latest(run, data_at), qat=qat, progress=console_progress())
    for sentence in comparison.left_out:
        say(f"left out: {sentence}")
    if as_json:
        print_json(comparison.to_dict())
    else:
        _show_comparison(comparison)
    draw_comparison(comparison, out)
    say(f"drawn: {out}")


@quantize_command.command("inspect", short_help="What quantization did to each layer.")
@click.argument("bundle", required=False, type=click.Path(path_type=Path))
@click.option("--run", type=click.Path(path_type=Path), help="The run it was exported from; default: that of its name.")
@data_at_option
@_picture_option("inspect.png")
@json_option
def inspect_command(bundle: Path | None, run: Path | None, data_at: Path | None, out: Path, as_json: bool) -> None:
    """Compare every layer of BUNDLE (default: the newest) with its run's float network: noise, clipping, bounds."""
    from edgegenre.deploy.inspect_bundle import inspect_bundle
    from edgegenre.deploy.inspect_plot import draw_inspection

    folder = bundle_or_latest(bundle)
    given = run_or_latest(run) if run is not None else None
    inspection = inspect_bundle(folder, run=given, data_at=data_at, progress=console_progress())
    if as_json:
        print_json(inspection.to_dict())
    else:
        _show_inspection(inspection)
    draw_inspection(inspection, out)
    say(f"drawn: {out}")


def _show_inspection(inspection: "Inspection") -> None:
    headings = [
        "layer",
        "kind",
        "SNR dB\ntest",
        "SNR dB\ncalib.",
        "clipped\ntest",
        "clipped\ncalib.",
        "headroom\nbits",
        "shifts",
    ]
    rows = [
        [
            layer.name,
            layer.kind,
            _decibels(layer.test.noise_ratio),
            _decibels(layer.calibration.noise_ratio),
            f"{layer.test.saturation:.4%}",
            f"{layer.calibration.saturation:.4%}",
            "–" if layer.headroom_bits is None else f"{layer.headroom_bits:.1f}",
            "–".join(dict.fromkeys(map(str, layer.shifts or ("",)))),
        ]
        for layer in inspection.layers
    ]
    print_rich_table(headings, rows, left=2)
    synthetic = " (synthetic)" if inspection.synthetic else ""
    click.echo(
        f"{inspection.bundle}: {inspection.model}, recipe {inspection.recipe}, beside the float network of "
        f"{inspection.run} on {inspection.data}{synthetic}\n"
        f"clips: {inspection.test_clips} test, {inspection.calibration_clips} calibration; clipped: share of values\n"
        "headroom: from the proven worst accumulator to its bound, 2^30 (int16x8: 2^45)"
    )


def _decibels(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _show_comparison(comparison: "RecipeComparison") -> None:
    from edgegenre.deploy.compare_recipes import RULE

    headings = [
        "recipe",
        "accuracy\n95 %",
        "agreement\n95 %",
        "logit\nerror",
        "weights\nbytes",
        "file\nbytes",
        "RAM\nbytes",
    ]
    marked = [score.recipe for score in comparison.scores].index(comparison.recommended)
    print_rich_table(headings, [_line(score) for score in comparison.scores], marked={marked})
    synthetic = " (synthetic)" if comparison.synthetic else ""
    chosen = comparison.recommended_score
    flag = "--int8" if chosen.form == "int8" else "--float"
    click.echo(
        f"{comparison.run} on {comparison.data}{synthetic}\n"
        f"accuracy: {comparison.validation_tracks} validation tracks\n"
        f"agreement (top-1 with float), logit error (mean |difference|): {comparison.counted}\n"
        "file: .tflite or .onnx; RAM: of the stream, without the front end, computed\n"
        f"multiplies: {chosen.multiplies / 1e6:.1f} M a clip, whatever the recipe\n"
    )
    click.echo(f"recommended: {chosen.recipe}: {RULE}.")
    click.echo(f"Next: edgegenre export {comparison.run} {flag} --recipe {chosen.recipe}")


def _line(score: "RecipeScore") -> list[str]:
    return [
        score.recipe if score.form == score.recipe else f"{score.recipe}\n  {score.form}",
        f"{score.accuracy:.3f}\n{_interval(score.accuracy_interval)}",
        f"{score.agreement:.1%}\n{_interval(score.agreement_interval)}",
        f"{score.logit_error:.4f}",
        f"{score.stored_bytes:,}",
        _bytes(score.file_bytes),
        _bytes(score.stream_ram_bytes),
    ]


def _interval(bounds: tuple[float, float]) -> str:
    return f"{bounds[0]:.2f}–{bounds[1]:.2f}"


def _bytes(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"
