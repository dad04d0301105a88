"""What a paper's many trials scored, each model's against the baseline's: Welch's test, and a drawing of all."""

from typing import Any

from edgegenre.datasets.groups import SplitBy
from edgegenre.report.drawing import GRID, INK, MUTED, SEPARABLE, STANDARD, Plot, drawn, label_rows, legend
from edgegenre.report.tables import NOTHING, Kind, Table, make_table
from edgegenre.reproduce.paper_table import Distributions, Metric, ResultTable
from edgegenre.reproduce.results import Results
from edgegenre.reproduce.statistics import welch
from edgegenre.reproduce.words import WAYS, p_words


def samples(results: Results, model: str, by: SplitBy, metric: Metric) -> list[float]:
    """The scores of a model's trials, 0 to 1, in their order."""
    return [
        outcome.scores[metric]
        for outcome in results.outcomes
        if (outcome.name, outcome.by) == (model, by) and metric in outcome.scores
    ]


def welch_table(results: Results, table: ResultTable) -> Table | None:
    """A row for each model and kind of split; None where the paper tests nothing, or nothing is trained yet."""
    tested = table.distributions
    if tested is None:
        return None
    names = [variant.name for variant in results.plan.variants if variant.name != tested.baseline]
    rows = [row for name in names for by in results.plan.ways if (row := _row(results, tested, name, by)) is not None]
    if not rows:
        return None
    columns: list[tuple[str, Kind]] = [
        ("models", "text"),
        ("split", "text"),
        ("trials", "number"),
        ("p, printed", "number"),
    ]
    for words in tested.metrics.values():
        columns += [(f"difference, {words}", "number"), (f"p, {words}", "number")]
    return make_table(
        caption=f"{table.name}: the scores of each model's trials against those of {tested.baseline}, in points, by "
        "Welch's test, two-sided.",
        columns=columns,
        rows=rows,
    )


def _row(results: Results, tested: Distributions, name: str, by: SplitBy) -> list[str] | None:
    first = next(iter(tested.metrics))
    trials = samples(results, name, by, first)
    if not trials or not samples(results, tested.baseline, by, first):
        return None
    printed = tested.printed.get(name)
    cells = [
        f"{name} – {tested.baseline}",
        WAYS[by],
        str(len(trials)),
        NOTHING if printed is None else f"{printed:.2f}",
    ]
    for metric in tested.metrics:
        one, other = samples(results, name, by, metric), samples(results, tested.baseline, by, metric)
        cells.append(f"{100 * (sum(one) / len(one) - sum(other) / len(other)):+.1f}")
        cells.append(p_words(welch(one, other)))
    return cells


def distribution_plots(results: Results, table: ResultTable) -> list[Plot]:
    """One for each kind of split: a dot a trial, a box of its quartiles, the mean dashed; none without trials."""
    tested = table.distributions
    if tested is None:
        return []
    return [plot for by in results.plan.ways if (plot := _plot(results, tested, by)) is not None]


def _plot(results: Results, tested: Distributions, by: SplitBy) -> Plot | None:
    colors = dict(zip(tested.metrics, (SEPARABLE, STANDARD), strict=True))
    names = [variant.name for variant in results.plan.variants]
    shown = [name for name in names if samples(results, name, by, next(iter(tested.metrics)))]
    if not shown:
        return None

    def draw(axes: Any) -> None:
        for row, name in enumerate(shown):
            for place, (metric, color) in enumerate(colors.items()):
                height = row - 0.2 + 0.4 * place
                values = [100 * value for value in samples(results, name, by, metric)]
                # Spread by their order, not by chance: the same trials give the same picture.
                heights = [height + 0.12 * ((3 * number % 7) / 6 - 0.5) for number in range(len(values))]
                axes.plot(values, heights, "o", color=color, alpha=0.5, markersize=4, markeredgewidth=0)
                axes.boxplot(
                    values,
                    positions=[height],
                    orientation="horizontal",
                    widths=0.3,
                    showfliers=False,
                    showmeans=True,
                    meanline=True,
                    manage_ticks=False,
                    boxprops={"color": INK, "linewidth": 0.8},
                    whiskerprops={"color": MUTED, "linewidth": 0.8},
                    capprops={"color": MUTED, "linewidth": 0.8},
                    medianprops={"color": INK, "linewidth": 1.2},
                    meanprops={"color": color, "linewidth": 1.6, "linestyle": "--"},
                )
        label_rows(axes, shown)
        axes.grid(visible=True, axis="x", color=GRID)
        axes.set_xlabel(f"percent, {WAYS[by]}")
        legend(axes, [("o", color, tested.metrics[metric]) for metric, color in colors.items()])

    means = "; ".join(
        f"{name} {', '.join(f'{_mean(samples(results, name, by, metric)):.1f}' for metric in tested.metrics)}"
        for name in shown
    )
    alt = f"Scores of the trials {WAYS[by]}, mean in percent ({', then '.join(tested.metrics.values())}): {means}."
    return drawn(draw, alt, name=f"trials-{by}", height=1.2 + 0.8 * len(shown))


def _mean(values: list[float]) -> float:
    return 100 * sum(values) / len(values)
