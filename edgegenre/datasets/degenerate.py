"""Data that a classifier cannot be trained on, though every file is sound. `data check` and `train` say the same."""

from collections import Counter

from edgegenre.datasets.groups import SplitBy, units_per_class
from edgegenre.datasets.track import PARTS, Dataset, Track, some
from edgegenre.errors import DatasetError


def faults(dataset: Dataset, by: SplitBy) -> list[str]:
    """A sentence for each reason why no classifier can be trained and tested on `dataset`; none for sound data."""
    if by == "artist" and all(track.group is None for track in dataset.tracks):
        return [
            f"{dataset.root}: no track names an artist, so they cannot be kept together. Name them in the files' tags, "
            "in folders genre/artist or in a --groups file, or divide it with --split track."
        ]
    found = published_faults(dataset) if by == "published" else class_faults(dataset, len(PARTS), by)
    if len(dataset.labels) == 1:
        found.insert(
            0, f"{dataset.root}: has one class ('{dataset.labels[0]}'); a classifier needs two. Add a folder a genre."
        )
    return found


def class_faults(dataset: Dataset, parts: int, by: SplitBy) -> list[str]:
    """A sentence for each class that cannot be in all `parts` of a split; it may have lost all its tracks."""
    found = []
    for label, kept in units_per_class(dataset, by).items():
        tracks = [track for track in dataset.tracks if track.label == label]
        count = len(tracks)
        if count < parts:
            number = f"{count} track{'' if count == 1 else 's'}" if count else "no usable track"
            found.append(
                f"{dataset.root}: class '{label}' has {number}; {parts} are needed, one for each part of the split. "
                "Add tracks to it, or take the class out."
            )
        elif kept < parts:
            found.append(f"{dataset.root}: {_too_few(label, tracks, kept, parts, by)}")
    return found


def published_faults(dataset: Dataset) -> list[str]:
    """A sentence for each class that a part of the published split lacks, or one when no such split is known."""
    if all(track.part is None for track in dataset.tracks):
        return [
            f"{dataset.root}: no published split of '{dataset.name}' is known. Divide it with --split artist or track."
        ]
    has = {(track.label, track.part) for track in dataset.tracks}
    return [
        f"{dataset.root}: class '{label}' has no track here that the published split has in its {part} part. Get the "
        "whole data set, or divide it with --split artist or track."
        for label in dataset.labels
        for part in PARTS
        if (label, part) not in has
    ]


def _too_few(label: str, tracks: list[Track], count: int, parts: int, by: SplitBy) -> str:
    """Of a class whose tracks are `count` units in all."""
    if by == "track":
        return (
            f"the {len(tracks)} tracks of class '{label}' are copies of {_counted(count, 'recording')}; {parts} are "
            "needed. Add others, or take the class out."
        )
    names = sorted({track.group for track in tracks if track.group is not None})
    named = f" ({some(names)})" if names else ""
    return (
        f"the {len(tracks)} tracks of class '{label}' are by {_counted(count, 'artist')}{named}; {parts} are needed, "
        "because a split keeps an artist's tracks together. Add tracks by others, take the class out, or pass "
        "--split track, whose figures measure artists."
    )


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"


def refuse(found: list[str]) -> None:
    """Raise DatasetError with the first of those faults, if there are any."""
    if found:
        others = f" `edgegenre data check` names {len(found) - 1} more." if len(found) > 1 else ""
        raise DatasetError(found[0] + others)


def losses(before: Dataset, after: Dataset) -> list[str]:
    """A sentence for each class that has fewer tracks in `after` than in `before`."""
    had, has = (Counter(track.label for track in dataset.tracks) for dataset in (before, after))
    return [
        f"{before.root}: class '{label}' loses {had[label] - has[label]} of its {had[label]} tracks."
        for label in before.labels
        if has[label] < had[label]
    ]
