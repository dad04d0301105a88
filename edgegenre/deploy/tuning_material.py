"""What thresholds are chosen on: music that the model was not trained on, sound that is no music, and what is heard of
them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

import numpy as np

from edgegenre.audio.stems import load_sound
from edgegenre.bundle import Bundle
from edgegenre.datasets.folder import open_folder
from edgegenre.datasets.same_files import same_files
from edgegenre.datasets.track import Track
from edgegenre.datasets.walk import walk_non_music
from edgegenre.errors import AudioError, DatasetError, TrainingError
from edgegenre.evaluation.listening import Ear, Measurements
from edgegenre.evaluation.score import check_labels
from edgegenre.progress import SILENT, Progress
from edgegenre.runs.run_folder import RUNS, load_run, named_run
from edgegenre.runtime.classifier import Classifier

TRACKS_IN_A_ROW = 3
"""Of a genre, before the next one comes on."""


@dataclass(frozen=True, kw_only=True)
class TuningMaterial:
    """music: not one track of it was trained or tested on, as far as that is known. other: sound files without music.

    remarks: what is left out, a sentence each.
    """

    music: tuple[Track, ...]
    other: tuple[Path, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Heard:
    """One stream, or one clip. truth [decisions]: the class that sounds then; -1 for no music. seconds: of sound."""

    measured: Measurements
    truth: np.ndarray
    seconds: float


def tuning_material(bundle: Bundle, data: Path, non_music: Path | None, runs: Path = RUNS) -> TuningMaterial:
    """The tracks of the folder-a-genre `data` and the sound files below `non_music`.

    Training and test tracks of the run that the bundle was exported from are left out, where it is in `runs`.
    Raises DatasetError when nothing is left, a genre is not the model's, or `non_music` holds music of the run or of
    `data`.
    """
    dataset = open_folder(data)
    check_labels(dataset.tracks, bundle.manifest.labels, bundle.folder)
    used, validation = _tracks_of_run(bundle, runs)
    seen = {path.resolve() for path in used}
    music = tuple(track for track in dataset.tracks if track.path.resolve() not in seen)
    if not music:
        raise DatasetError(
            f"{data}: holds only tracks that the model was trained or tested on, which would make every threshold too "
            "low. Name a folder of other music."
        )
    other: tuple[Path, ...] = ()
    if non_music is not None:
        other = walk_non_music(non_music).sounds
        pairs = same_files(other, [*used, *validation, *(track.path for track in dataset.tracks)])
        if pairs:
            more = f"; {len(pairs) - 1} more files are music, too" if len(pairs) > 1 else ""
            raise DatasetError(
                f"{pairs[0][0]}: is the music {pairs[0][1]}{more}. Name a folder without the model's music."
            )
    left_out = len(dataset.tracks) - len(music)
    remarks = (f"left out: {left_out} of {len(dataset.tracks)} tracks, training or test tracks of the model.",)
    return TuningMaterial(music=music, other=other, remarks=remarks if left_out else ())


def hear_music(
    classifier: Classifier, tracks: Sequence[Track], skip_broken: bool, progress: Progress = SILENT
) -> list[Heard]:
    """What `classifier` hears of `tracks`: in continuous mode one stream in which genres take turns, else clips.

    Raises AudioError for a file that cannot be decoded, unless `skip_broken`, or when none can.
    """
    labels = classifier.model.labels
    ordered = [(track.path, labels.index(track.label)) for track in _in_turn(tracks)]
    return _hear(classifier, ordered, skip_broken, progress)


def hear_other(
    classifier: Classifier, paths: Sequence[Path], skip_broken: bool, progress: Progress = SILENT
) -> list[Heard]:
    """The same of sound that is no music."""
    return _hear(classifier, [(path, -1) for path in paths], skip_broken, progress)


def _tracks_of_run(bundle: Bundle, runs: Path) -> tuple[list[Path], list[Path]]:
    """Training and test tracks of the bundle's run, and its validation tracks; none where the run is not there."""
    try:
        split = load_run(named_run(runs, bundle.manifest.training.get("run"))).split
    except (TrainingError, DatasetError):
        return [], []
    used = [track.path for part in (split.train, split.test) for track in part]
    return used, [track.path for track in split.validation]


def _in_turn(tracks: Sequence[Track]) -> Iterator[Track]:
    """All of them: some of a genre, then some of the next one, round after round."""
    by_label: dict[str, list[Track]] = {}
    for track in tracks:
        by_label.setdefault(track.label, []).append(track)
    rows = [
        [tuple(found[start : start + TRACKS_IN_A_ROW]) for start in range(0, len(found), TRACKS_IN_A_ROW)]
        for found in by_label.values()
    ]
    return chain.from_iterable(row for turn in zip_longest(*rows, fillvalue=()) for row in turn)


def _hear(
    classifier: Classifier,
    sounds: Sequence[tuple[Path, int]],
    skip_broken: bool,
    progress: Progress,
) -> list[Heard]:
    ears: list[Ear] = []
    truths: list[list[int]] = []
    problems: list[str] = []
    with progress.task(f"listening with {classifier.engine.name}", len(sounds)) as task:
        for path, truth in sounds:
            try:
                pcm = load_sound(path, classifier.model.sample_rate)
            except AudioError as error:
                if not skip_broken:
                    raise
                problems.append(str(error))
                continue
            if classifier.mode == "clip" or not ears:
                ears.append(Ear(classifier))
                truths.append([])
            truths[-1] += [truth] * ears[-1].push(pcm)
            task.advance(note=path.name)
    rate = classifier.model.sample_rate
    found = [
        Heard(measured=measured, truth=np.array(those, np.int64), seconds=measured.samples / rate)
        for ear, those in zip(ears, truths, strict=True)
        if (measured := ear.measurements()) is not None
    ]
    if not found:
        raise AudioError(
            f"nothing could be heard of {len(sounds)} files. First problem: {[*problems, 'too short'][0]}."
        )
    return found
