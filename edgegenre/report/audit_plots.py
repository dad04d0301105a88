"""The audit's plots, and the one of all models."""

from collections.abc import Sequence
from typing import Any

from edgegenre.report.audit import Audit
from edgegenre.report.audit_curves import Curve
from edgegenre.report.audit_pairs import Realized
from edgegenre.report.drawing import (
    GRID,
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
from edgegenre.report.labels import label_points
from edgegenre.zoo.entry import ZooEntry


def models_plot(models: Sequence[ZooEntry]) -> Plot:
    """Multiplies of a clip against parameters; a line joins a separable model and its standard partner.

    models: those among them that are such a pair are drawn, the others not.
    """
    paired = {name for entry in models if entry.standard_partner for name in (entry.name, entry.standard_partner)}
    models = [entry for entry in models if entry.name in paired]
    work = {entry.name: entry.costs() for entry in models}

    def draw(axes: Any) -> None:
        for entry in models:
            cost = work[entry.name]
            separable, recurrent = entry.separable, entry.build(entry.paper_classes).recurrent
            partner = work.get(entry.standard_partner or "")
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
        axes.set(yscale="log", xlabel="parameters, thousands", ylabel="multiplies a clip, millions")
        axes.set_ylim(12, 2000)
        axes.set_xlim(300, 1000)
        plain_log(axes.yaxis)
        legend(axes, [("o", STANDARD, "standard"), ("o", SEPARABLE, "separable")])
        places = {name: (cost.parameters / 1e3, cost.multiplies / 1e6) for name, cost in work.items()}
        last = {entry.family: places[entry.name] for entry in models}
        label_points(axes, [(place, family) for family, place in last.items()], markers=list(places.values()), lines=[])

    sentences = [
        f"{name}: {cost.parameters:,} parameters, {cost.multiplies / 1e6:.1f} million multiplies"
        for name, cost in work.items()
    ]
    return drawn(draw, "Multiplies of one clip against parameters. " + "; ".join(sentences) + ".", name="models")


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
            beside(axes, wide, y, f"{width.saving:.1f}×")
        axes.set(xscale="log", xlabel="multiplies a clip, millions")
        axes.set_xlim(12, 20_000)
        label_rows(axes, [parameters.separable.name for parameters, _ in rows])
        plain_log(axes.xaxis)
        legend(
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
    return drawn(draw, "Multiplies of one clip. " + "; ".join(sentences) + ".", name="audit", height=3.6)


def curve_plot(curve: Curve, name: str) -> Plot:
    """Accuracy against multiplies over the sizes of each family, with 95 % intervals."""
    families = list(dict.fromkeys(point.family for point in curve.points))

    def draw(axes: Any) -> None:
        labels, bars = [], []
        for family in families:
            points = sorted((item for item in curve.points if item.family == family), key=lambda item: item.multiplies)
            color = SEPARABLE if points[0].separable else STANDARD
            marker = "s" if "RNN" in family else "o"
            across = [point.multiplies / 1e6 for point in points]
            axes.plot(
                across, [100 * point.accuracy.value for point in points], color=color, marker=marker, markersize=9
            )
            for x, point in zip(across, points, strict=True):
                if point.accuracy.low is not None and point.accuracy.high is not None:
                    bars.append(((x, 100 * point.accuracy.low), (x, 100 * point.accuracy.high)))
                    axes.plot([x, x], [100 * point.accuracy.low, 100 * point.accuracy.high], color=color, alpha=0.4)
            labels.append(((across[-1], 100 * points[-1].accuracy.value), family))
        axes.set(xscale="log", xlabel="multiplies a clip, millions", ylabel="accuracy, %")
        axes.margins(x=0.12)
        plain_log(axes.xaxis)
        legend(axes, [("o", STANDARD, "standard"), ("o", SEPARABLE, "separable")])
        markers = [(point.multiplies / 1e6, 100 * point.accuracy.value) for point in curve.points]
        label_points(axes, labels, markers=markers, lines=bars)

    sentences = [
        f"{point.model}: {point.multiplies / 1e6:.1f} million multiplies, {100 * point.accuracy.value:.1f} %"
        for point in curve.points
    ]
    return drawn(draw, f"Accuracy against multiplies on {curve.title}. " + "; ".join(sentences) + ".", name=name)


def realized_plot(realized: Sequence[Realized]) -> Plot | None:
    """One row a place: what separable convolution saves there at equal parameters and at equal width; None without
    measurements."""
    places = list(dict.fromkeys(item.place for item in realized))
    if not places:
        return None

    def draw(axes: Any) -> None:
        axes.axvline(1, color=MUTED, linewidth=1.2, linestyle=":")
        for item in realized:
            row = places.index(item.place)
            axes.plot(
                item.saving,
                row,
                marker="s" if item.recurrent else "o",
                color=STANDARD if item.view == "parameters" else THIRD,
                markersize=10,
                markeredgecolor=SURFACE,
                linestyle="none",
            )
        axes.set(xscale="log", xlabel="times less than standard convolution")
        label_rows(axes, [place.name for place in places])
        plain_log(axes.xaxis)
        entries = [("o", STANDARD, "equal parameters"), ("o", THIRD, "equal width"), ("s", MUTED, "recurrent")]
        legend(axes, entries)

    sentences = [
        f"{item.place.name}, equal {item.view}, {'recurrent' if item.recurrent else 'convolutional'}: "
        f"{item.saving:.2f} times less, where multiplies promise {item.multiply_saving:.2f}"
        for item in realized
    ]
    alt = "What separable convolution saves in fact. " + "; ".join(sentences) + "."
    return drawn(draw, alt, name="realized", height=1.5 + 0.4 * len(places))


def _three(parameters: Any, width: Any) -> tuple[int, int, int]:
    return parameters.separable.multiplies, parameters.standard.multiplies, width.standard.multiplies
