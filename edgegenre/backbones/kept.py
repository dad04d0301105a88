"""Weights as edgegenre keeps them: an .npz of our names, whatever file they came from, and their SHA-256."""

import hashlib
from pathlib import Path

import numpy as np

from edgegenre.backbones.backbone import Arrays
from edgegenre.backbones.files.reading import Layout
from edgegenre.files import replacing_file


def digest(arrays: Arrays) -> str:
    """Hexadecimal SHA-256 of names, shapes and float32 values: the same whatever layout they were read from."""
    found = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name], "<f4")
        found.update(f"{name} {array.shape}\n".encode())
        found.update(array.tobytes())
    return found.hexdigest()


def keep(path: Path, arrays: Arrays) -> None:
    """Replace `path` by an .npz of `arrays`. Raises EdgegenreError when the folder cannot be written to."""
    with replacing_file(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def kept_layout(shapes: dict[str, tuple[int, ...]]) -> Layout:
    """The layout of what `keep` wrote: arrays of these shapes by our own names."""
    return Layout(
        words="edgegenre",
        marker=next(iter(shapes)),
        arrays=lambda tensors: {name: tensors.take(name, shape) for name, shape in shapes.items()},
    )
