"""The inside of a quantized bundle as a picture: a row a layer, where its values lie, its noise, its saturation."""

from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.deploy.inspect_bundle import Inspection, LayerInspection
from edgegenre.evaluation.plot_style import BLUE, GRID, MUTED, ORANGE, head, label_rows, write_picture
from edgegenre.integer.quantization import INT8_HIGH, INT8_LOW
from edgegenre.quantize.inspect import OUTSIDE


def draw_inspection(inspection: Inspection, path: Path) -> None:
    """Write the PNG `path`. Every layer's float values are drawn in its own steps, so that all share one axis.

    Raises MissingDependencyError without matplotlib, EdgegenreError when the folder cannot be written to.
    """
    layers = inspection.layers

    def draw(figure: Any) -> None:
        panels = figure.subplots(1, 3, sharey=True, width_ratios=[2.6, 1, 1])
        for row, layer in enumerate(layers):
            _histogram(panels[0], row, layer)
        _frame_histograms(panels[0], inspection)
        _noise(panels[1], layers)
        _saturation(panels[2], layers)
        label_rows(panels, [layer.name for layer in layers])
        synthetic = ", synthetic data" if inspection.synthetic else ""
        head(
            figure,
            f"{inspection.model} ({inspection.run}{synthetic}), recipe {inspection.recipe}: "
            f"{inspection.test_clips} test clips, {inspection.calibration_clips} calibration clips",
            11,
        )

    write_picture(path, draw, inches=(12.0, 1.8 + 0.44 * len(layers)))


def _histogram(axes: Any, row: int, layer: LayerInspection) -> None:
    """Logarithmic, standing on the lower edge of the row: zeros of a ReLU would hide all else."""
    steps = np.arange(INT8_LOW - OUTSIDE, INT8_HIGH + OUTSIDE + 1)
    logarithms = np.log1p(layer.test.counts)
    heights = 0.85 * logarithms / max(float(logarithms.max()), 1.0)
    floor = row + 0.42
    inside = (steps >= INT8_LOW) & (steps <= INT8_HIGH)
    for chosen, color in ((inside, BLUE), (~inside, ORANGE)):
        tops = np.where(chosen, floor - heights, floor)
        axes.fill_between(steps, floor, tops, step="mid", color=color, alpha=0.75, linewidth=0)
    axes.plot([steps[0], steps[-1]], [floor, floor], color=GRID, linewidth=0.8)


def _frame_histograms(axes: Any, inspection: Inspection) -> None:
    for end in (INT8_LOW - 0.5, INT8_HIGH + 0.5):
        axes.axvline(end, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    axes.set_xlim(INT8_LOW - OUTSIDE, INT8_HIGH + OUTSIDE)
    axes.set_xticks([INT8_LOW, -64, 0, 64, INT8_HIGH])
    axes.set_title(
        "float values in each layer's integer steps, log scale\n(test clips; orange: beyond the integers' range)"
    )


def _noise(axes: Any, layers: tuple[LayerInspection, ...]) -> None:
    values = [layer.test.noise_ratio for layer in layers]
    for row, value in enumerate(values):
        if value is not None:
            axes.plot([0, value], [row, row], color=BLUE, linewidth=3, alpha=0.35)
            axes.plot(value, row, "o", color=BLUE, markersize=7)
            axes.annotate(f"{value:.1f}", (value, row), (7, 0), textcoords="offset points", va="center", fontsize=9)
    known = [value for value in values if value is not None]
    axes.set_xlim(min(known, default=0) if min(known, default=0) < 0 else 0, 1.3 * max([*known, 1]))
    axes.set_title("signal to noise, dB\n(test clips)")


def _saturation(axes: Any, layers: tuple[LayerInspection, ...]) -> None:
    """On an axis that is linear up to one value in a million and logarithmic from there: most rates are 0."""
    for row, layer in enumerate(layers):
        for figures, color, shift in ((layer.calibration, MUTED, -0.15), (layer.test, ORANGE, 0.15)):
            rate = figures.saturation
            axes.plot([0, rate], [row + shift, row + shift], color=color, linewidth=2, alpha=0.4)
            axes.plot(rate, row + shift, "o", color=color, markersize=5, clip_on=False)
    axes.set_xscale("symlog", linthresh=1e-6)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 1e-6, 1e-4, 1e-2, 1], ["0", "0.0001", "0.01", "1", "100"])
    axes.minorticks_off()
    axes.set_title("clipped values, %\n(gray: calibration, orange: test)")
