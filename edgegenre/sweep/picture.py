"""The trials of a study as a picture: accuracy against multiplies, the Pareto front as steps."""

from pathlib import Path
from typing import Any

from edgegenre.evaluation.plot_style import BLUE, MUTED, ORANGE, write_picture
from edgegenre.sweep.results import Results


def draw_sweep(results: Results, title: str, path: Path) -> None:
    """Write the picture `path` (.png or .svg): a dot for every trial, those on the front in orange with their names.

    Raises MissingDependencyError without matplotlib, EdgegenreError when the file cannot be written.
    """

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        front = results.front
        axes.step(
            [trial.multiplies / 1e6 for trial in front],
            [100 * trial.accuracy for trial in front],
            where="post",
            color=ORANGE,
            alpha=0.5,
        )
        for trial in results.trials:
            color = ORANGE if trial.front else BLUE
            axes.plot(trial.multiplies / 1e6, 100 * trial.accuracy, "o", color=color, alpha=0.8, markersize=7)
        named = set[tuple[int, float]]()
        for trial in front:
            place = (trial.multiplies, trial.accuracy)
            if place not in named:
                axes.annotate(
                    f"{trial.choice.model}, {trial.choice.recipe}",
                    (trial.multiplies / 1e6, 100 * trial.accuracy),
                    (6, 6),
                    textcoords="offset points",
                    color=MUTED,
                )
            named.add(place)
        axes.set(xscale="log", xlabel="million multiplies a window", ylabel="accuracy on validation, %", title=title)
        if results.trials:
            accuracies = [100 * trial.accuracy for trial in results.trials]
            axes.set_xlim(results.trials[0].multiplies / 1.5e6, results.trials[-1].multiplies / 0.5e6)
            axes.set_ylim(max(0, min(accuracies) - 8), min(104, max(accuracies) + 8))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter("{x:g}")

    write_picture(path, draw, inches=(8, 5))
