"""The report's plots as inline SVG whose colors are CSS variables: one drawing for light and dark pages."""

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from edgegenre.errors import missing
from edgegenre.evaluation.plot_style import style
from edgegenre.records.record import Record
from edgegenre.records.words import ENGINES, engine_words, millions, milliseconds, shortened, subject_words
from edgegenre.report.audit import Audit
from edgegenre.report.gain import Gain
from edgegenre.zoo.entry import ZooEntry

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
_MARKERS = ("o", "s", "D", "^", "v", "P", "X")


@dataclass(frozen=True, kw_only=True)
class Plot:
    """An SVG element, and in words what it shows, for those who cannot see it."""

    svg: str
    alt: str


def models_plot(models: Sequence[ZooEntry]) -> Plot:
    """Multiplies of a clip against parameters; a line joins a separable model and its standard partner."""
    work = {entry.name: entry.costs() for entry in models}

    def draw(axes: Any) -> None:
        for entry in models:
            cost = work[entry.name]
            separable, recurrent = entry.name.startswith("ds-"), "RNN" in entry.family
            partner = work.get(f"ds-{entry.name}")
            x, y = cost.parameters / 1e3, cost.multiplies / 1e6
            if partner:
                axes.plot(
                    [x, partner.parameters / 1e3], [y, partner.multiplies / 1e6], color=GRID, linewidth=2, zorder=1
                )
            axes.plot(
                x,
                y,
                marker="s" if recurrent else "o",
                color=SEPARABLE if separable else STANDARD,
                markersize=10 if separable or recurrent else 13,
                markeredgecolor=SURFACE,
                markeredgewidth=1.5,
                linestyle="none",
                zorder=3 if separable else 2,
            )
        for family, index in (("CNN", -1), ("DS-CNN", -1), ("CRNN", -1), ("DS-CRNN", -1)):
            last = [entry for entry in models if entry.family == family][index:]
            for entry in last:
                cost = work[entry.name]
                above = family != "DS-CNN"
                axes.annotate(
                    family,
                    (cost.parameters / 1e3, cost.multiplies / 1e6),
                    (0, 11 if above else -19),
                    textcoords="offset points",
                    ha="center",
                )
        axes.set(yscale="log", xlabel="parameters, thousands", ylabel="multiplies a clip, millions")
        axes.set_ylim(12, 2000)
        axes.set_xlim(300, 1000)
        _plain_log(axes.yaxis)
        _legend(axes, [("o", STANDARD, "standard"), ("o", SEPARABLE, "separable")])

    sentences = [
        f"{name}: {cost.parameters:,} parameters, {cost.multiplies / 1e6:.1f} million multiplies"
        for name, cost in work.items()
    ]
    return _plot(draw, "Multiplies of one clip against parameters. " + "; ".join(sentences) + ".", name="models")


def audit_plot(audit: Audit) -> Plot:
    """One row a separable model: its multiplies, its partner's of equal parameters, its own at equal width."""
    rows = list(zip(audit.equal_parameters, audit.equal_width, strict=True))

    def draw(axes: Any) -> None:
        for y, (parameters, width) in enumerate(rows):
            values = [item / 1e6 for item in _three(parameters, width)]
            axes.plot([min(values), max(values)], [y, y], color=GRID, linewidth=3, zorder=1, solid_capstyle="round")
            own, partner, wide = values
            style: dict[str, Any] = {"linestyle": "none", "markersize": 11, "markeredgecolor": SURFACE}
            axes.plot(wide, y, marker="D", color=THIRD, **(style | {"markersize": 9}))
            axes.plot(partner, y, marker="o", color=STANDARD, **(style | {"markersize": 14}))
            axes.plot(own, y, marker="o", color=SEPARABLE, **(style | {"markersize": 9}), zorder=4)
            _beside(axes, wide, y, f"{width.saving:.1f}×")
        axes.set(xscale="log", xlabel="multiplies a clip, millions")
        axes.set_xlim(12, 20_000)
        _rows(axes, [parameters.separable.name for parameters, _ in rows])
        _plain_log(axes.xaxis)
        _legend(
            axes,
            [
                ("o", SEPARABLE, "separable"),
                ("o", STANDARD, "standard, equal parameters"),
                ("D", THIRD, "standard, equal width"),
            ],
        )

    sentences = [
        "{}: {:.1f} million; standard at equal parameters {:.1f}; standard at equal width {:.1f}".format(
            parameters.separable.name, *(item / 1e6 for item in _three(parameters, width))
        )
        for parameters, width in rows
    ]
    return _plot(draw, "Multiplies of one clip. " + "; ".join(sentences) + ".", name="audit", height=3.6)


def accuracy_plot(records: Sequence[Record]) -> Plot | None:
    """Latency of a clip against accuracy, a marker an engine and model; None where no record has both."""
    shown = [record for record in records if record.latency and record.accuracy and record.workload == "clip"]
    if not shown:
        return None
    engines = list(dict.fromkeys(record.engine for record in shown))
    models = list(dict.fromkeys(record.bundle for record in shown))

    def draw(axes: Any) -> None:
        for record in shown:
            assert record.accuracy
            axes.plot(
                _median(record),
                100 * record.accuracy.value,
                marker=_MARKERS[engines.index(record.engine) % len(_MARKERS)],
                color=_arithmetic_color(record),
                markersize=11,
                markeredgecolor=SURFACE,
                markeredgewidth=1.5,
                linestyle="none",
            )
        if len(models) > 1:
            for bundle in models:
                first = min((item for item in shown if item.bundle == bundle), key=_median)
                assert first.accuracy
                axes.annotate(
                    shortened(subject_words(first, shown), 28),
                    (_median(first), 100 * first.accuracy.value),
                    (0, 10),
                    textcoords="offset points",
                    ha="center",
                )
        times = [_median(record) for record in shown]
        values = [100 * record.accuracy.value for record in shown if record.accuracy]
        axes.set(xscale="log", xlabel="milliseconds a clip (median, one thread)", ylabel="accuracy, %")
        axes.set_xlim(min(times) / 1.6, max(times) * 1.6)
        axes.set_ylim(max(0, min(values) - 6), min(101, max(values) + 6))
        _plain_log(axes.xaxis)
        handles = [
            (_MARKERS[index % len(_MARKERS)], MUTED, ENGINES.get(engine, engine))
            for index, engine in enumerate(engines)
        ]
        _legend(axes, [*handles, ("s", SEPARABLE, "int8"), ("s", STANDARD, "float")])

    sentences = [
        f"{record.model} on {engine_words(record.engine, record.arithmetic)}: {_median(record):.3g} ms, "
        f"{100 * record.accuracy.value:.1f} %"
        for record in shown
        if record.accuracy
    ]
    return _plot(draw, "Median latency against accuracy. " + "; ".join(sentences) + ".", name="accuracy")


def latency_plot(records: Sequence[Record]) -> Plot | None:
    """Median and 5 % to 95 % range of a clip, one row an engine and model; None without a measured clip."""
    shown = [record for record in records if record.latency and record.workload == "clip"]
    if not shown:
        return None
    shown.sort(key=lambda record: (record.bundle, _median(record)))
    several = len({(record.bundle, record.machine) for record in shown}) > 1

    def draw(axes: Any) -> None:
        for y, record in enumerate(shown):
            assert record.latency
            color = _arithmetic_color(record)
            axes.plot([record.latency.p5_ms, record.latency.p95_ms], [y, y], color=color, linewidth=3, alpha=0.45)
            axes.plot(record.latency.p50_ms, y, "o", color=color, markersize=10, markeredgecolor=SURFACE)
            _beside(axes, record.latency.p95_ms, y, f"{record.latency.p50_ms:.3g}")
        labels = [
            f"{engine_words(record.engine, record.arithmetic)}"
            + (f"\n{shortened(subject_words(record, shown), 28)}" if several else "")
            for record in shown
        ]
        axes.set(xscale="log", xlabel="milliseconds a clip: median, and 5 % to 95 % of the runs")
        low = min(record.latency.p5_ms for record in shown if record.latency)
        high = max(record.latency.p95_ms for record in shown if record.latency)
        axes.set_xlim(low / 1.5, high * 2.6)
        _rows(axes, labels)
        _plain_log(axes.xaxis)
        _legend(axes, [("o", SEPARABLE, "int8"), ("o", STANDARD, "float")])

    sentences = [
        f"{subject_words(record, shown)} on {engine_words(record.engine, record.arithmetic)}: {_median(record):.3g} ms"
        for record in shown
    ]
    height = 1.3 + (0.52 if several else 0.4) * len(shown)
    return _plot(draw, "Median latency of one clip. " + "; ".join(sentences) + ".", name="latency", height=height)


def stream_plot(gains: Sequence[Gain]) -> Plot | None:
    """Cost of one new decision as a share of recomputing the window: multiplies once a model, time once an engine."""
    rows: dict[str, tuple[float, str, str]] = {}
    for gain in gains:
        model = shortened(subject_words(gain.update, [item.update for item in gains]), 28)
        rows[f"multiplies\n{model}"] = (
            gain.multiplies,
            millions(gain.update_multiplies),
            millions(gain.clip_multiplies),
        )
        rows[f"{engine_words(gain.update.engine, gain.update.arithmetic)}\n{model}"] = (
            gain.time,
            milliseconds(gain.update_ms),
            milliseconds(gain.clip_ms),
        )
    if not rows:
        return None

    def draw(axes: Any) -> None:
        for y, (saving, streamed, recomputed) in enumerate(rows.values()):
            axes.barh(y - 0.17, 100, height=0.3, color=STANDARD)
            axes.barh(y + 0.17, 100 / saving, height=0.3, color=SEPARABLE)
            _beside(axes, 100, y - 0.17, recomputed)
            _beside(axes, 100 / saving, y + 0.17, f"{streamed}: {saving:.3g}× less")
        axes.set(xlabel="% of recomputing the whole window")
        axes.set_xlim(0, 128)
        axes.set_xticks([0, 25, 50, 75, 100])
        _rows(axes, list(rows))
        _legend(axes, [("s", STANDARD, "recompute the window"), ("s", SEPARABLE, "stream: one update")])

    sentences = [
        f"{label}: {streamed} streamed, {recomputed} recomputed".replace("\n", ", ")
        for label, (_, streamed, recomputed) in rows.items()
    ]
    alt = "Cost of one new decision. " + "; ".join(sentences) + "."
    return _plot(draw, alt, name="stream", height=1.3 + 0.7 * len(rows))


def _plot(draw: Callable[[Any], None], alt: str, *, name: str, height: float = 4.2) -> Plot:
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
    return Plot(svg=_css(stream.getvalue(), name), alt=alt)


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


def _legend(axes: Any, entries: Sequence[tuple[str, str, str]]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], marker=marker, color=color, linestyle="none", markersize=8, label=label)
        for marker, color, label in entries
    ]
    axes.figure.legend(handles=handles, loc="outside upper left", ncols=5, columnspacing=1.2, handletextpad=0.2)


def _plain_log(axis: Any) -> None:
    """Ticks at 1, 2 and 5 of each decade, written as plain numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _rows(axes: Any, labels: Sequence[str]) -> None:
    """One labeled row each, the first on top, without an axis line."""
    axes.set_ylim(len(labels) - 0.45, -0.75)
    axes.set_yticks(range(len(labels)), labels, color=INK)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _beside(axes: Any, x: float, y: float, text: str) -> None:
    axes.annotate(text, (x, y), (8, 0), textcoords="offset points", va="center", fontsize=10)


def _three(parameters: Any, width: Any) -> tuple[int, int, int]:
    return parameters.separable.multiplies, parameters.standard.multiplies, width.standard.multiplies


def _median(record: Record) -> float:
    assert record.latency
    return record.latency.p50_ms


def _arithmetic_color(record: Record) -> str:
    return STANDARD if record.arithmetic == "float" else SEPARABLE
