"""A profile drawn: one bar a layer, as wide as its share, colored by kind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from edgegenre.evaluation.plot_style import BLUE, INK, MUTED, ORANGE, label_rows, write_picture
from edgegenre.records.record import LayerCost, Record
from edgegenre.report.places import Unit

GREEN = "#2f8f6b"
_COLORS = {"convolution": BLUE, "pointwise": BLUE, "depthwise": ORANGE, "pool": MUTED}


def unit_of(record: Record) -> Unit:
    """What its layers were measured in."""
    return "ms" if any(layer.milliseconds is not None for layer in record.layers) else "instructions"


def cost_of(layer: LayerCost) -> float:
    """In the unit of its record."""
    return layer.milliseconds if layer.milliseconds is not None else float(layer.instructions or 0)


def draw_profile(record: Record, path: Path) -> None:
    """Write the picture of `record`'s layers to `path`, a .svg or .png file.

    Raises MissingDependencyError without matplotlib, EdgegenreError when `path` cannot become a picture.
    """

    def draw(figure: Any) -> None:
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
        fill_profile(left, right, record, color=lambda kind: _COLORS.get(kind, GREEN), ink=INK)
        left.set_title(f"{record.model} on {record.machine.name}, {record.engine}: {record.provenance}")
        label_rows([left, right], [layer.name for layer in record.layers])

    write_picture(path, draw, inches=(8.5, 1.4 + 0.3 * len(record.layers)))


def fill_profile(left: Any, right: Any | None, record: Record, *, color: Callable[[str], str], ink: str) -> None:
    """Bars of what each layer takes in the axes `left`, beside its multiplies in `right`; the first layer is row 0.

    color: of a kind of layer.
    """
    unit = unit_of(record)
    scale = 1.0 if unit == "ms" else 1e-6
    for row, layer in enumerate(record.layers):
        cost = cost_of(layer) * scale
        left.barh(row, cost, height=0.62, color=color(layer.kind))
        left.annotate(
            f"{cost:.3g}", (cost, row), (4, 0), textcoords="offset points", va="center", fontsize=8, color=ink
        )
        if right is not None:
            right.barh(row, layer.multiplies / 1e6, height=0.62, color=color(layer.kind), alpha=0.45)
    left.set_xlabel("milliseconds a clip" if unit == "ms" else "millions of instructions a clip")
    if right is not None:
        right.set_xlabel("millions of multiplies")
    left.margins(x=0.16)
