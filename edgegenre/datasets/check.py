"""Looking through a data set before hours are spent on it: what `data check` reports, and what `train` goes by."""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegenre.datasets.degenerate import faults, losses, refuse
from edgegenre.datasets.groups import kept_together
from edgegenre.datasets.inspection import Copies, Inspection, copies
from edgegenre.datasets.inspection_cache import inspect_all
from edgegenre.datasets.track import Dataset, some
from edgegenre.errors import DatasetError
from edgegenre.progress import SILENT, Progress

# A little less than the window of 30 s, so that recordings cut by hand to 30 s do not all raise a warning.
FULL_SECONDS = 28.5
# With fewer, a split of 8/1/1 is coarse: a part of one track scores 0 or 1.
FEW_TRACKS = 10


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was found. Counts are of tracks that can be used; sentences name the file and what to do.

    tracks_per_class: label -> tracks. seconds: of audio, all tracks together. sample_rates: Hz -> files.
    broken: files that cannot be used (missing, not decodable, cut, too short, silent, wrong MD5).
    duplicates: identifiers of tracks with the same sound, one tuple a set of copies. faults: why nothing can be trained
    on what can be used. warnings: what can be worked with and may mislead.
    passed: there are no faults, and nothing is broken or broken files may be skipped.
    """

    name: str
    root: Path
    synthetic: bool
    tracks_per_class: dict[str, int]
    seconds: float
    sample_rates: dict[int, int]
    broken: tuple[str, ...]
    duplicates: tuple[tuple[str, ...], ...]
    faults: tuple[str, ...]
    warnings: tuple[str, ...]
    passed: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return dataclasses.asdict(self) | {"root": str(self.root)}


def check_dataset(dataset: Dataset, progress: Progress = SILENT, *, skip_broken: bool = False) -> Report:
    """Decode every track, compare them all, and count what is there.

    skip_broken: files that cannot be used are reported and do not make the check fail.
    """
    usable, broken = inspect_all(dataset, progress)
    doubled = copies(usable)
    left = _left(dataset, usable, doubled)
    counts = Counter(track.label for track in left.tracks)
    found = faults(left)
    warnings = [*dataset.problems, *_warnings(dataset, left, usable, doubled)]
    return Report(
        name=dataset.name,
        root=dataset.root,
        synthetic=dataset.synthetic,
        tracks_per_class={label: counts[label] for label in dataset.labels},
        seconds=sum(item.seconds for item in usable),
        sample_rates=dict(sorted(Counter(item.source_rate for item in usable).items())),
        broken=tuple(broken),
        duplicates=tuple(tuple(track.identifier for track in item.tracks) for item in doubled),
        faults=tuple(found),
        warnings=tuple(warnings),
        passed=not found and (skip_broken or not broken),
    )


def usable_dataset(dataset: Dataset, progress: Progress = SILENT, *, skip_broken: bool = False) -> Dataset:
    """The tracks that a model can learn from, grouped so that no split divides an artist or the copies of a sound.

    Its problems are those of `dataset` and, in the words of `check_dataset`, a sentence for everything that is broken,
    lost or odd. A synthetic data set needs no such look. skip_broken: leave out files that cannot be used.
    Raises DatasetError for the first of them otherwise, and when nothing can be trained on what is left.
    """
    if dataset.synthetic:  # rendered by edgegenre itself
        refuse(faults(dataset))
        return dataset
    usable, broken = inspect_all(dataset, progress)
    if broken and not skip_broken:
        others = f" `edgegenre data check` names {len(broken) - 1} more." if len(broken) > 1 else ""
        raise DatasetError(broken[0] + others)
    doubled = copies(usable)
    left = _left(dataset, usable, doubled)
    refuse(faults(left))
    said = [*dataset.problems, *broken, *_warnings(dataset, left, usable, doubled)]
    return dataclasses.replace(left, problems=tuple(said))


def _left(dataset: Dataset, usable: Sequence[Inspection], doubled: Sequence[Copies]) -> Dataset:
    """Of `dataset` what can be used, copies kept together; its labels stay, also those without a track."""
    left = dataclasses.replace(dataset, tracks=tuple(item.track for item in usable))
    return kept_together(left, (item.tracks for item in doubled))


def _warnings(
    dataset: Dataset, left: Dataset, usable: Sequence[Inspection], doubled: Sequence[Copies]
) -> Iterator[str]:
    yield from losses(dataset, left)
    for item in usable:
        yield from item.remarks
    counts = Counter(track.label for track in left.tracks)
    for label in dataset.labels:
        if 0 < counts[label] < FEW_TRACKS:
            yield f"class '{label}' has {counts[label]} usable tracks; with fewer than 10, test figures are coarse."
    for same in doubled:
        names, labels = some(track.identifier for track in same.tracks), {track.label for track in same.tracks}
        what = "have the same content" if same.same_bytes else "hold the same sound in other formats or cuts"
        where = " in different classes" if len(labels) > 1 else ""
        yield f"{len(same.tracks)} tracks {what}{where}: {names}. Keep one; a split keeps them together."
    short = [item.seconds for item in usable if item.seconds < FULL_SECONDS]
    if short:
        yield (
            f"{len(short)} tracks are shorter than the window of 30 s (the shortest: {min(short):.1f} s); they are "
            "repeated to fill it."
        )
