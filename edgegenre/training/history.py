"""The course of a run: a row every few iterations, as CSV."""

import csv
import math
from dataclasses import dataclass, field
from pathlib import Path

from edgegenre.files import replacing_file

COLUMNS = ("iteration", "learning_rate", "loss", "accuracy", "validation_accuracy")


@dataclass(kw_only=True)
class History:
    """Rows under COLUMNS: iterations done, learning rate, mean loss and training accuracy since the row before,
    accuracy on the validation tracks (NaN where it was not measured)."""

    rows: list[tuple[float, ...]] = field(default_factory=list)

    def add(self, *, iteration: int, learning_rate: float, loss: float, accuracy: float, validation: float) -> None:
        """Append a row."""
        self.rows.append((iteration, learning_rate, loss, accuracy, validation))

    def write(self, path: Path) -> None:
        """Replace `path` by the rows as CSV; what was not measured is left empty."""
        with replacing_file(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(COLUMNS)
            for iteration, *values in self.rows:
                writer.writerow([int(iteration), *("" if math.isnan(value) else f"{value:.6g}" for value in values)])
