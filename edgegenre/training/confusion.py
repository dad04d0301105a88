"""The confusion matrix as a picture."""

from pathlib import Path

import numpy as np

from edgegenre.errors import missing
from edgegenre.files import replacing_file


def draw_confusion(path: Path, confusion: np.ndarray, labels: tuple[str, ...], title: str) -> None:
    """Write `confusion` (int [classes, classes], rows are the truth) as a PNG; counts in the cells, color by share."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise missing("matplotlib", "train", "Drawing the confusion matrix") from error

    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    side = 2.5 + 0.42 * len(labels)
    figure = Figure(figsize=(side, side), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(labels)), labels, rotation=60, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(labels)), labels)
    axes.set(xlabel="predicted", ylabel="true", title=title)
    for (row, column), count in np.ndenumerate(confusion):
        if count:
            color = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=color, fontsize=8)
    with replacing_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=110)
