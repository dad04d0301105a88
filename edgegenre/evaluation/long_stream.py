"""Scoring a model on one long stream: tracks played one after another, the genre changing every few of them.

A clip begins with silence in every layer; a stream never does. What is scored are the smoothed decisions of continuous
mode, one a row that reaches the head, the model never being reset.
"""

import dataclasses
import hashlib
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.audio.decode import load_pcm
from edgegenre.datasets.track import Track
from edgegenre.errors import AudioError, DatasetError
from edgegenre.evaluation.listening import listen
from edgegenre.evaluation.non_music import played, sound_files
from edgegenre.evaluation.score import Material, check_labels
from edgegenre.evaluation.score_card import ScoreCard, Sounding, Streams, card, curve
from edgegenre.integer.requantize import Arithmetic
from edgegenre.metrics import share_interval
from edgegenre.progress import SILENT, Progress, Task
from edgegenre.runtime.classifier import Classifier, Decision
from edgegenre.runtime.model import Source

TRACKS_IN_A_ROW = 2
LONGEST_MINUTES = 24 * 60


@dataclass(frozen=True, kw_only=True)
class StreamScore:
    """How often a stream was right.

    accuracy: the share of right decisions while a whole window of one genre had been heard, every stretch of a genre
    counting alike; decisions: how many these are, stretches: in how many stretches; interval: 95 %, by Student's t over
    the stretches, None with fewer than two. after_change: the share of right decisions in the rest, the first window
    of each stretch, when older sound of another genre is still heard; None without any. These count the most probable
    genre at every moment; `card` has what is answered by the model's own decisions, and `curve` by others like them but
    for the reject threshold. reject: the score that is held against it. other_seconds: of sound that is no music.
    data, split, synthetic: of the tracks. changes: how often the genre changed. seconds: length of the stream.
    """

    model: str
    accuracy: float
    interval: tuple[float, float] | None
    decisions: int
    stretches: int
    after_change: float | None
    changes: int
    seconds: float
    reject: str
    card: ScoreCard
    curve: tuple[ScoreCard, ...]
    other_seconds: float
    data: str
    split: str
    engine: str
    arithmetic: str
    synthetic: bool
    skipped: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data."""
        return dataclasses.asdict(self)


def score_stream(
    source: Source,
    material: Material,
    *,
    minutes: float,
    seed: int = 0,
    non_music: Path | None = None,
    engine: str | None = None,
    arithmetic: Arithmetic = "float32",
    skip_broken: bool = False,
    progress: Progress = SILENT,
) -> StreamScore:
    """Play the tracks as `playlist` orders them for `minutes`, cut where these are over, and count decisions.

    non_music: a folder of sound that is no music, played once in an order that `seed` decides, or for as long. engine:
    one that streams in continuous mode, see `open_engine`; others raise RuntimeEngineError. skip_broken: leave out
    files that cannot be decoded. Raises DatasetError when the minutes are not possible, a track's label is none of the
    model's or `non_music` holds no sound, AudioError for a file that cannot be decoded, when no genre sounds for a
    whole window or the sound that is no music is too short for a decision.
    """
    if not 0 < minutes <= LONGEST_MINUTES:
        raise DatasetError(f"a stream of {minutes:g} minutes: more than 0 and at most {LONGEST_MINUTES} are possible.")
    classifier = Classifier(source, engine, mode="continuous", arithmetic=arithmetic)
    check_labels(material.tracks, classifier.model.labels, classifier.model.folder)
    other_paths = [] if non_music is None else sound_files(non_music, seed)
    rate = classifier.model.sample_rate
    length = round(minutes * 60 * rate)
    heard: list[Sounding] = []
    skipped: list[str] = []
    leave_out = skipped if skip_broken else None
    with progress.task(f"listening with {classifier.engine.name}", math.ceil(length / rate)) as task:
        music = listen(classifier, _played(_sound(material.tracks, seed, rate, leave_out), length, rate, heard, task))
    stretches = joined(heard)
    window = classifier.model.clock.samples_for(classifier.model.clock.window_frames)
    settled, changing = count(music.decisions if music else [], stretches, window=window, rate=rate)
    if music is None or not settled:
        raise AudioError(
            f"{material.data}: in {minutes:g} minutes no genre sounds for a whole window of {window / rate:g} s. "
            "Take a longer stream, or longer tracks."
        )
    other = None
    if non_music is not None:
        with progress.task("listening to what is no music", len(other_paths)) as task:
            other = listen(classifier, played(other_paths, rate, longest=length, skipped=leave_out, task=task))
        if other is None:
            raise AudioError(f"{non_music}: its sound is too short for a single decision. Add more of it.")
    streams = Streams(music=music, stretches=stretches, other=other, labels=classifier.model.labels, rate=rate)
    interval = share_interval(np.array([np.mean(right) for right in settled]))
    return StreamScore(
        model=classifier.model.name,
        accuracy=interval.value,
        interval=(interval.low, interval.high) if len(settled) > 1 else None,
        decisions=sum(map(len, settled)),
        stretches=len(settled),
        after_change=float(np.mean(changing)) if changing else None,
        changes=len(stretches) - 1,
        seconds=length / rate,
        reject=music.rules.score,
        card=card(streams, music.rules.threshold_score),
        curve=curve(streams),
        other_seconds=float(other.ends[-1]) / rate if other else 0.0,
        data=material.data,
        split=material.split,
        engine=classifier.engine.name,
        arithmetic=classifier.engine.arithmetic,
        synthetic=material.synthetic,
        skipped=tuple(skipped),
    )


def _played(
    tracks: Iterator[tuple[Track, np.ndarray]], length: int, rate: int, heard: list[Sounding], task: Task
) -> Iterator[np.ndarray]:
    """`length` samples of the tracks, a second at a time; `heard` gets what each of them was."""
    for track, pcm in tracks:
        start = heard[-1].end if heard else 0
        pcm = pcm[: length - start]
        heard.append(Sounding(label=track.label, start=start, end=start + len(pcm)))
        for second in range(0, len(pcm), rate):
            yield pcm[second : second + rate]
            task.advance(note=track.path.name)
        if heard[-1].end == length:
            return


def playlist(tracks: Sequence[Track], seed: int = 0) -> Iterator[Track]:
    """The tracks, at least one, without end: TRACKS_IN_A_ROW of a genre, then of another; `seed` decides the order.

    Every round has all genres in an order of its own; a genre's tracks come in turn, round after round.
    """
    assert tracks, "an endless search"
    turns: dict[str, Iterator[Track]] = {}
    for label in sorted({track.label for track in tracks}):
        own = [track for track in tracks if track.label == label]
        turns[label] = itertools.cycle(sorted(own, key=lambda track: track.identifier))
    for number in itertools.count():
        # A hash, not numpy's generator: its streams may change between versions.
        for label in sorted(turns, key=lambda label: hashlib.sha256(f"{seed} {number} {label}".encode()).digest()):
            yield from itertools.islice(turns[label], TRACKS_IN_A_ROW)


def joined(heard: Sequence[Sounding]) -> list[Sounding]:
    """Neighbors of one genre made one stretch."""
    stretches: list[Sounding] = []
    for sounding in heard:
        if stretches and stretches[-1].label == sounding.label:
            stretches[-1] = dataclasses.replace(stretches[-1], end=sounding.end)
        else:
            stretches.append(sounding)
    return stretches


def count(
    decisions: Sequence[Decision], stretches: Sequence[Sounding], *, window: int, rate: int
) -> tuple[list[list[bool]], list[bool]]:
    """Whether decisions were right: those with a whole window of one genre behind them, by stretch; and the others.

    A decision is held to the genre of the last sample it heard. window: samples; rate: samples a second.
    """
    settled: list[list[bool]] = []
    changing: list[bool] = []
    remaining = list(decisions)
    for stretch in stretches:
        own = [decision for decision in remaining if round(decision.time_seconds * rate) <= stretch.end]
        remaining = remaining[len(own) :]
        right = [decision.label == stretch.label for decision in own]
        whole = [round(decision.time_seconds * rate) - window >= stretch.start for decision in own]
        changing += [is_right for is_right, is_whole in zip(right, whole, strict=True) if not is_whole]
        if any(whole):
            settled.append([is_right for is_right, is_whole in zip(right, whole, strict=True) if is_whole])
    return settled, changing


def _sound(
    tracks: Sequence[Track], seed: int, rate: int, skipped: list[str] | None
) -> Iterator[tuple[Track, np.ndarray]]:
    """The playlist decoded. skipped: gets a sentence for each track left out; None to raise AudioError instead."""
    broken: set[str] = set()
    for track in playlist(tracks, seed):
        if track.identifier in broken:
            continue
        try:
            pcm = load_pcm(track.path, rate)
        except AudioError as error:
            if skipped is None:
                raise
            skipped.append(str(error))
            broken.add(track.identifier)
            if len(broken) == len(tracks):
                raise AudioError(
                    f"not one of {len(tracks)} tracks can be played. First problem: {skipped[0]}"
                ) from error
        else:
            yield track, pcm
