"""How pictures look, and how those of this room are written."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from edgegenre.errors import missing
from edgegenre.files import replacing_file

# The colors of the report.
INK, MUTED, GRID = "#1d2230", "#5c6374", "#dcdde2"
BLUE, ORANGE = "#3b6fb6", "#d9622b"


def style(ink: str, muted: str, grid: str) -> dict[str, Any]:
    """matplotlib's settings that all pictures share, in three colors."""
    return {
        "text.color": ink,
        "text.parse_math": False,
        "axes.edgecolor": grid,
        "axes.labelcolor": muted,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": grid,
        "grid.linewidth": 0.8,
        "xtick.color": grid,
        "ytick.color": grid,
        "xtick.labelcolor": muted,
        "ytick.labelcolor": muted,
        "legend.frameon": False,
    }


_STYLE: Any = style(INK, MUTED, GRID) | {
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "ytick.labelcolor": INK,
}


def write_png(path: Path, draw: Callable[[Any], None], *, inches: tuple[float, float]) -> None:
    """Let `draw` fill an empty figure, and put it as a PNG in the place of `path`.

    Raises MissingDependencyError without matplotlib, EdgegenreError when the folder cannot be written to.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise missing("matplotlib", "bench", "Drawing a picture") from error

    with rc_context(_STYLE), replacing_file(path) as temporary:
        figure = Figure(figsize=inches, layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure)
        figure.savefig(temporary, format="png", dpi=130)


def label_rows(panels: Sequence[Any], labels: Sequence[str]) -> None:
    """One labeled row each in panels that share their y axis, the first on top, without an axis line."""
    panels[0].set_ylim(len(labels) - 0.45, -0.55)
    panels[0].set_yticks(range(len(labels)), labels)
    for axes in panels:
        axes.grid(visible=False, axis="y")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
