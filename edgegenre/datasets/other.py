"""Sound that is no music, as one more class: what was trained on it can say that it hears no genre."""

import dataclasses
from pathlib import Path

from edgegenre.datasets.combined import folder_above
from edgegenre.datasets.names import portable
from edgegenre.datasets.same_files import same_files
from edgegenre.datasets.track import Dataset, Track, existing_folder, make_dataset
from edgegenre.datasets.walk import left_out, walk_non_music
from edgegenre.errors import DatasetError

OTHER = "other"
"""The label of that class."""


def with_other(dataset: Dataset, root: Path) -> Dataset:
    """`dataset` and, as the class OTHER, the sound files in and below `root`.

    A directory in `root` is a source (a speaker, a place): its files stay together in a split, as an artist's do.
    Raises DatasetError when `dataset` has such a class already, or `root` holds no sound file or one of `dataset`.
    """
    root = existing_folder(root)
    if OTHER in dataset.labels:
        raise DatasetError(
            f"{dataset.root}: has a class '{OTHER}', which is the name of what --other brings. Rename its folder."
        )
    found = walk_non_music(root)
    pairs = same_files(found.sounds, (track.path for track in dataset.tracks))
    if pairs:
        raise DatasetError(
            f"{pairs[0][0]}: is the track {pairs[0][1]} of the data set. Remove music from the folder of --other."
        )
    both = make_dataset(
        name=f"{dataset.name} and {OTHER}",
        root=folder_above([dataset.root, root]),
        tracks=(*dataset.tracks, *(_track(path, root) for path in found.sounds)),
        synthetic=dataset.synthetic,
        problems=(*dataset.problems, *left_out(root, found)),
    )
    return dataclasses.replace(both, other=OTHER)


def _track(path: Path, root: Path) -> Track:
    parts = [OTHER, *map(portable, path.relative_to(root).parts)]
    return Track(
        path=path,
        label=OTHER,
        identifier="/".join(parts),
        group="/".join(parts[:2]) if len(parts) > 2 else None,
    )
