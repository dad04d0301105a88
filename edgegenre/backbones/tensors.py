"""Tensors of a file by the names that they have there, and the one sentence for each that is missing or wrong."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from edgegenre.errors import BackboneError


class Tensors:
    """What a file of weights holds. `path` and `backbone` are for the sentences."""

    def __init__(self, path: Path, backbone: str, arrays: Mapping[str, np.ndarray]) -> None:
        self.path, self.backbone, self.arrays = path, backbone, arrays

    def __contains__(self, name: str) -> bool:
        return name in self.arrays

    def take(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        """float32 of that shape. Raises BackboneError when it is absent, of another shape or kind, or not finite."""
        if name not in self.arrays:
            raise self.wrong(f"the tensor '{name}' is missing")
        array = self.arrays[name]
        if array.shape != shape:
            raise self.wrong(f"the tensor '{name}' has the shape {_words(array.shape)}, not {_words(shape)}")
        if array.dtype.kind != "f":
            raise self.wrong(f"the tensor '{name}' holds {array.dtype}, not floats")
        with np.errstate(over="ignore"):
            values = array.astype(np.float32)
        if not np.isfinite(values).all():
            raise self.wrong(f"the tensor '{name}' holds values that are not finite")
        return values

    def wrong(self, clause: str) -> BackboneError:
        """The error that says `clause` of this file."""
        return BackboneError(f"{self.path}: not the weights of {self.backbone}: {clause}.")


def numbered(name: str, number: int) -> str:
    """TensorFlow's and Keras' names: the first of a kind has no number."""
    return name if number == 0 else f"{name}_{number}"


def _words(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "of a single value"
