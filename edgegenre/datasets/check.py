"""Looking through a data set before hours are spent on it: what `data check` reports, and what `train` goes by."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegenre.datasets.degenerate import faults, losses, refuse
from edgegenre.datasets.groups import SplitBy, units_per_class, with_copies
from edgegenre.datasets.inspection import Copies, Inspection, copies
from edgegenre.datasets.inspection_cache import inspect_all
from edgegenre.datasets.split import default_split
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

    split: what a split of it goes by. tracks_per_class: label -> tracks. artists_per_class: label -> how many artists
    they are by; a track whose artist is not known counts as one. seconds: of audio, all tracks together.
    sample_rates: Hz -> files. broken: files that cannot be used (missing, not decodable, cut, too short, silent, wrong
    MD5).
    duplicates: identifiers of tracks with the same sound, one tuple a set of copies. faults: why nothing can be trained
    on what can be used. warnings: what can be worked with and may mislead.
    passed: there are no faults, and nothing is broken or broken files may be skipped.
    """

    name: str
    root: Path
    synthetic: bool
    split: SplitBy
    tracks_per_class: dict[str, int]
    artists_per_class: dict[str, int]
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


def check_dataset(
    dataset: Dataset, progress: Progress = SILENT, *, by: SplitBy | None = None, skip_broken: bool = False
) -> Report:
    """Decode every track, compare them all, and count what is there.

    by: what it is to be split by; None for `default_split`. skip_broken: files that cannot be used are reported and do
    not make the check fail.
    """
    by = by or default_split(dataset)
    usable, broken = inspect_all(dataset, progress)
    doubled = copies(usable)
    left = _left(dataset, usable, doubled)
    counts = Counter(track.label for track in left.tracks)
    found = faults(left, by)
    warnings = [*dataset.problems, *_warnings(dataset, left, usable, doubled, by)]
    return Report(
        name=dataset.name,
        root=dataset.root,
        synthetic=dataset.synthetic,
        split=by,
        tracks_per_class={label: counts[label] for label in dataset.labels},
        artists_per_class=units_per_class(left, "artist"),
        seconds=sum(item.seconds for item in usable),
        sample_rates=dict(sorted(Counter(item.source_rate for item in usable).items())),
        broken=tuple(broken),
        duplicates=tuple(tuple(track.identifier for track in item.tracks) for item in doubled),
        faults=tuple(found),
        warnings=tuple(warnings),
        passed=not found and (skip_broken or not broken),
    )


def usable_dataset(
    dataset: Dataset, progress: Progress = SILENT, *, by: SplitBy | None = None, skip_broken: bool = False
) -> Dataset:
    """The tracks that a model can learn from; those that hold the same sound have the same recording.

    Its problems are those of `dataset` and, in the words of `check_dataset`, a sentence for everything that is broken,
    lost or odd. A synthetic data set needs no such look. by: see `check_dataset`. skip_broken: leave out files that
    cannot be used. Raises DatasetError for the first of them otherwise, and when nothing can be trained on the rest.
    """
    by = by or default_split(dataset)
    if dataset.synthetic:  # rendered by edgegenre itself
        refuse(faults(dataset, by))
        return dataset
    usable, broken = inspect_all(dataset, progress)
    if broken and not skip_broken:
        others = f" `edgegenre data check` names {len(broken) - 1} more." if len(broken) > 1 else ""
        raise DatasetError(broken[0] + others)
    doubled = copies(usable)
    left = _left(dataset, usable, doubled)
    refuse(faults(left, by))
    said = [*dataset.problems, *broken, *_warnings(dataset, left, usable, doubled, by)]
    return dataclasses.replace(left, problems=tuple(said))


def _left(dataset: Dataset, usable: Sequence[Inspection], doubled: Sequence[Copies]) -> Dataset:
    """Of `dataset` what can be used, copies marked as such; its labels stay, also those without a track."""
    left = dataclasses.replace(dataset, tracks=tuple(item.track for item in usable))
    return with_copies(left, (item.tracks for item in doubled))


def _warnings(
    dataset: Dataset, left: Dataset, usable: Sequence[Inspection], doubled: Sequence[Copies], by: SplitBy
) -> Iterator[str]:
    yield from losses(dataset, left)
    yield from (_crossed_parts(left, doubled) if by == "published" else _unknown_artists(left, by))
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
        kept = "" if by in ("published", "piece") else "; a split keeps them together"
        yield f"{len(same.tracks)} tracks {what}{where}: {names}. Keep one{kept}."
    short = [item.seconds for item in usable if item.seconds < FULL_SECONDS]
    if short:
        yield (
            f"{len(short)} tracks are shorter than 30 s (the shortest: {min(short):.1f} s); a model of a longer window "
            "hears them repeated to fill it."
        )


def _unknown_artists(dataset: Dataset, by: SplitBy) -> Iterator[str]:
    unknown, count = sum(track.group is None for track in dataset.tracks), len(dataset.tracks)
    if by == "artist" and unknown:
        yield (
            f"{unknown} of {count} tracks name no artist; each is taken for an artist of its own, which may flatter "
            "test figures."
        )
    elif by == "piece":
        yield (
            "the split goes by piece: pieces of one track are trained on and tested on, so test figures say nothing "
            "about new music."
        )
    elif by == "track":
        yield (
            f"the split goes by track ({count - unknown} of {count} name an artist): a model may recognize artists "
            "instead of genres, which flatters test figures."
        )


def _crossed_parts(dataset: Dataset, doubled: Sequence[Copies]) -> Iterator[str]:
    """What the published split has on two sides: sounds and artists."""
    for same in doubled:
        parts = sorted({track.part for track in same.tracks if track.part is not None})
        if len(parts) > 1:
            names = some(track.identifier for track in same.tracks)
            yield f"the published split has the same sound in its parts {' and '.join(parts)}: {names}."
    parts_of: dict[str, set[str]] = defaultdict(set)
    for track in dataset.tracks:
        if track.group is not None and track.part is not None:
            parts_of[track.group].add(track.part)
    crossing = sorted(group for group, parts in parts_of.items() if len(parts) > 1)
    if crossing:
        yield f"the published split has {len(crossing)} artists in more than one part ({some(crossing)})."
