"""What a reject threshold trades: right against unknown, and false genres where there is no music."""

from pathlib import Path
from typing import Any

from edgegenre.evaluation.long_stream import StreamScore
from edgegenre.evaluation.plot_style import BLUE, MUTED, ORANGE, head, write_picture
from edgegenre.evaluation.score_card import ScoreCard


def draw_cards(score: StreamScore, path: Path) -> None:
    """Write the picture `path`: a line for each figure over the thresholds of the curve, the model's own marked.

    Raises MissingDependencyError without matplotlib, EdgegenreError when the file cannot be written.
    """
    points = sorted({score.card, *score.curve}, key=lambda item: item.threshold)
    shares = [("right", BLUE), ("wrong", ORANGE), ("unknown", MUTED)]

    def draw(figure: Any) -> None:
        music, reaction, other = figure.subplots(1, 3)
        _lines(music, points, shares, 100)
        music.set(ylabel="% of the time with music", ylim=(0, 100))
        _lines(reaction, points, [("reaction_p50", BLUE), ("reaction_p90", ORANGE)], 1)
        reaction.set(ylabel="seconds until the new genre is answered")
        if score.card.false_per_hour is None:
            other.set_axis_off()
        else:
            _lines(other, points, [("false_per_hour", ORANGE)], 1)
            other.set(ylabel="false genres an hour without music")
        for axes in (music, reaction, other):
            axes.axvline(score.card.threshold, color=MUTED, linewidth=1, linestyle="--")
            axes.set_xlabel(f"threshold of the score '{score.reject}'")
        synthetic = " (synthetic)" if score.synthetic else ""
        head(
            figure,
            f"{score.model} on {score.data}{synthetic}, {score.split}: {score.seconds / 60:g} minutes of music, "
            f"{score.changes} changes of genre, {score.other_seconds / 60:.3g} minutes without music; "
            "the line is the model's own threshold",
            9,
        )

    write_picture(path, draw, inches=(11, 3.8))


def _lines(axes: Any, points: list[ScoreCard], figures: list[tuple[str, str]], factor: float) -> None:
    for name, color in figures:
        told = [(item.threshold, getattr(item, name)) for item in points if getattr(item, name) is not None]
        axes.plot(
            [threshold for threshold, _ in told],
            [factor * value for _, value in told],
            "o-",
            color=color,
            markersize=4,
            label=name.replace("_p", ", quantile 0."),
        )
    axes.legend(fontsize=8)
