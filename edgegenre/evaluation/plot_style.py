"""How pictures look, and how those of this room are written."""

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from edgegenre.errors import EdgegenreError, missing
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


FORMATS = (".png", ".svg")
"""Endings of the pictures that can be drawn."""


def check_picture(path: Path) -> None:
    """To be asked before the work whose result is drawn.

    Raises MissingDependencyError without matplotlib, EdgegenreError when `path` cannot become a picture.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise missing("matplotlib", "bench", "Drawing a picture")
    if path.suffix.lower() not in FORMATS:
        raise EdgegenreError(f"{path}: pictures are drawn as {' or '.join(FORMATS)}. Choose one of these endings.")
    if path.is_dir():
        raise EdgegenreError(f"{path} is a folder. Name a file for the picture.")


def write_picture(path: Path, draw: Callable[[Any], None], *, inches: tuple[float, float]) -> None:
    """Let `draw` fill an empty figure, and put it in the place of `path`, in the format of its ending.

    Raises what `check_picture` raises, and EdgegenreError when the file cannot be written.
    """
    check_picture(path)
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with rc_context(_STYLE), replacing_file(path) as temporary:
        figure = Figure(figsize=inches, layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure)
        figure.savefig(temporary, format=path.suffix[1:].lower(), dpi=130)


def head(figure: Any, text: str, size: float = 10) -> None:
    """Write `text` over all panels, from the left."""
    figure.suptitle(text, x=0.01, ha="left", fontsize=size)


def label_rows(panels: Sequence[Any], labels: Sequence[str]) -> None:
    """One labeled row each in panels that share their y axis, the first on top, without an axis line."""
    panels[0].set_ylim(len(labels) - 0.45, -0.55)
    panels[0].set_yticks(range(len(labels)), labels)
    for axes in panels:
        axes.grid(visible=False, axis="y")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
