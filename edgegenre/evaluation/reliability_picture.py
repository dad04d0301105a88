"""The reliability diagram: how right a model is where it is how sure."""

from pathlib import Path
from typing import Any

from edgegenre.evaluation.plot_style import BLUE, MUTED, ORANGE, head, write_picture
from edgegenre.evaluation.score import Score
from edgegenre.metrics import wilson_interval


def draw_reliability(score: Score, path: Path) -> None:
    """Write the picture `path`: accuracy against confidence, bin by bin, above how many tracks each holds.

    Raises MissingDependencyError without matplotlib, EdgegenreError when the file cannot be written.
    """

    def draw(figure: Any) -> None:
        diagram, counts = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        diagram.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--")
        for item in score.reliability:
            bounds = wilson_interval(round(item.accuracy * item.clips), item.clips)
            diagram.plot([item.confidence] * 2, [bounds.low, bounds.high], color=BLUE, linewidth=3, alpha=0.35)
            diagram.plot([item.confidence] * 2, [item.confidence, item.accuracy], color=ORANGE, linewidth=1.2)
        diagram.plot(
            [item.confidence for item in score.reliability],
            [item.accuracy for item in score.reliability],
            "o-",
            color=BLUE,
            markersize=7,
        )
        diagram.set(xlim=(0, 1), ylim=(0, 1.02), ylabel="right, with 95 % interval")
        counts.bar(
            [item.confidence for item in score.reliability],
            [item.clips for item in score.reliability],
            width=0.045,
            color=BLUE,
            alpha=0.8,
        )
        counts.set(xlabel="confidence", ylabel="tracks")
        synthetic = " (synthetic)" if score.synthetic else ""
        head(
            figure,
            f"{score.model} on {score.data}{synthetic}, {score.split}: {score.clips} tracks,\n"
            f"expected calibration error {score.ece:.3f} at temperature {score.temperature:.2f}",
        )

    write_picture(path, draw, inches=(5.4, 6.2))
