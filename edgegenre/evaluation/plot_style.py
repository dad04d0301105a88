"""How the pictures of this room look, and how they are written."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from edgegenre.errors import missing
from edgegenre.files import replacing_file

# The colors of the report.
INK, MUTED, GRID = "#1d2230", "#5c6374", "#dcdde2"
BLUE, ORANGE = "#3b6fb6", "#d9622b"
_STYLE: Any = {
    "font.size": 10,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": GRID,
    "ytick.color": GRID,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
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
