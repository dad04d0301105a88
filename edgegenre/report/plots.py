"""The report's plots of what was measured."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from edgegenre.records.record import Record
from edgegenre.records.words import ENGINES, engine_words, millions, milliseconds, shortened, subject_words
from edgegenre.report.drawing import (
    GRID,
    INK,
    MARKERS,
    MUTED,
    SEPARABLE,
    STANDARD,
    SURFACE,
    THIRD,
    Plot,
    beside,
    drawn,
    label_rows,
    legend,
    plain_log,
)
from edgegenre.report.gain import Gain
from edgegenre.report.labels import Point, label_points
from edgegenre.report.profile import cost_of, fill_profile, unit_of


def accuracy_plot(records: Sequence[Record]) -> Plot | None:
    """Time of a clip against accuracy, with the Pareto front; None where no record has both."""
    shown = [record for record in _clips(records) if record.latency and record.accuracy]
    return _tradeoff(
        shown,
        [_median(record) for record in shown],
        name="accuracy",
        label="milliseconds a clip (median)",
        unit="ms",
    )


def memory_plot(records: Sequence[Record]) -> Plot | None:
    """RAM against accuracy, with the Pareto front: peak memory of an engine, or a microcontroller's RAM; None where no
    record has both."""
    shown = [record for record in _clips(records) if record.accuracy and (record.memory or record.ram_bytes)]
    sizes = [record.memory.peak_bytes if record.memory else record.ram_bytes or 0 for record in shown]
    return _tradeoff(shown, [size / 1000 for size in sizes], name="memory", label="kilobytes of RAM", unit="kB")


def pareto_front(costs: Sequence[float], values: Sequence[float]) -> list[int]:
    """Indexes of the points that no other beats: nothing costs less and is as good, or costs as much and is better."""
    front: list[int] = []
    for index in sorted(range(len(costs)), key=lambda item: (costs[item], -values[item])):
        if not front or values[index] > values[front[-1]]:
            front.append(index)
    return front


def _clips(records: Sequence[Record]) -> list[Record]:
    return [record for record in records if record.workload == "clip" and record.threads == 1 and record.batch == 1]


def _tradeoff(shown: Sequence[Record], costs: Sequence[float], *, name: str, label: str, unit: str) -> Plot | None:
    """Accuracy in percent against what it costs, a marker an engine, its color the numbers; the front as a line."""
    if not shown:
        return None
    engines = list(dict.fromkeys(record.engine for record in shown))
    values = [100 * record.accuracy.value for record in shown if record.accuracy]
    front = pareto_front(costs, values)

    def draw(axes: Any) -> None:
        bars = []
        axes.step(
            [costs[i] for i in front], [values[i] for i in front], where="post", color=THIRD, linewidth=2, zorder=1
        )
        for index, (record, cost, value) in enumerate(zip(shown, costs, values, strict=True)):
            accuracy = record.accuracy
            if accuracy and accuracy.low is not None and accuracy.high is not None:
                bars.append(((cost, 100 * accuracy.low), (cost, 100 * accuracy.high)))
                axes.plot([cost, cost], [100 * accuracy.low, 100 * accuracy.high], color=GRID, linewidth=2, zorder=1)
            axes.plot(
                cost,
                value,
                marker=MARKERS[engines.index(record.engine) % len(MARKERS)],
                color=_arithmetic_color(record),
                markersize=11,
                markeredgecolor=SURFACE,
                markeredgewidth=1.5,
                linestyle="none",
                gid=f"point{index}",
            )
        axes.set(xscale="log", xlabel=label, ylabel="accuracy, %")
        axes.set_xlim(min(costs) / 2, max(costs) * 2)
        axes.set_ylim(max(0, min(values) - 8), min(104, max(values) + 8))
        plain_log(axes.xaxis)
        handles = [
            (MARKERS[index % len(MARKERS)], MUTED, ENGINES.get(engine, engine)) for index, engine in enumerate(engines)
        ]
        legend(axes, [*handles, ("s", SEPARABLE, "int8"), ("s", STANDARD, "float"), ("_", THIRD, "Pareto front")])
        label_points(
            axes,
            _front_labels(shown, costs, values, front),
            markers=list(zip(costs, values, strict=True)),
            lines=[*bars, *_steps([(costs[i], values[i]) for i in front])],
        )

    sentences = [
        f"{subject_words(record, shown)} on {engine_words(record.engine, record.arithmetic)}: {cost:.3g} {unit}, "
        f"{value:.1f} %{', on the Pareto front' if index in front else ''}"
        for index, (record, cost, value) in enumerate(zip(shown, costs, values, strict=True))
    ]
    alt = f"Accuracy against {label}. " + "; ".join(sentences) + "."
    return drawn(draw, alt, name=name, titles={f"point{index}": words for index, words in enumerate(sentences)})


def _front_labels(
    shown: Sequence[Record], costs: Sequence[float], values: Sequence[float], front: Sequence[int]
) -> list[tuple[Point, str]]:
    """What is written beside the points of the front: each subject once, where it is cheapest."""
    named: dict[str, Point] = {}
    for index in front:
        words = shortened(subject_words(shown[index], shown), 34)
        named.setdefault(words, (costs[index], values[index]))
    return [(point, words) for words, point in named.items()]


def _steps(front: Sequence[Point]) -> list[tuple[Point, Point]]:
    """The lines between the points of a front: along its cost first, then up."""
    lines = []
    for (cost, value), (dearer, better) in pairwise(front):
        lines += [((cost, value), (dearer, value)), ((dearer, value), (dearer, better))]
    return lines


def profile_plot(record: Record, name: str) -> Plot:
    """The layers of one profile: bars of time or instructions, colored by kind."""
    colors = {"convolution": STANDARD, "pointwise": STANDARD, "depthwise": SEPARABLE, "pool": MUTED}

    def draw(axes: Any) -> None:
        fill_profile(axes, None, record, color=lambda kind: colors.get(kind, THIRD), ink=INK)
        label_rows(axes, [layer.name for layer in record.layers])

    unit = unit_of(record)
    sentences = [f"{layer.name}, {layer.kind}: {cost_of(layer):,.3g} {unit}" for layer in record.layers]
    alt = f"{record.model} on {record.machine.name}, layer by layer. " + "; ".join(sentences) + "."
    return drawn(draw, alt, name=name, height=1.2 + 0.32 * len(record.layers))


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
            beside(axes, record.latency.p95_ms, y, f"{record.latency.p50_ms:.3g}")
        labels = [
            f"{engine_words(record.engine, record.arithmetic)}"
            + (f"\n{shortened(subject_words(record, shown), 28)}" if several else "")
            for record in shown
        ]
        axes.set(xscale="log", xlabel="milliseconds a clip: median, and 5 % to 95 % of the runs")
        low = min(record.latency.p5_ms for record in shown if record.latency)
        high = max(record.latency.p95_ms for record in shown if record.latency)
        axes.set_xlim(low / 1.5, high * 2.6)
        label_rows(axes, labels)
        plain_log(axes.xaxis)
        legend(axes, [("o", SEPARABLE, "int8"), ("o", STANDARD, "float")])

    sentences = [
        f"{subject_words(record, shown)} on {engine_words(record.engine, record.arithmetic)}: {_median(record):.3g} ms"
        for record in shown
    ]
    height = 1.3 + (0.52 if several else 0.4) * len(shown)
    return drawn(draw, "Median latency of one clip. " + "; ".join(sentences) + ".", name="latency", height=height)


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
            beside(axes, 100, y - 0.17, recomputed)
            beside(axes, 100 / saving, y + 0.17, f"{streamed}: {saving:.3g}× less")
        axes.set(xlabel="% of recomputing the whole window")
        axes.set_xlim(0, 128)
        axes.set_xticks([0, 25, 50, 75, 100])
        label_rows(axes, list(rows))
        legend(axes, [("s", STANDARD, "recompute the window"), ("s", SEPARABLE, "stream: one update")])

    sentences = [
        f"{label}: {streamed} streamed, {recomputed} recomputed".replace("\n", ", ")
        for label, (_, streamed, recomputed) in rows.items()
    ]
    alt = "Cost of one new decision. " + "; ".join(sentences) + "."
    return drawn(draw, alt, name="stream", height=1.3 + 0.7 * len(rows))


def _median(record: Record) -> float:
    assert record.latency
    return record.latency.p50_ms


def _arithmetic_color(record: Record) -> str:
    return STANDARD if record.arithmetic == "float" else SEPARABLE
