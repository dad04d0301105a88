"""Scoring a model on labeled tracks, with any engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.bundle import Bundle
from edgegenre.datasets.folder import open_folder
from edgegenre.datasets.track import Track, some
from edgegenre.errors import AudioError, DatasetError, TrainingError
from edgegenre.integer.requantize import Arithmetic
from edgegenre.metrics import (
    ClassScore,
    ReliabilityBin,
    accuracy,
    calibration_error,
    confusion_matrix,
    macro_f1,
    per_class,
    reliability,
    wilson_interval,
)
from edgegenre.progress import SILENT, Progress
from edgegenre.runs.leak_words import leak_words
from edgegenre.runs.run_folder import RUNS, Run, load_run, named_run
from edgegenre.runtime.classifier import Classifier
from edgegenre.runtime.model import Model, Source, open_model


@dataclass(frozen=True, kw_only=True, eq=False)
class Score:
    """How many tracks were recognized.

    accuracy and macro_f1: 0 to 1; interval: the 95 % Wilson interval of the accuracy. ece: the expected calibration
    error, 0 to 1, over the bins in `reliability`; temperature: of the probabilities. per_class: by label.
    confusion: int64 [classes, classes], rows are the truth, in the order of `labels`. data: the data set's name;
    split: "all", or which part of which run. clips: how many tracks were scored; skipped: a sentence for each that
    could not be decoded. synthetic: the audio was rendered, not recorded.
    """

    model: str
    labels: tuple[str, ...]
    accuracy: float
    interval: tuple[float, float]
    macro_f1: float
    ece: float
    reliability: tuple[ReliabilityBin, ...]
    temperature: float
    per_class: dict[str, ClassScore]
    confusion: np.ndarray
    data: str
    split: str
    engine: str
    arithmetic: str
    clips: int
    synthetic: bool
    skipped: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data."""
        return {
            "model": self.model,
            "accuracy": self.accuracy,
            "accuracy_interval": list(self.interval),
            "macro_f1": self.macro_f1,
            "ece": self.ece,
            "reliability": [vars(item) for item in self.reliability],
            "temperature": self.temperature,
            "per_class": {label: vars(score) for label, score in self.per_class.items()},
            "labels": list(self.labels),
            "confusion": self.confusion.tolist(),
            "data": self.data,
            "split": self.split,
            "engine": self.engine,
            "arithmetic": self.arithmetic,
            "clips": self.clips,
            "synthetic": self.synthetic,
            "skipped": list(self.skipped),
        }


@dataclass(frozen=True, kw_only=True)
class Material:
    """What is scored, and the words that stay with the figures: see `Score`. problems: what is not scored, and why."""

    tracks: tuple[Track, ...]
    data: str
    split: str
    synthetic: bool
    problems: tuple[str, ...] = ()


def whole_folder(root: Path) -> Material:
    """Every file of a folder-a-genre directory. Raises DatasetError when it is not one."""
    dataset = open_folder(root)
    return Material(
        tracks=dataset.tracks,
        data=dataset.name,
        split="all",
        synthetic=dataset.synthetic,
        problems=dataset.problems,
    )


def held_out(source: Source, runs: Path = RUNS, *, data_at: Path | None = None) -> Material:
    """The test tracks of a run, or of the run in `runs` that a bundle was exported from.

    data_at: where the run's data set is now; None for where it was in training. Raises DatasetError
    when that run, or its tracks, are no longer there.
    """
    model = open_model(source)
    run = model.run
    if run is None:
        assert model.bundle is not None
        run = _exported_from(model.bundle, runs)
    if data_at is not None:
        run = run.with_data_at(data_at)
    split = f"test of {run.path.name}, {run.split_words}"
    return Material(tracks=run.split.test, data=run.dataset.name, split=split, synthetic=run.dataset.synthetic)


def recorded_leak(model: Model) -> Mapping[str, Any] | None:
    """What the leak meter measured when the model was trained, see `leak_words`; None where it could not, or the bundle
    that says so is damaged."""
    said = model.run.metrics if model.bundle is None and model.run is not None else {}
    if model.bundle is not None:
        said = model.bundle.manifest.training
    leak: Mapping[str, Any] | None = said.get("leak")
    try:
        return leak if leak is not None and leak_words(leak) else None
    except (LookupError, TypeError, ValueError):
        return None


def score(
    source: Source,
    material: Material,
    *,
    engine: str | None = None,
    arithmetic: Arithmetic = "float32",
    skip_broken: bool = False,
    progress: Progress = SILENT,
) -> Score:
    """Classify every track as `Classifier` does in clip mode and count.

    engine: see `open_engine`. skip_broken: leave out files that cannot be decoded. Raises DatasetError when a track's
    label is none of the model's, AudioError for a file that cannot be decoded, or when none is left.
    """
    tracks = material.tracks
    classifier = Classifier(source, engine, arithmetic=arithmetic)
    labels = classifier.model.labels
    check_labels(tracks, labels, classifier.model.folder)
    truth, predicted, shares, skipped = [], [], [], []
    with progress.task(f"scoring on {classifier.engine.name}", len(tracks)) as task:
        for track in tracks:
            try:
                decision = classifier.classify_file(track.path)
            except AudioError as error:
                if not skip_broken:
                    raise
                skipped.append(str(error))
            else:
                truth.append(labels.index(track.label))
                predicted.append(labels.index(decision.label))
                shares.append(list(decision.probabilities.values()))
            task.advance(note=track.path.name)
    if not truth:
        raise AudioError(f"{material.data}: not one of {len(tracks)} tracks can be scored. First problem: {skipped[0]}")
    confusion = confusion_matrix(np.array(truth), np.array(predicted), len(labels))
    interval = wilson_interval(int(np.trace(confusion)), len(truth))
    bins = reliability(np.array(shares), np.array(truth))
    return Score(
        model=classifier.model.name,
        labels=labels,
        accuracy=accuracy(np.array(truth), np.array(predicted)),
        interval=(interval.low, interval.high),
        macro_f1=macro_f1(confusion),
        ece=calibration_error(bins),
        reliability=bins,
        temperature=classifier.model.temperature,
        per_class=dict(zip(labels, per_class(confusion), strict=True)),
        confusion=confusion,
        data=material.data,
        split=material.split,
        engine=classifier.engine.name,
        arithmetic=classifier.engine.arithmetic,
        clips=len(truth),
        synthetic=material.synthetic,
        skipped=tuple(skipped),
    )


def check_labels(tracks: Sequence[Track], labels: Sequence[str], model: Path) -> None:
    """Raise DatasetError when there is no track, or one whose label is none of `labels`, those of `model`."""
    if not tracks:
        raise DatasetError("there is no track to score.")
    unknown = sorted({track.label for track in tracks} - set(labels))
    if unknown:
        raise DatasetError(
            f"the data has genres that {model} does not know: {some(unknown)}. It knows: {', '.join(labels)}. "
            "Rename or remove these folders."
        )


def _exported_from(bundle: Bundle, runs: Path) -> Run:
    try:
        return load_run(named_run(runs, bundle.manifest.training.get("run")))
    except TrainingError as error:
        raise DatasetError(
            f"{bundle.folder}: the run it was exported from is not in {runs}/, so its test tracks are not known. "
            "Name a folder with --data."
        ) from error
