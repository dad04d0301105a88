"""Keras' HDF5 files: whole models and weights of Keras 1 and 2 (.h5), and weights of Keras 3 (.weights.h5)."""

import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from edgegenre.errors import missing
from edgegenre.untrusted import UnreadableError, read_npz

LONGEST_SECONDS = 60.0
REFUSED = 3
"""The exit status of a refusal."""


def read_hdf5(path: Path, *, largest: int, longest: float = LONGEST_SECONDS) -> Mapping[str, np.ndarray]:
    """Every array as "layer/number": the weights of a layer in the order in which Keras lists them.

    In files of Keras 3 a layer is called after its kind: "conv2d", "conv2d_1" in the order of the model. largest: bytes
    of all arrays together. longest: seconds. Raises UnreadableError when the file is damaged, is not Keras', or points
    into another file; MissingDependencyError without h5py.
    """
    if importlib.util.find_spec("h5py") is None:
        raise missing("h5py", "weights", "Reading weights of Keras")
    with tempfile.TemporaryDirectory(prefix="edgegenre-weights-") as folder:
        out = Path(folder) / "arrays.npz"
        command = [sys.executable, "-m", "edgegenre.backbones.files.hdf5_process", str(path.absolute()), str(out)]
        try:
            done = subprocess.run(  # noqa: S603  an interpreter, no shell
                [*command, str(largest)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=longest,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise UnreadableError(f"the HDF5 library had not read it after {longest:g} s") from None
        if done.returncode == REFUSED:
            raise UnreadableError(done.stdout.strip())
        if done.returncode != 0:
            raise UnreadableError(f"the HDF5 library failed on it, status {done.returncode}")
        return read_npz(out, largest=2 * largest)
