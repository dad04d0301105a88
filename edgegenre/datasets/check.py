"""Looking through a data set before hours are spent on it: what `edgegenre data check` reports."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from edgegenre.audio.decode import load_pcm
from edgegenre.datasets.md5 import md5_of
from edgegenre.datasets.track import Dataset, Track, some
from edgegenre.errors import AudioError, DatasetError
from edgegenre.files import sha256
from edgegenre.progress import SILENT, Progress

SAMPLE_RATE = 16_000
# One frame of the front end; a shorter file has no features at all.
FRAME_SECONDS = 0.1
# A little less than the window of 30 s, so that recordings cut by hand to 30 s do not all raise a warning.
FULL_SECONDS = 28.5
# With fewer, a split of 8/1/1 is coarse: a part of one track scores 0 or 1.
FEW_TRACKS = 10
# Needed for training, validation and test.
FEWEST_TRACKS = 3
# int16 steps: dither reaches that far.
SILENT_PEAK = 2


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was found. Counts are of tracks that can be used; sentences name the file and what to do.

    tracks_per_class: label -> tracks. seconds: of audio, all tracks together. sample_rates: Hz -> files.
    broken: files that cannot be used (missing, not decodable, too short, silent, wrong MD5).
    duplicates: identifiers of tracks with the same bytes, one tuple a set of copies.
    warnings: what can be worked with and may mislead. passed: nothing is broken, or broken files may be skipped.
    """

    name: str
    root: Path
    synthetic: bool
    tracks_per_class: dict[str, int]
    seconds: float
    sample_rates: dict[int, int]
    broken: tuple[str, ...]
    duplicates: tuple[tuple[str, ...], ...]
    warnings: tuple[str, ...]
    passed: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return dataclasses.asdict(self) | {"root": str(self.root)}


def check_dataset(dataset: Dataset, progress: Progress = SILENT, *, skip_broken: bool = False) -> Report:
    """Decode every track and count what is there.

    skip_broken: files that cannot be used are reported and do not make the check fail.
    """
    usable: list[Track] = []
    broken: list[str] = []
    seconds: list[float] = []
    rates: Counter[int] = Counter()
    contents: dict[str, list[Track]] = defaultdict(list)
    with progress.task("checking tracks", len(dataset.tracks)) as task:
        for track in dataset.tracks:
            try:
                pcm = _usable_pcm(track)
            except (AudioError, DatasetError, OSError) as error:
                broken.append(str(error))
            else:
                usable.append(track)
                seconds.append(len(pcm) / SAMPLE_RATE)
                rates[soundfile.info(track.path).samplerate] += 1
                contents[sha256(track.path)].append(track)
            task.advance(note=track.path.name)
    copies = [tracks for tracks in contents.values() if len(tracks) > 1]
    counts = Counter(track.label for track in usable)
    return Report(
        name=dataset.name,
        root=dataset.root,
        synthetic=dataset.synthetic,
        tracks_per_class={label: counts[label] for label in dataset.labels},
        seconds=sum(seconds),
        sample_rates=dict(sorted(rates.items())),
        broken=tuple(broken),
        duplicates=tuple(tuple(track.identifier for track in tracks) for tracks in copies),
        warnings=(*dataset.problems, *_warnings(dataset, counts, copies, seconds)),
        passed=bool(usable) and (skip_broken or not broken),
    )


def _usable_pcm(track: Track) -> np.ndarray:
    """The decoded track; raises AudioError or DatasetError when a model could not learn from it."""
    if track.md5 is not None and md5_of(track.path) != track.md5:
        raise DatasetError(f"{track.path}: its MD5 is not the published one ({track.md5}). Download it again.")
    pcm = load_pcm(track.path, SAMPLE_RATE)
    if len(pcm) < FRAME_SECONDS * SAMPLE_RATE:
        raise AudioError(f"{track.path}: is too short: one frame needs {FRAME_SECONDS:g} s. Remove it.")
    if np.abs(pcm.astype(np.int32)).max() <= SILENT_PEAK:
        raise AudioError(f"{track.path}: is silent. Remove it.")
    return pcm


def _warnings(dataset: Dataset, counts: Counter[str], copies: list[list[Track]], seconds: list[float]) -> Iterator[str]:
    if len(dataset.labels) == 1:
        yield f"{dataset.root}: has one class ('{dataset.labels[0]}'); a classifier needs two. Add a folder a genre."
    for label in dataset.labels:
        if counts[label] < FEWEST_TRACKS:
            yield f"class '{label}' has {counts[label]} usable tracks; a split needs at least 3. Add tracks."
        elif counts[label] < FEW_TRACKS:
            yield f"class '{label}' has {counts[label]} usable tracks; with fewer than 10, test figures are coarse."
    for tracks in copies:
        names, labels = some(track.identifier for track in tracks), {track.label for track in tracks}
        where = " in different classes" if len(labels) > 1 else ""
        yield f"{len(tracks)} tracks have the same content{where}: {names}. Keep one, or a split may train on its test."
    short = [length for length in seconds if length < FULL_SECONDS]
    if short:
        yield (
            f"{len(short)} tracks are shorter than the window of 30 s (the shortest: {min(short):.1f} s); they are "
            "repeated to fill it."
        )
