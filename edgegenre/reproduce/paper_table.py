"""A table as a paper prints it, as frozen data: what it says, and which of our models stands beside each value."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from edgegenre.zoo.entry import ZooEntry

Metric = Literal[
    "accuracy", "macro_f1", "windows", "majority", "maximum", "sum", "baseline", "parameters",
    "accuracy_peeked", "macro_f1_peeked", "accuracy_last", "macro_f1_last",
]  # fmt: skip
"""accuracy, macro_f1: of test tracks. windows: the accuracy of each window for itself. majority, maximum, sum: of the
tracks by that vote. baseline: the accuracy of the classical yardstick. peeked, last: after the epoch of the lowest loss
on the test tracks, and after the last one. parameters: a count, not a score."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A model trained by one of its recipes, and what of it is told. printed: by the paper, a score from 0 to 1 or a
    count; None where it prints none and ours alone is told."""

    model: str
    recipe: str = "paper"
    metric: Metric
    printed: float | None = None


@dataclass(frozen=True, kw_only=True)
class Distributions:
    """How a paper tests its models over many trials: the scores of each against those of `baseline`.

    metrics: what is tested, in words by metric; the first is drawn with the others behind it. printed: p by model.
    """

    baseline: str
    metrics: Mapping[Metric, str]
    printed: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class ResultTable:
    """Scores, in the paper's rows and columns.

    number: what a person types. name: where the paper has it. caption: what it shows. rows: headings. columns: headings
    without that of the first column. cells: by row and column, None where the paper leaves one empty. notes: sentences
    about what the paper leaves open or gets wrong. distributions: None where the paper tests nothing.
    """

    number: str
    name: str
    caption: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell | None, ...], ...]
    notes: tuple[str, ...] = ()
    distributions: Distributions | None = None

    def all_cells(self) -> Iterator[Cell]:
        """Those that are not empty, row by row."""
        return (cell for row in self.cells for cell in row if cell is not None)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A row of a table that says how a model is made. heading, printed: as the paper prints them."""

    heading: str
    model: str
    printed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LayoutTable:
    """What the models are: nothing is trained for it. ours: the same columns, computed from a model of the zoo."""

    number: str
    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[Layout, ...]
    ours: Callable[[ZooEntry], tuple[str, ...]]
    notes: tuple[str, ...] = ()


PaperTable = ResultTable | LayoutTable
