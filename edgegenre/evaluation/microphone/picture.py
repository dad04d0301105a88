"""Accuracy in every kind of sound as a picture."""

from pathlib import Path
from typing import Any

from edgegenre.evaluation.microphone.twin import Heard
from edgegenre.evaluation.plot_style import BLUE, MUTED, ORANGE, head, label_rows, write_picture


def draw_microphone(heard: Heard, path: Path) -> None:
    """Write the picture `path`: a row for each condition, its accuracy with its interval, and that of clean sound.

    Raises MissingDependencyError without matplotlib, EdgegenreError when the file cannot be written.
    """
    score = heard.score
    hearings = score.hearings

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        axes.axvline(100 * score.clean.accuracy, color=MUTED, linewidth=1, linestyle="--")
        for row, each in enumerate(hearings):
            color = ORANGE if each.interval[1] < score.clean.accuracy else BLUE
            axes.plot(
                [100 * bound for bound in each.interval],
                [row, row],
                color=color,
                linewidth=3,
                alpha=0.35,
                solid_capstyle="round",
            )
            axes.plot(100 * each.accuracy, row, "o", color=color, markersize=7)
        axes.set(xlim=(0, 100), xlabel="accuracy, % with 95 % interval; the line is clean sound")
        label_rows([axes], [f"{each.kind}: {each.condition.split(':')[0]}" for each in hearings])
        synthetic = " (synthetic)" if score.synthetic else ""
        head(
            figure,
            f"{heard.model} through a simulated microphone: "
            f"{score.tracks} tracks of {score.data}{synthetic}, {score.split}",
        )

    write_picture(path, draw, inches=(8.5, 1.4 + 0.3 * len(hearings)))
