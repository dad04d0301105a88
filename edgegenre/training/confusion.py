"""The confusion matrix as a picture."""

import io
from pathlib import Path

import numpy as np

from edgegenre.errors import missing
from edgegenre.files import replacing_file

MOST_NAMED = 60
"""Classes that are named at the edges and counted in the cells; of more, the picture shows the colors alone."""

_LONGEST_LABEL = 24


def draw_confusion(path: Path, confusion: np.ndarray, labels: tuple[str, ...], title: str) -> None:
    """Write the picture of `confusion_png` to `path`."""
    png = confusion_png(confusion, labels, title)
    with replacing_file(path) as temporary:
        temporary.write_bytes(png)


def confusion_png(confusion: np.ndarray, labels: tuple[str, ...], title: str) -> bytes:
    """`confusion` (int [classes, classes], rows are the truth) as a PNG; counts in the cells, color by share.

    The picture grows to MOST_NAMED classes, and no further.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise missing("matplotlib", "train", "Drawing the confusion matrix") from error

    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    named = len(labels) <= MOST_NAMED
    side = 2.5 + 0.42 * min(len(labels), MOST_NAMED)
    figure = Figure(figsize=(side, side), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set(xlabel="predicted", ylabel="true")
    axes.set_title(title, parse_math=False)
    if named:
        shown = [label if len(label) <= _LONGEST_LABEL else label[:_LONGEST_LABEL] + "…" for label in labels]
        axes.set_xticks(range(len(labels)), shown, rotation=60, ha="right", rotation_mode="anchor", parse_math=False)
        axes.set_yticks(range(len(labels)), shown, parse_math=False)
        for (row, column), count in np.ndenumerate(confusion):
            if count:
                color = "white" if shares[row, column] > 0.5 else "black"
                axes.text(column, row, str(count), ha="center", va="center", color=color, fontsize=8)
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=110)
    return png.getvalue()
