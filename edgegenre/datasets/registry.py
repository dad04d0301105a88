"""All data sets by name."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from edgegenre.datasets.combined import combined
from edgegenre.datasets.extended_ballroom import open_extended_ballroom
from edgegenre.datasets.fma import open_fma
from edgegenre.datasets.folder import open_folder
from edgegenre.datasets.groups_file import with_groups
from edgegenre.datasets.gtzan import named_like_gtzan, open_gtzan
from edgegenre.datasets.tag_artists import with_tag_artists
from edgegenre.datasets.track import Dataset
from edgegenre.errors import DatasetError, did_you_mean
from edgegenre.progress import SILENT, Progress

NAMES = ("extended-ballroom", "fma", "folder", "gtzan", "synthetic")


def open_dataset(
    name: str,
    roots: Path | Sequence[Path],
    *,
    md5_index: Path | None = None,
    groups: Path | None = None,
    progress: Progress = SILENT,
) -> Dataset:
    """The data set in one or several folders (see `combined`), each read as the layout `name`, one of NAMES.

    'synthetic' opens a folder that this package rendered before. md5_index: for 'gtzan', see `open_gtzan`.
    groups: for 'folder', see `with_groups`; without it artists are those of sub-folders and tags (`with_tag_artists`).
    Raises DatasetError when the name is not known or a folder is not laid out like that.
    """
    if name not in NAMES:
        raise DatasetError(f"data set '{name}' is not known.{did_you_mean(name, NAMES)} Known: {', '.join(NAMES)}.")
    if md5_index is not None and name != "gtzan":
        raise DatasetError(f"an MD5 index can be given for 'gtzan' only, not for '{name}'. Leave it out.")
    if groups is not None and name != "folder":
        raise DatasetError(f"groups can be given for 'folder' only, not for '{name}'. Leave them out.")
    folders = [roots] if isinstance(roots, str | Path) else roots
    dataset = combined([_open(name, Path(root), md5_index, progress) for root in folders])
    if groups is not None:
        return with_groups(dataset, groups)
    return with_tag_artists(dataset) if name == "folder" and not dataset.synthetic else dataset


def _open(name: str, root: Path, md5_index: Path | None, progress: Progress) -> Dataset:
    if name == "gtzan":
        return open_gtzan(root, md5_index=md5_index, progress=progress)
    if name == "extended-ballroom":
        return open_extended_ballroom(root)
    if name == "fma":
        return open_fma(root)
    dataset = open_folder(root)
    if named_like_gtzan(dataset):
        said = f"{root}: its files are named as GTZAN's; opened as the data set 'gtzan' their artists are known."
        dataset = dataclasses.replace(dataset, problems=(*dataset.problems, said))
    if name == "synthetic" and not dataset.synthetic:
        raise DatasetError(f"{root}: was not rendered by `edgegenre data synth`. Open it as the data set 'folder'.")
    return dataset
