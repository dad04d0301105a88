"""The end of a run: the files of the best repeat, the metrics, the mark that it is completed; last of all a picture."""

import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.files import replacing_file, write_json
from edgegenre.metrics import share_interval
from edgegenre.progress import Progress
from edgegenre.runs.description import RunDescription
from edgegenre.runs.run_folder import CONFUSION, FLOAT_NETWORK, HISTORY, METRICS, MODEL, complete
from edgegenre.training.confusion import draw_confusion
from edgegenre.training.material import Material


def finish(
    folder: Path,
    repeats: Sequence[Path],
    results: Sequence[dict[str, Any]],
    material: Material,
    baseline: dict[str, Any],
    leak: dict[str, Any] | None,
) -> dict[str, Any]:
    """Bring the files of the best repeat to the run folder, write its metrics, and mark the run as completed.

    repeats, results: folder and metrics of each repeat. baseline: as `baseline.baseline` scores it. leak: as
    `leak.leak` measures it, None where it cannot be had. Returns what metrics.json holds.
    """
    best = max(range(len(results)), key=lambda number: (results[number]["validation"]["accuracy"], -number))
    for name in (MODEL, FLOAT_NETWORK, HISTORY):
        with replacing_file(folder / name) as temporary:
            shutil.copyfile(repeats[best] / name, temporary)
    description, split = material.description, material.split
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    metrics = results[best] | {
        "dataset": description.dataset.name,
        "synthetic": description.dataset.synthetic,
        "problems": list(material.dataset.problems),
        "protocol": description.protocol.name,
        "split": {
            "by": description.split_by,
            "words": description.split_words,
            "seed": description.seed,
            "tracks": {name: len({track.path for track in tracks}) for name, tracks in parts.items()},
            **({} if material.cuts is None else {"pieces": {name: len(tracks) for name, tracks in parts.items()}}),
        },
        "baseline": baseline,
        "leak": leak,
        "teacher": description.teacher,
        "unlabeled_tracks": len(material.unlabeled),
        "best_repeat": best + 1,
        "repeats": [
            {
                "seed": result["seed"],
                "seconds": result["seconds"],
                "validation_accuracy": result["validation"]["accuracy"],
                "test_accuracy": result["test"]["accuracy"],
                "test_macro_f1": result["test"]["macro_f1"],
            }
            for result in results
        ],
        "test_accuracy_over_repeats": _interval([result["test"]["accuracy"] for result in results]),
    }
    write_json(folder / METRICS, metrics)
    complete(folder)
    return metrics


def draw(folder: Path, metrics: dict[str, Any], description: RunDescription, progress: Progress) -> None:
    """Draw the confusion matrix of the test tracks. What goes wrong with it is a warning: the run is completed."""
    synthetic = " (synthetic)" if description.dataset.synthetic else ""
    what = "pieces" if description.split_by == "piece" else "tracks"
    title = f"{description.model}, {description.dataset.name}{synthetic}, test {what}, {description.split_words}"
    try:
        draw_confusion(folder / CONFUSION, np.array(metrics["test"]["confusion"]), description.labels, title)
    except Exception as error:  # whatever a drawing library makes of strange labels, an odd font or too little memory
        progress.warn(f"{folder / CONFUSION}: could not be drawn ({error}). The run itself is complete.")


def _interval(values: list[float]) -> dict[str, float | None]:
    """Mean and 95 % bounds; None where one repeat gives no bounds (JSON has no NaN)."""
    interval = share_interval(np.array(values))
    bounds = {"mean": interval.value, "low": interval.low, "high": interval.high}
    return {name: None if math.isnan(value) else value for name, value in bounds.items()}
