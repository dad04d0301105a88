"""The comparison of recipes as a picture: a row a recipe, a panel a figure."""

from pathlib import Path
from typing import Any

from edgegenre.deploy.compare_recipes import FLOAT, RecipeComparison, RecipeScore
from edgegenre.evaluation.plot_style import BLUE, MUTED, ORANGE, head, label_rows, write_picture


def draw_comparison(comparison: RecipeComparison, path: Path) -> None:
    """Write the PNG `path`: logit error, agreement, accuracy and size of every recipe, the recommended one in orange.

    Raises MissingDependencyError without matplotlib, EdgegenreError when the folder cannot be written to.
    """
    scores = comparison.scores

    def draw(figure: Any) -> None:
        panels = figure.subplots(1, 4, sharey=True, width_ratios=[1.2, 1, 1, 1.1])
        _dots(panels[0], comparison, [score.logit_error for score in scores])
        panels[0].set_title(f"mean |logit error|\n{comparison.counted_clips} clips")
        for axes, name, title in (
            (panels[1], "agreement", f"top-1 agreement with float, %\n{comparison.counted_clips} clips, 95 % interval"),
            (panels[2], "accuracy", f"accuracy, %\n{comparison.validation_tracks} validation tracks, 95 % interval"),
        ):
            values = [100 * getattr(score, name) for score in scores]
            intervals = [[100 * bound for bound in getattr(score, f"{name}_interval")] for score in scores]
            _dots(axes, comparison, values, intervals)
            axes.set_title(title)
        _sizes(panels[3], comparison)
        label_rows(panels, [score.recipe for score in scores])
        for label, score in zip(panels[0].get_yticklabels(), scores, strict=True):
            if score.recipe == comparison.recommended:
                label.set(color=ORANGE, fontweight="bold")
        synthetic = ", synthetic data" if comparison.synthetic else ""
        head(
            figure,
            f"{comparison.model} ({comparison.run}{synthetic}): recommended is {comparison.recommended}",
            11,
        )

    write_picture(path, draw, inches=(11.5, 1.7 + 0.36 * len(scores)))


def _dots(
    axes: Any, comparison: RecipeComparison, values: list[float], intervals: list[list[float]] | None = None
) -> None:
    for row, (score, value) in enumerate(zip(comparison.scores, values, strict=True)):
        color = _color(score, comparison)
        if intervals:
            axes.plot(intervals[row], [row, row], color=color, linewidth=3, alpha=0.35, solid_capstyle="round")
        else:
            axes.plot([0, value], [row, row], color=color, linewidth=3, alpha=0.35)
        axes.plot(value, row, "o", color=color, markersize=8)
    if not intervals:
        axes.set_xlim(0, 1.35 * max(*values, 1e-9))
        for row, value in enumerate(values):
            axes.annotate(f"{value:.3g}", (value, row), (8, 0), textcoords="offset points", va="center", fontsize=9)


def _sizes(axes: Any, comparison: RecipeComparison) -> None:
    sizes = [score.stored_bytes / 1000 for score in comparison.scores]
    for row, (score, size) in enumerate(zip(comparison.scores, sizes, strict=True)):
        axes.barh(row, size, height=0.55, color=_color(score, comparison), alpha=0.8)
        axes.annotate(f"{size:,.0f}", (size, row), (5, 0), textcoords="offset points", va="center", fontsize=9)
    axes.set_xlim(0, 1.25 * max(sizes))
    axes.set_title("weights, biases and scales, KB")


def _color(score: RecipeScore, comparison: RecipeComparison) -> str:
    if score.recipe == comparison.recommended:
        return ORANGE
    return MUTED if score.recipe == FLOAT else BLUE
