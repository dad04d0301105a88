"""Where the weights of backbones lie, and finding those that a model was trained with."""

import functools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from edgegenre.backbones.backbone import Arrays, Backbone
from edgegenre.backbones.catalog import BACKBONES
from edgegenre.backbones.files.reading import READERS
from edgegenre.backbones.kept import digest, keep
from edgegenre.errors import BackboneError, missing

FOLDER_VARIABLE = "EDGEGENRE_WEIGHTS"


def weights_folder() -> Path:
    """$EDGEGENRE_WEIGHTS, or edgegenre/weights in $XDG_DATA_HOME or ~/.local/share."""
    named, shared = os.environ.get(FOLDER_VARIABLE), os.environ.get("XDG_DATA_HOME")
    if named:
        return Path(named).expanduser()
    return (Path(shared) if shared else Path.home() / ".local" / "share") / "edgegenre" / "weights"


def take_in(name: str, path: Path) -> str:
    """Check a file of weights of the backbone `name`, keep what it holds in the weights folder; the SHA-256 of that.

    Raises BackboneError when the file is of no known layout, or a tensor is missing or wrong.
    """
    return _keep(BACKBONES[name], BACKBONES[name].read(path))


def only_weights(name: str) -> str:
    """The SHA-256 of the weights there are for the backbone `name`: in its package, or in the weights folder.

    Raises BackboneError when there are none, or different ones; MissingDependencyError without the package.
    """
    backbone = BACKBONES[name]
    found = {digest(arrays): path for path, arrays in _in_folder(backbone)}
    if not found and backbone.installed is not None:
        return _keep(backbone, backbone.installed())
    if not found:
        raise BackboneError(
            f"the backbone '{name}' has no weights here: get {backbone.wanted}, and name the file with --weights or "
            f"put it into {weights_folder()}."
        )
    if len(found) > 1:
        files = ", ".join(sorted(path.name for path in found.values()))
        raise BackboneError(
            f"{weights_folder()}: holds different weights of '{name}' ({files}). Name one of the files with --weights."
        )
    return next(iter(found))


def find_weights(name: str, sha256: str) -> Arrays:
    """The arrays of that SHA-256. Raises BackboneError when they are neither in the weights folder nor installed."""
    backbone = BACKBONES[name]
    kept = _place(backbone, sha256)
    if kept.is_file():
        arrays = backbone.read(kept)
        if digest(arrays) == sha256:
            return arrays
    for _, arrays in _in_folder(backbone):
        if digest(arrays) == sha256:
            _keep(backbone, arrays)
            return arrays
    if backbone.installed is not None:
        arrays = backbone.installed()
        if _keep(backbone, arrays) == sha256:
            return arrays
    raise BackboneError(
        f"this model needs the weights of '{name}' that it was trained with (SHA-256 {sha256[:12]}…), which are not "
        f"here: put the file they came from ({backbone.wanted}) into {weights_folder()}."
    )


@functools.lru_cache(maxsize=2)
def answering(name: str, sha256: str) -> Callable[[np.ndarray], np.ndarray]:
    """What computes the answers of the backbone `name` with the weights of that SHA-256.

    Raises BackboneError when they are not here, MissingDependencyError without torch.
    """
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise missing("torch", "train", f"The backbone '{name}'") from error
    return BACKBONES[name].start(find_weights(name, sha256))


def _place(backbone: Backbone, sha256: str) -> Path:
    return weights_folder() / f"{backbone.name}-{sha256[:16]}.npz"


def _keep(backbone: Backbone, arrays: Arrays) -> str:
    found = digest(arrays)
    if not _place(backbone, found).is_file():
        keep(_place(backbone, found), arrays)
    return found


def _in_folder(backbone: Backbone) -> Iterator[tuple[Path, Arrays]]:
    """What the files named after the backbone hold. Raises BackboneError for one that holds something else."""
    folder = weights_folder()
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in READERS and path.name.lower().startswith(backbone.name):
            yield path, backbone.read(path)
