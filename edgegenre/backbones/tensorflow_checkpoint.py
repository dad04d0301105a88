"""Arrays of a checkpoint that TensorFlow 1 wrote, read by TensorFlow 2."""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from edgegenre.errors import BackboneError, first_line, missing


def read_checkpoint(prefix: str, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """The arrays named in `shapes`.

    prefix: what the names of the checkpoint's files begin with, folders included. Raises BackboneError when it cannot
    be read, or an array is absent or of another shape, MissingDependencyError without TensorFlow.
    """
    with _native_messages_hidden():
        try:
            from tensorflow.compat.v1.train import NewCheckpointReader
        except ImportError as error:
            raise missing("tensorflow", "teacher", "Reading a checkpoint of TensorFlow") from error
        try:
            reader = NewCheckpointReader(prefix)
            found = {name: np.array(reader.get_tensor(name)) for name in shapes if reader.has_tensor(name)}
        except Exception as error:  # TensorFlow has error types of its own, and changes them
            raise BackboneError(
                f"{Path(prefix)}: not a checkpoint that TensorFlow reads ({first_line(error)}). Install its package "
                "again."
            ) from error
    for name, shape in shapes.items():
        if name not in found or found[name].shape != shape:
            there = f"has the shape {found[name].shape}" if name in found else "is absent"
            raise BackboneError(
                f"{Path(prefix)}: the array '{name}' {there}, expected {shape}. Install its package again."
            )
    return found


@contextlib.contextmanager
def _native_messages_hidden() -> Iterator[None]:
    """TensorFlow's own code writes to file descriptor 2, of devices and instruction sets, whatever it is told."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
