"""What a paper's many trials scored, each model's against the baseline's: Welch's test, and a drawing of all."""

from dataclasses import dataclass
from statistics import fmean
from typing import Any

from edgegenre.datasets.groups import SplitBy
from edgegenre.report.drawing import INK, MUTED, SEPARABLE, STANDARD, Plot, drawn, label_rows, legend
from edgegenre.report.tables import NOTHING, Table, make_table
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


@dataclass(frozen=True, kw_only=True)
class WelchTest:
    """The scores of a model's trials less those of the baseline's. difference: of the means, 0 to 1.

    p: of Welch's test, two-sided; None where there are too few trials. printed: by the paper.
    """

    model: str
    baseline: str
    by: SplitBy
    metric: Metric
    trials: int
    difference: float
    p: float | None
    printed: float | None


def welch_tests(results: Results, table: ResultTable) -> list[WelchTest]:
    """Every model, kind of split and metric; none where the paper tests nothing. Raises what `welch` raises."""
    tested = table.distributions
    if tested is None:
        return []
    found = []
    for variant in results.plan.variants:
        for by in results.plan.ways:
            for metric in tested.metrics:
                one, other = (samples(results, name, by, metric) for name in (variant.name, tested.baseline))
                if variant.name != tested.baseline and one and other:
                    found.append(
                        WelchTest(
                            model=variant.name,
                            baseline=tested.baseline,
                            by=by,
                            metric=metric,
                            trials=len(one),
                            difference=fmean(one) - fmean(other),
                            p=welch(one, other),
                            printed=tested.printed.get(variant.name),
                        )
                    )
    return found


def welch_table(results: Results, table: ResultTable) -> Table | None:
    """The same in words; None without any."""
    tests = welch_tests(results, table)
    if table.distributions is None or not tests:
        return None
    return make_table(
        caption=f"{table.name}: the scores of each model's trials against those of {table.distributions.baseline}, in "
        "points, by Welch's test, two-sided.",
        columns=[
            ("models", "text"),
            ("split", "text"),
            ("score", "text"),
            ("trials", "number"),
            ("difference", "number"),
            ("p, printed", "number"),
            ("p", "number"),
        ],
        rows=[
            [
                f"{test.model} – {test.baseline}",
                WAYS[test.by],
                table.distributions.metrics[test.metric],
                str(test.trials),
                f"{100 * test.difference:+.1f}",
                NOTHING if test.printed is None else f"{test.printed:.2f}",
                p_words(test.p),
            ]
            for test in tests
        ],
    )


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
        axes.set_xlabel(f"percent, {WAYS[by]}")
        legend(axes, [("o", color, tested.metrics[metric]) for metric, color in colors.items()])

    means = "; ".join(
        f"{name} {', '.join(f'{100 * fmean(samples(results, name, by, metric)):.1f}' for metric in tested.metrics)}"
        for name in shown
    )
    alt = f"Scores of the trials {WAYS[by]}, mean in percent ({', then '.join(tested.metrics.values())}): {means}."
    return drawn(draw, alt, name=f"trials-{by}", height=1.2 + 0.8 * len(shown))
