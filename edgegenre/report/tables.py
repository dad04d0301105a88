"""The report's tables as plain texts; the template escapes and lays them out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from edgegenre.bundle import Bundle
from edgegenre.records.words import (
    engine_words,
    millions,
    milliseconds,
    shortened,
    subject_words,
)
from edgegenre.report.gain import Gain
from edgegenre.zoo.entry import ZooEntry

Kind = Literal["text", "number", "badge", "long"]

NOTHING = "–"


@dataclass(frozen=True, kw_only=True)
class Column:
    """kind: "number" is set flush right, "badge" drawn as a label, "long" may wrap."""

    title: str
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class Table:
    """Texts in columns, with a caption that says where the figures come from.

    origins: of each row, what a reader sees of it on hover; empty where the caption says all.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    origins: tuple[str, ...]


def stream_table(gains: Sequence[Gain]) -> Table | None:
    """Streamed against recomputed, one row an engine and bundle; None without any."""
    if not gains:
        return None
    updates = [gain.update for gain in gains]
    return make_table(
        caption="One new decision: streamed, against computing the whole window again with the same engine. Times are "
        "measured medians of processor time, one thread; multiplies are computed.",
        columns=[
            ("model", "text"),
            ("engine", "text"),
            ("frames an update", "number"),
            ("time streamed", "number"),
            ("time recomputed", "number"),
            ("times faster", "number"),
            ("multiplies streamed", "number"),
            ("multiplies recomputed", "number"),
            ("times fewer", "number"),
        ],
        rows=[
            (
                subject_words(gain.update, updates),
                engine_words(gain.update.engine, gain.update.arithmetic),
                str(gain.update.frames),
                milliseconds(gain.update_ms),
                milliseconds(gain.clip_ms),
                f"{gain.time:.1f}×",
                millions(gain.update_multiplies),
                millions(gain.clip_multiplies),
                f"{gain.multiplies:.0f}×",
            )
            for gain in gains
        ],
    )


def bundle_table(bundles: Sequence[Bundle]) -> Table | None:
    """What the manifests say of their models; None without bundles."""
    if not bundles:
        return None
    return make_table(
        caption="The bundles of this report, in the words of their manifests.",
        columns=[
            ("bundle", "text"),
            ("model", "text"),
            ("numbers", "text"),
            ("trained on", "long"),
            ("accuracy", "long"),
            ("labels", "long"),
        ],
        rows=[_bundle_row(bundle) for bundle in bundles],
    )


def _bundle_row(bundle: Bundle) -> tuple[str, ...]:
    manifest = bundle.manifest
    training: dict[str, Any] = manifest.training
    data = str(training.get("dataset") or training.get("data") or "not recorded")
    scores = [
        f"{arithmetic} {100 * metric['accuracy']:.1f} %"
        for arithmetic, metric in manifest.metrics.items()
        if isinstance(metric, dict) and isinstance(metric.get("accuracy"), int | float)
    ]
    return (
        bundle.folder.resolve().name,
        manifest.model,
        "int8" if manifest.quantized else "float",
        data + (" (synthetic)" if training.get("synthetic") and "synthetic" not in data else ""),
        ", ".join(scores) or "not scored",
        shortened(", ".join(manifest.labels), 160),
    )


def model_table(models: Iterable[ZooEntry]) -> Table:
    """The zoo's costs, and what the papers print beside them."""
    rows = []
    for entry in models:
        cost = entry.costs()
        rows.append(
            (
                entry.name,
                entry.paper,
                f"{cost.parameters:,}",
                "" if entry.paper_parameters is None else f"{entry.paper_parameters:,}",
                entry.accuracy_words,
                millions(cost.multiplies),
                millions(cost.convolution_multiplies),
                millions(cost.multiplies_per_second),
                f"{cost.ram_window_bytes / 1000:.0f} kB",
                f"{cost.ram_stream_bytes / 1000:.0f} kB",
            )
        )
    return make_table(
        caption="The models, each for as many classes as its paper has. “Parameters, paper” and “accuracy, paper” are "
        "printed there; the others are computed from our descriptions. Memory: int8 activations and state, without the "
        "front end.",
        columns=[
            ("model", "text"),
            ("paper", "text"),
            ("parameters, ours", "number"),
            ("parameters, paper", "number"),
            ("accuracy, paper", "text"),
            ("multiplies a window", "number"),
            ("convolutions alone", "number"),
            ("streamed, a second of audio", "number"),
            ("RAM, whole window", "number"),
            ("RAM, streaming", "number"),
        ],
        rows=rows,
    )


def kilobytes(count: int | None) -> str:
    """ "47.4 kB"; a dash for None."""
    return NOTHING if count is None else f"{count / 1000:,.1f} kB"


def make_table(
    caption: str,
    columns: Sequence[tuple[str, Kind]],
    rows: Sequence[Sequence[str]],
    origins: Sequence[str] = (),
) -> Table:
    """The table without the columns that say nothing in any row."""
    told = [index for index in range(len(columns)) if any(row[index] != NOTHING for row in rows)]
    return Table(
        caption=caption,
        columns=tuple(Column(title=columns[index][0], kind=columns[index][1]) for index in told),
        rows=tuple(tuple(row[index] for index in told) for row in rows),
        origins=tuple(origins) or ("",) * len(rows),
    )
