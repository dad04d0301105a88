"""A file of weights by the end of its name, and the layout that a backbone's weights have in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegenre.backbones.backbone import Arrays
from edgegenre.backbones.files.convolutions import read_onnx, read_tflite
from edgegenre.backbones.files.hdf5 import read_hdf5
from edgegenre.backbones.files.torch_state import read_pth, read_safetensors
from edgegenre.backbones.tensors import Tensors
from edgegenre.errors import BackboneError
from edgegenre.untrusted import UnreadableError, check_file, read_npz

LARGEST = 1 << 30
"""Bytes of a file of weights, and of its arrays; VGG16 with its dense layers has 553 million."""

READERS: dict[str, Callable[..., Mapping[str, np.ndarray]]] = {
    ".npz": read_npz,
    ".h5": read_hdf5,
    ".hdf5": read_hdf5,
    ".safetensors": read_safetensors,
    ".pth": read_pth,
    ".pt": read_pth,
    ".onnx": read_onnx,
    ".tflite": read_tflite,
}
"""(path, largest=bytes) to arrays by name; raises UnreadableError or OSError."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """words: whose it is. marker: a tensor that no other layout has. arrays: ours, of a file in this layout."""

    words: str
    marker: str
    arrays: Callable[[Tensors], Arrays]


def read_tensors(path: Path, backbone: str) -> Tensors:
    """What is in the file. Raises BackboneError when it cannot be read, MissingDependencyError without its reader."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise BackboneError(f"{path}: weights are read from files that end in {', '.join(READERS)}.")
    try:
        check_file(path, largest=LARGEST)
        return Tensors(path, backbone, reader(path, largest=LARGEST))
    except (UnreadableError, OSError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BackboneError(f"{path}: cannot be read as weights ({why.rstrip('.')}). Get the file again.") from error


def read_layouts(path: Path, backbone: str, layouts: tuple[Layout, ...]) -> Arrays:
    """Our arrays of the file, in whichever of the layouts it is.

    Raises BackboneError when it is in none, or a tensor is missing or of another shape.
    """
    tensors = read_tensors(path, backbone)
    for layout in layouts:
        if layout.marker in tensors:
            return layout.arrays(tensors)
    known = "; ".join(f"{layout.words} has '{layout.marker}'" for layout in layouts)
    raise tensors.wrong(f"its tensors have names of no layout that is known ({known})")
