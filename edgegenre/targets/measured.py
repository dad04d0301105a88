"""What measured records have in common: where, when, of which subject, at which cost and accuracy."""

import datetime
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from edgegenre.network.costs import costs
from edgegenre.network.network import Network
from edgegenre.records.record import Accuracy, Exactness, Grouping, Machine, Provenance, Record, Workload
from edgegenre.targets.job import Job
from edgegenre.targets.machine import source_commit, this_machine, versions
from edgegenre.targets.random_weights import NOTE
from edgegenre.targets.subject import Subject

PACKAGES = {
    "litert": ("ai-edge-litert", "tflite-runtime", "tensorflow"),
    "onnxruntime": ("onnxruntime",),
    "torch": ("torch",),
    "tflite-micro": ("tflite-micro",),
    "librosa": ("librosa", "numpy"),
    "edgegenre": ("numpy", "scipy"),
    "reference": ("numpy",),
}
"""Whose versions belong to an engine's records."""


class Recorder:
    """Makes the records of one job on one machine, all of one date."""

    def __init__(self, job: Job, machine: Machine) -> None:
        self._job, self._machine = job, machine
        self._date = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")

    def record(
        self,
        subject: Subject | None,
        *,
        engine: str,
        arithmetic: str,
        workload: Workload,
        frames: int,
        provenance: Provenance = "measured",
        machine: Machine | None = None,
        note: str = "",
        **values: Any,
    ) -> Record:
        """One record. subject: None where no network is measured, but the features alone. machine: another one than
        the job's, which this one stands for."""
        notes = [note] if subject is None or subject.bundle is not None else [NOTE, note]
        return Record(
            target=self._job.target,
            commit=self._job.commit,
            machine=machine or self._machine,
            date=self._date,
            versions=versions(PACKAGES.get(engine, ())),
            model="" if subject is None else subject.model,
            bundle="" if subject is None else subject.name,
            recipe=_recipe(subject) if arithmetic not in ("float", "bfloat16") else "",
            engine=engine,
            arithmetic=arithmetic,
            workload=workload,
            frames=frames,
            provenance=provenance,
            note="; ".join(text for text in notes if text),
            **({"batch": 1, "trust": _trust(subject)} | values),
        )


def recorder_of(kind: str) -> Recorder:
    """For a single record of this machine, outside a suite. kind: "cpu", "pi" or "mcu"."""
    return Recorder(Job(target=kind, kind=kind, commit=source_commit()), this_machine())


def multiplies(network: Network, hop_seconds: float, workload: Workload, frames: int) -> int:
    """Of one run that consumes `frames`, by the formulas of the paper, from the network itself."""
    cost = costs(network, frames_per_second=1 / hop_seconds)
    if workload == "update":
        return round(cost.multiplies_per_second * frames * hop_seconds)
    return cost.multiplies


def exactness(logits: np.ndarray, expected: np.ndarray, arithmetic: str) -> Exactness:
    """Integer logits beside those that the numpy reference computes of the same features in `arithmetic`."""
    steps = abs(logits.astype(int).ravel() - expected.astype(int).ravel())
    return Exactness(
        reference=f"numpy reference, {arithmetic}",
        values=steps.size,
        mismatches=int((steps > 0).sum()),
        largest=int(steps.max()),
    )


def manifest_accuracy(subject: Subject, arithmetic: str) -> Accuracy | None:
    """The accuracy that the bundle's manifest claims; None where it claims none."""
    if subject.bundle is None:
        return None
    manifest = subject.bundle.manifest
    metric = manifest.metrics.get(arithmetic)
    value = _share(metric.get("accuracy")) if isinstance(metric, Mapping) else None
    if not isinstance(metric, Mapping) or value is None:
        return None
    clips, interval = metric.get("clips"), metric.get("accuracy_interval")
    low, high = interval if isinstance(interval, list) and len(interval) == 2 else (None, None)
    return Accuracy(
        value=value,
        data=str(manifest.training.get("dataset", "data not recorded")),
        split=str(metric.get("split", "split not recorded")),
        synthetic=bool(manifest.training.get("synthetic", False)),
        clips=clips if isinstance(clips, int) else None,
        low=_share(low),
        high=_share(high),
        macro_f1=_share(metric.get("macro_f1")),
        grouping=_grouping(metric.get("grouping")),
    )


def _grouping(value: Any) -> Grouping | None:
    return value if value in ("track", "artist") else None


def _share(value: Any) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    return float(value) if number else None


def _recipe(subject: Subject | None) -> str:
    if subject is None or subject.bundle is None:
        return ""
    return str(subject.bundle.manifest.quantization.get("recipe", ""))[:100]


def _trust(subject: Subject | None) -> dict[str, Any] | None:
    """What the manifest says of calibration and of a test in bad sound; None where it says neither."""
    if subject is None or subject.bundle is None:
        return None
    told = subject.bundle.manifest.to_dict()
    # Through JSON, so that a record is the same once it was written and read.
    found = {name: json.loads(json.dumps(told[name])) for name in ("calibration", "microphone") if told[name]}
    return found or None
