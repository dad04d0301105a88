"""How the report's plots are drawn: inline SVG whose colors are CSS variables, one drawing for light and dark pages."""

import html
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgegenre.errors import missing
from edgegenre.evaluation.plot_style import style

# Stand-ins that matplotlib draws with and `_css` replaces by variables of the page's style.
INK, MUTED, GRID, SURFACE = "#010101", "#020202", "#030303", "#040404"
STANDARD, SEPARABLE, THIRD = "#050505", "#060606", "#070707"
_VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    GRID: "--grid",
    SURFACE: "--surface",
    STANDARD: "--blue",
    SEPARABLE: "--orange",
    THIRD: "--green",
}
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"
_STYLE: Any = style(INK, MUTED, GRID) | {
    "svg.fonttype": "none",
    "svg.hashsalt": "edgegenre",
    "font.size": 11,
    "axes.labelsize": 11,
    "axes.facecolor": "none",
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "figure.facecolor": "none",
    "legend.labelcolor": INK,
    "legend.fontsize": 10.5,
}
_MANY_DECADES = 1000
MARKERS = ("o", "s", "D", "^", "v", "P", "X")


@dataclass(frozen=True, kw_only=True)
class Plot:
    """An SVG element, and in words what it shows, for those who cannot see it."""

    svg: str
    alt: str


def drawn(
    draw: Callable[[Any], None], alt: str, *, name: str, height: float = 4.2, titles: Mapping[str, str] | None = None
) -> Plot:
    """The plot that `draw` makes on empty axes.

    name: before all its ids. height: in inches. titles: what a pointer over an element tells, by the element's `gid`.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise missing("matplotlib", "bench", "Drawing the report") from error

    stream = io.StringIO()
    with rc_context(_STYLE):
        figure = Figure(figsize=(6.6, height), layout="constrained")
        draw(figure.subplots())
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = _css(stream.getvalue(), name)
    for element, words in (titles or {}).items():
        opening = f'<g id="{name}-{element}">'
        svg = svg.replace(opening, f"{opening}<title>{html.escape(words)}</title>", 1)
    return Plot(svg=svg, alt=alt)


def _css(svg: str, name: str) -> str:
    """The bare <svg> element: ids of its own, the page's font, CSS variables for colors, and no size but its ratio."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\b(id="|url\(#|href="#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r"(font: [^;\"]*?px) [^;\"]*", rf"\g<1> {_FONT}", svg)
    for color, variable in _VARIABLES.items():
        svg = svg.replace(color, f"var({variable})")
    opening, rest = svg.split(">", 1)
    view = re.search(r'viewBox="[^"]*"', opening)
    assert view is not None
    return f'<svg {view.group()} aria-hidden="true" focusable="false">{rest}'


def legend(axes: Any, entries: Sequence[tuple[str, str, str]]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], marker=marker, color=color, linestyle="none", markersize=8, label=label)
        for marker, color, label in entries
    ]
    axes.figure.legend(handles=handles, loc="outside upper left", ncols=5, columnspacing=1.2, handletextpad=0.2)


def plain_log(axis: Any) -> None:
    """Ticks at 1, 2 and 5 of each decade, or at 1 alone where there are many, written as plain numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1,) if high > _MANY_DECADES * low else (1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def label_rows(axes: Any, labels: Sequence[str]) -> None:
    """One labeled row each, the first on top, without an axis line."""
    axes.set_ylim(len(labels) - 0.45, -0.75)
    axes.set_yticks(range(len(labels)), labels, color=INK)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def beside(axes: Any, x: float, y: float, text: str) -> None:
    axes.annotate(text, (x, y), (8, 0), textcoords="offset points", va="center", fontsize=10)
