"""One data set out of several folders."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

from edgegenre.datasets.names import portable
from edgegenre.datasets.track import Dataset, make_dataset
from edgegenre.errors import DatasetError


def combined(datasets: Sequence[Dataset]) -> Dataset:
    """The tracks of all `datasets`, under the nearest folder that is above all of theirs; one alone stays as it is.

    An identifier gets its folder in front, as seen from that folder. Tracks of one artist or one recording belong
    together wherever they are. Raises DatasetError when no folder is above all, or one is inside another.
    """
    first, *others = datasets
    if not others:
        return first
    root = folder_above([dataset.root for dataset in datasets])
    places = {dataset.root: portable(dataset.root.relative_to(root).as_posix()) for dataset in datasets}
    for dataset in datasets:
        inside = [other.root for other in datasets if other is not dataset and other.root.is_relative_to(dataset.root)]
        if inside:
            raise DatasetError(
                f"{inside[0]}: is {dataset.root} or inside it, so its tracks would count twice. Name one of them."
            )
    return make_dataset(
        name=f"{_name(datasets)} ({' + '.join(sorted(places.values()))})",
        root=root,
        tracks=(
            dataclasses.replace(track, identifier=f"{places[dataset.root]}/{track.identifier}")
            for dataset in datasets
            for track in dataset.tracks
        ),
        synthetic=any(dataset.synthetic for dataset in datasets),
        problems=(problem for dataset in datasets for problem in dataset.problems),
    )


def folder_above(folders: Sequence[Path]) -> Path:
    """The nearest folder that is above all of `folders`. Raises DatasetError when there is none."""
    try:
        return Path(os.path.commonpath(folders))
    except ValueError as error:  # drives of Windows
        raise DatasetError(f"{folders[0]}: has no folder above it that the others share. Move one.") from error


def _name(datasets: Sequence[Dataset]) -> str:
    names = {dataset.name for dataset in datasets}
    return names.pop() if len(names) == 1 else "folders"
