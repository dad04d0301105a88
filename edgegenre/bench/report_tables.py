"""The report's tables as plain texts; the template escapes and lays them out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from edgegenre.bench.audit import Audit, Comparison
from edgegenre.bench.gain import Gain
from edgegenre.bench.record import Record
from edgegenre.bench.report_words import data_words, engine_words, mebibytes, millions, milliseconds, shortened
from edgegenre.bundle import Bundle
from edgegenre.zoo.entry import ZooEntry

_VIEWS = {"parameters": "equal parameters", "width": "equal width", "accuracy": "equal accuracy"}


@dataclass(frozen=True, kw_only=True)
class Table:
    """numeric: the columns set flush right. badges: those drawn as labels."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    badges: frozenset[int] = frozenset()


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
                record.model,
                engine_words(record),
                time,
                str(latency.runs) if latency else "–",
                f"{ratio.median:.2f} ({ratio.low:.2f} to {ratio.high:.2f})" if ratio else "–",
                mebibytes(record.memory.peak_bytes) if record.memory else "–",
                millions(record.multiplies),
                f"{100 * record.accuracy.value:.1f} %" if record.accuracy else "–",
                data_words(record.accuracy) if record.accuracy else "–",
                record.provenance,
            )
        )
    if not rows:
        return None
    against = next((record.ratio.against for record in records if record.ratio), "the first engine")
    return Table(
        caption="One whole clip, features in, logits out, one thread: median and 5 % to 95 % of the runs. The ratio is "
        f"the time over that of {against} in the same round, median and 5 % to 95 % of the rounds. Multiplies are "
        "computed; accuracies are those of the bundle's manifest.",
        columns=(
            "model",
            "engine",
            "time of a clip",
            "runs",
            f"ratio to {against}",
            "peak memory",
            "multiplies",
            "accuracy",
            "scored on",
            "provenance",
        ),
        rows=tuple(rows),
        numeric=frozenset(range(2, 8)),
        badges=frozenset({9}),
    )


def stream_table(gains: Sequence[Gain]) -> Table | None:
    """Streamed against recomputed, one row an engine and bundle; None without any."""
    if not gains:
        return None
    return Table(
        caption="One new decision: streamed, against computing the whole window again with the same engine. Times are "
        "measured medians on one thread, multiplies are computed.",
        columns=(
            "model",
            "engine",
            "frames an update",
            "time streamed",
            "time recomputed",
            "times faster",
            "multiplies streamed",
            "multiplies recomputed",
            "times fewer",
        ),
        rows=tuple(
            (
                gain.update.model,
                engine_words(gain.update),
                str(gain.update.frames),
                milliseconds(gain.update_ms),
                milliseconds(gain.clip_ms),
                f"{gain.time:.1f}×",
                millions(gain.update_multiplies),
                millions(gain.clip_multiplies),
                f"{gain.multiplies:.0f}×",
            )
            for gain in gains
        ),
        numeric=frozenset(range(2, 9)),
    )


def bundle_table(bundles: Sequence[Bundle]) -> Table | None:
    """What the manifests say of their models; None without bundles."""
    if not bundles:
        return None
    return Table(
        caption="The bundles of this report, in the words of their manifests.",
        columns=("bundle", "model", "numbers", "trained on", "accuracy", "labels"),
        rows=tuple(_bundle_row(bundle) for bundle in bundles),
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
                f"{entry.paper_parameters:,}" if entry.paper_parameters is not None else "not at hand",
                millions(cost.multiplies),
                millions(cost.convolution_multiplies),
                millions(cost.multiplies_per_second),
                f"{cost.ram_window_bytes / 1000:.0f} kB",
                f"{cost.ram_stream_bytes / 1000:.0f} kB",
                entry.widths_from,
            )
        )
    return Table(
        caption="The twelve models of Liang et al. 2019 for the paper's 13 classes. Only the column “parameters, "
        "paper” holds the paper's numbers; the others are computed from our descriptions, whose layer widths are known "
        "as the last column says. Memory: int8 activations and state, without the front end.",
        columns=(
            "model",
            "parameters, ours",
            "parameters, paper",
            "multiplies a clip",
            "convolutions alone",
            "streamed, a second of audio",
            "RAM, whole window",
            "RAM, streaming",
            "layer widths",
        ),
        rows=tuple(rows),
        numeric=frozenset(range(1, 8)),
    )


def audit_table(found: Audit, records: Sequence[Record]) -> Table:
    """Every comparison of the audit, with measured times beside the multiplies where there are any."""
    return Table(
        caption="Separable / standard. Multiplies by formulas (2) and (4) of Liang et al. 2019, computed from our "
        "descriptions; a saving is standard over separable. Measured time: medians of LiteRT int8, where both models "
        "were measured on one machine.",
        columns=(
            "separable",
            "standard",
            "held equal",
            "multiplies",
            "saving",
            "convolutions alone",
            "saving",
            "parameters",
            "measured time",
            "layer widths",
        ),
        rows=tuple(
            (
                item.separable.name,
                item.standard.name,
                _VIEWS[item.view],
                f"{millions(item.separable.multiplies)} / {millions(item.standard.multiplies)}",
                f"{item.saving:.2f}×",
                f"{millions(item.separable.convolution_multiplies)} / {millions(item.standard.convolution_multiplies)}",
                f"{item.convolution_saving:.2f}×",
                f"{item.separable.parameters:,} / {item.standard.parameters:,}",
                _measured_times(item, records),
                item.known,
            )
            for item in (*found.equal_parameters, *found.equal_width, *found.equal_accuracy)
        ),
        numeric=frozenset(range(3, 9)),
    )


def _measured_times(item: Comparison, records: Sequence[Record]) -> str:
    times: dict[object, dict[str, float]] = {}
    for record in records:
        if record.latency and (record.engine, record.workload, record.arithmetic) == ("litert", "clip", "float32"):
            times.setdefault(record.target, {})[record.model] = record.latency.p50_ms
    for found in times.values():
        separable, standard = found.get(item.separable.name), found.get(item.standard.name)
        if separable and standard:
            return f"{milliseconds(separable)} / {milliseconds(standard)}: {standard / separable:.2f}×"
    return "not measured"
