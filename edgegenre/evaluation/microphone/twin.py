"""A test repeated in bad sound: what to expect of a device before there is one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.audio.decode import load_pcm
from edgegenre.audio.stems import load_sound
from edgegenre.datasets.track import Track, existing_folder
from edgegenre.datasets.walk import walk
from edgegenre.errors import AudioError, DatasetError
from edgegenre.evaluation.microphone.conditions import Condition, conditions
from edgegenre.evaluation.score import Material, check_labels
from edgegenre.frontend.inputs import errors_of
from edgegenre.integer.requantize import Arithmetic
from edgegenre.metrics import wilson_interval
from edgegenre.progress import SILENT, Progress
from edgegenre.runtime.classifier import Classifier, Decision
from edgegenre.runtime.model import Source
from edgegenre.trust import Hearing, MicrophoneScore

MOST_NOISE_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class Heard:
    """score: what was recognized, by `model`. skipped: a sentence for each track that could not be decoded."""

    model: str
    score: MicrophoneScore
    skipped: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data."""
        return {"model": self.model} | self.score.to_dict() | {"skipped": list(self.skipped)}


def score_microphone(
    source: Source,
    material: Material,
    *,
    seed: int = 0,
    noise: Path | None = None,
    engine: str | None = None,
    arithmetic: Arithmetic = "float32",
    skip_broken: bool = False,
    progress: Progress = SILENT,
) -> Heard:
    """Classify every track as `Classifier` does in clip mode, in every one of the `conditions`.

    The front end that is deployed hears int16 PCM. seed: of rooms and noises. noise: a folder of recorded noise, as one
    more kind. engine: see `open_engine`. skip_broken: leave out files that cannot be decoded. Raises DatasetError when
    a track's label is none of the model's or `noise` holds no sound, AudioError for a file that cannot be decoded, or
    when none is left.
    """
    classifier = Classifier(source, engine, arithmetic=arithmetic)
    model = classifier.model
    check_labels(material.tracks, model.labels, model.folder)
    recordings = None if noise is None else recorded_noise(noise, model.sample_rate)
    every = conditions(model.sample_rate, seed=seed, recordings=recordings)
    right, confidence, skipped = [], [], []
    with progress.task(f"listening with {classifier.engine.name}", len(material.tracks)) as task:
        for track in material.tracks:
            try:
                decisions = _decisions(classifier, track, every)
            except AudioError as error:
                if not skip_broken:
                    raise
                skipped.append(str(error))
            else:
                right.append([decision.label == track.label for decision in decisions])
                confidence.append([max(decision.probabilities.values()) for decision in decisions])
            task.advance(note=track.path.name)
    if not right:
        raise AudioError(
            f"{material.data}: not one of {len(material.tracks)} tracks can be scored. First problem: {skipped[0]}"
        )
    hits, means = np.sum(right, axis=0), np.mean(confidence, axis=0)
    hearings = []
    for condition, hit, mean in zip(every, hits.tolist(), means.tolist(), strict=True):
        interval = wilson_interval(hit, len(right))
        hearings.append(
            Hearing(
                kind=condition.kind,
                condition=condition.words,
                accuracy=interval.value,
                interval=(interval.low, interval.high),
                confidence=mean,
            )
        )
    score = MicrophoneScore(
        data=material.data,
        split=material.split,
        tracks=len(right),
        synthetic=material.synthetic,
        engine=classifier.engine.name,
        arithmetic=classifier.engine.arithmetic,
        seed=seed,
        hearings=tuple(hearings),
    )
    return Heard(model=model.name, score=score, skipped=tuple(skipped))


def _decisions(classifier: Classifier, track: Track, every: Sequence[Condition]) -> list[Decision]:
    """One for each condition. Raises AudioError when the track cannot be decoded or is too short for a frame."""
    pcm = load_sound(track.path, classifier.model.sample_rate)
    with errors_of(track.path):
        return [classifier.classify_pcm(each.hear(pcm, track.identifier)) for each in every]


def recorded_noise(folder: Path, rate: int) -> np.ndarray:
    """The sound files in and below `folder` one after another, all equally loud, float64 [samples].

    Of many, the first MOST_NOISE_SECONDS. rate: Hz. Raises DatasetError when there is no sound in them, AudioError for
    a file that cannot be decoded.
    """
    folder = existing_folder(folder)
    left, parts = MOST_NOISE_SECONDS * rate, []
    for path in walk(folder).sounds:
        part = load_pcm(path, rate)[:left].astype(np.float64)
        power = float(np.mean(part * part)) if len(part) else 0.0
        if power > 0:
            parts.append(part / power**0.5)
            left -= len(part)
        if left <= 0:
            break
    if not parts:
        raise DatasetError(f"{folder}: holds no sound file with sound in it. Name a folder of recorded noise.")
    return np.concatenate(parts)
