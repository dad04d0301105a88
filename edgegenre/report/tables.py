"""The report's tables as plain texts; the template escapes and lays them out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from edgegenre.bundle import Bundle
from edgegenre.records.record import Record
from edgegenre.records.words import (
    accuracy_words,
    data_words,
    engine_words,
    mebibytes,
    millions,
    milliseconds,
    shortened,
    subject_words,
)
from edgegenre.report.audit import Audit, Pairing
from edgegenre.report.gain import Gain
from edgegenre.zoo.entry import ZooEntry

Kind = Literal["text", "number", "badge", "long"]

NOTHING = "–"
_VIEWS = {"parameters": "equal parameters", "width": "equal width", "accuracy": "equal accuracy"}


@dataclass(frozen=True, kw_only=True)
class Column:
    """kind: "number" is set flush right, "badge" drawn as a label, "long" may wrap."""

    title: str
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class Table:
    """Texts in columns, with a caption that says where the figures come from."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def engine_table(records: Sequence[Record]) -> Table | None:
    """Whole clips, one row an engine and bundle; None without any."""
    rows = []
    for record in records:
        latency, ratio = record.latency, record.ratio
        if record.workload != "clip" or (latency is None and record.instructions is None):
            continue
        time = f"{millions(record.instructions)} instructions"
        if latency:
            time = f"{milliseconds(latency.p50_ms)} ({latency.p5_ms:.2f} to {latency.p95_ms:.2f})"
        rows.append(
            (
                subject_words(record, records),
                engine_words(record.engine, record.arithmetic),
                time,
                str(latency.runs) if latency else NOTHING,
                milliseconds(latency.processor_ms) if latency and latency.processor_ms else NOTHING,
                f"{ratio.median:.2f} ({ratio.low:.2f} to {ratio.high:.2f})" if ratio else NOTHING,
                mebibytes(record.memory.peak_bytes) if record.memory else NOTHING,
                millions(record.multiplies),
                accuracy_words(record.accuracy) if record.accuracy else NOTHING,
                data_words(record.accuracy) if record.accuracy else NOTHING,
                record.provenance,
            )
        )
    if not rows:
        return None
    against = next((record.ratio.against for record in records if record.ratio), "the first engine")
    return _table(
        caption="One whole clip, features in, logits out, one thread. Time: median and 5 % to 95 % of the runs by the "
        "clock, and the median processor time, which other programs stretch less. The ratio is the processor time over "
        f"that of {against} in the same round, median and 5 % to 95 % of the rounds. Multiplies are computed; "
        "accuracies, with 95 % intervals, are those of the bundle's manifest.",
        columns=[
            ("model", "text"),
            ("engine", "text"),
            ("time of a clip", "number"),
            ("runs", "number"),
            ("processor time", "number"),
            (f"ratio to {against}", "number"),
            ("peak memory", "number"),
            ("multiplies", "number"),
            ("accuracy", "number"),
            ("scored on", "long"),
            ("provenance", "badge"),
        ],
        rows=rows,
    )


def stream_table(gains: Sequence[Gain]) -> Table | None:
    """Streamed against recomputed, one row an engine and bundle; None without any."""
    if not gains:
        return None
    updates = [gain.update for gain in gains]
    return _table(
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
    return _table(
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
    """The zoo's costs, and the paper's own parameter counts beside ours."""
    rows = []
    for entry in models:
        cost = entry.costs()
        rows.append(
            (
                entry.name,
                f"{cost.parameters:,}",
                f"{entry.paper_parameters:,}",
                f"{entry.paper_accuracy:.2f} %",
                millions(cost.multiplies),
                millions(cost.convolution_multiplies),
                millions(cost.multiplies_per_second),
                f"{cost.ram_window_bytes / 1000:.0f} kB",
                f"{cost.ram_stream_bytes / 1000:.0f} kB",
            )
        )
    return _table(
        caption="The twelve models of Liang et al. 2019 for the paper's 13 classes. “Parameters, paper” and "
        "“accuracy, paper” are printed in its Table II (Extended Ballroom, mean of ten runs); the others are computed "
        "from our descriptions of its Table I. Memory: int8 activations and state, without the front end.",
        columns=[
            ("model", "text"),
            ("parameters, ours", "number"),
            ("parameters, paper", "number"),
            ("accuracy, paper", "number"),
            ("multiplies a clip", "number"),
            ("convolutions alone", "number"),
            ("streamed, a second of audio", "number"),
            ("RAM, whole window", "number"),
            ("RAM, streaming", "number"),
        ],
        rows=rows,
    )


def audit_table(found: Audit) -> Table:
    """Every comparison of the audit, with measured times beside the multiplies where there are any."""
    return _table(
        caption="Separable / standard. Multiplies by formulas (2) and (4) of Liang et al. 2019, computed from our "
        "descriptions; a saving is standard over separable. Measured time: median processor time of LiteRT int8 in one "
        "interleaved run; networks that were not trained have random weights, which take the same time.",
        columns=[
            ("separable", "text"),
            ("standard", "text"),
            ("held equal", "text"),
            ("multiplies", "number"),
            ("saving", "number"),
            ("convolutions alone", "number"),
            ("saving", "number"),
            ("parameters", "number"),
            ("measured time", "number"),
        ],
        rows=[
            (
                item.separable.name,
                item.standard.name,
                _VIEWS[item.view],
                f"{millions(item.separable.multiplies)} / {millions(item.standard.multiplies)}",
                f"{item.saving:.2f}×",
                f"{millions(item.separable.convolution_multiplies)} / {millions(item.standard.convolution_multiplies)}",
                f"{item.convolution_saving:.2f}×",
                f"{item.separable.parameters:,} / {item.standard.parameters:,}",
                _times(item),
            )
            for item in (*found.equal_parameters, *found.equal_width, *found.equal_accuracy)
        ],
    )


def _times(item: Pairing) -> str:
    if item.milliseconds is None:
        return NOTHING
    separable, standard = item.milliseconds
    return f"{milliseconds(separable)} / {milliseconds(standard)}: {standard / separable:.2f}×"


def _table(caption: str, columns: Sequence[tuple[str, Kind]], rows: Sequence[Sequence[str]]) -> Table:
    """The table without the columns that say nothing in any row."""
    told = [index for index in range(len(columns)) if any(row[index] != NOTHING for row in rows)]
    return Table(
        caption=caption,
        columns=tuple(Column(title=columns[index][0], kind=columns[index][1]) for index in told),
        rows=tuple(tuple(row[index] for index in told) for row in rows),
    )
