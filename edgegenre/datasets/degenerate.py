"""Data that a classifier cannot be trained on, though every file is sound. `data check` and `train` say the same."""

from collections import Counter

from edgegenre.datasets.track import Dataset
from edgegenre.errors import DatasetError

PARTS = 3
"""Training, validation and test."""


def faults(dataset: Dataset, parts: int = PARTS) -> list[str]:
    """A sentence for each reason why no classifier can be trained and tested on `dataset`; none for sound data.

    parts: into how many it is divided.
    """
    found = class_faults(dataset, parts)
    if len(dataset.labels) == 1:
        found.insert(
            0, f"{dataset.root}: has one class ('{dataset.labels[0]}'); a classifier needs two. Add a folder a genre."
        )
    return found


def class_faults(dataset: Dataset, parts: int) -> list[str]:
    """A sentence for each class that cannot be in all `parts` of a split; it may have lost all its tracks."""
    found = []
    tracks = Counter(track.label for track in dataset.tracks)
    units = Counter(label for label, _ in {(track.label, track.unit) for track in dataset.tracks})
    for label in dataset.labels:
        count = tracks[label]
        if count < parts:
            number = f"{count} track{'' if count == 1 else 's'}" if count else "no usable track"
            found.append(
                f"{dataset.root}: class '{label}' has {number}; {parts} are needed, one for each part of the split. "
                "Add tracks to it, or take the class out."
            )
        elif units[label] < parts:
            found.append(
                f"{dataset.root}: the {count} tracks of class '{label}' are by {units[label]} artists or albums; "
                f"{parts} are needed, because a split keeps them together. Add tracks by others, or take the class out."
            )
    return found


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
