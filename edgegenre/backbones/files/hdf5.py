"""Keras' HDF5 files: whole models and weights of Keras 1 and 2 (.h5), and weights of Keras 3 (.weights.h5)."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.errors import missing
from edgegenre.untrusted import UnreadableError

MOST_ARRAYS = 10_000


def read_hdf5(path: Path, *, largest: int) -> Mapping[str, np.ndarray]:
    """Every array as "layer/number": the weights of a layer in the order in which Keras lists them.

    In files of Keras 3 a layer is called after its kind: "conv2d", "conv2d_1" in the order of the model. largest: bytes
    of all arrays together. Raises UnreadableError when the file is damaged, is not Keras', or points into another file;
    MissingDependencyError without h5py.
    """
    try:
        import h5py
    except ImportError as error:
        raise missing("h5py", "weights", "Reading weights of Keras") from error
    try:
        with h5py.File(path, "r") as file:
            datasets = list(_datasets(file, h5py))
            _check(datasets, largest)
            return {name: np.array(dataset[()]) for name, dataset in datasets}
    except UnreadableError:
        raise
    except Exception as error:  # h5py passes on what the C library says, as half a dozen kinds
        raise UnreadableError(f"no sound HDF5: {error}") from error


def _datasets(file: Any, h5py: Any) -> Iterator[tuple[str, Any]]:
    """Soft and external links are not followed."""
    root = file["model_weights"] if _is(file, "model_weights", h5py.Group) else file
    if "layer_names" in root.attrs:
        for layer in map(_text, root.attrs["layer_names"]):
            for number, name in enumerate(map(_text, root[layer].attrs["weight_names"])):
                yield f"{layer}/{number}", _dataset(root, f"{layer}/{name}", h5py)
    elif _is(file, "layers", h5py.Group):
        for layer in file["layers"]:
            if _is(file, f"layers/{layer}/vars", h5py.Group):
                for number in file[f"layers/{layer}/vars"]:
                    yield f"{layer}/{number}", _dataset(file, f"layers/{layer}/vars/{number}", h5py)
    else:
        raise UnreadableError("no weights of Keras: it has neither 'layer_names' nor 'layers'")


def _is(group: Any, name: str, kind: type) -> bool:
    """Whether every step of the way to `name` is in this file, and at its end is such a thing."""
    import h5py

    steps = name.split("/")
    for depth in range(1, len(steps) + 1):
        link = group.get("/".join(steps[:depth]), getlink=True)
        if not isinstance(link, h5py.HardLink):
            return False
    return isinstance(group.get(name), kind)


def _dataset(group: Any, name: str, h5py: Any) -> Any:
    if not _is(group, name, h5py.Dataset):
        raise UnreadableError(f"'{name}' is listed and not in the file")
    dataset = group[name]
    if dataset.is_virtual or dataset.external:
        raise UnreadableError(f"'{name}' lies in another file")
    return dataset


def _check(datasets: list[tuple[str, Any]], largest: int) -> None:
    if len(datasets) > MOST_ARRAYS:
        raise UnreadableError(f"{len(datasets)} arrays, more than {MOST_ARRAYS}")
    claimed = sum(int(dataset.size or 0) * dataset.dtype.itemsize for _, dataset in datasets)
    if claimed > largest:
        raise UnreadableError(f"its arrays claim {claimed} bytes, more than {largest}")
    other = next((name for name, dataset in datasets if dataset.dtype.kind != "f"), None)
    if other is not None:
        raise UnreadableError(f"'{other}' holds no floats")


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
