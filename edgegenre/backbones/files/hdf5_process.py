"""`python -m edgegenre.backbones.files.hdf5_process FILE OUT LARGEST`: Keras' arrays in FILE to OUT, an .npz.

A process of its own, as the HDF5 library goes in circles, or down, on some damaged files. Exit status 3, and a clause
on standard output, when FILE is no sound file of Keras.
"""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from edgegenre.backbones.files.hdf5 import REFUSED
from edgegenre.untrusted import UnreadableError

MOST_ARRAYS = 10_000


def arrays(path: Path, largest: int) -> dict[str, np.ndarray]:
    """Every array as "layer/number". Raises UnreadableError, or whatever h5py raises for a damaged file."""
    with h5py.File(path, "r") as file:
        datasets = list(_datasets(file))
        _check(datasets, largest)
        return {name: np.array(dataset[()]) for name, dataset in datasets}


def _datasets(file: Any) -> Iterator[tuple[str, Any]]:
    """Soft and external links are not followed."""
    root = file["model_weights"] if _is(file, "model_weights", h5py.Group) else file
    if "layer_names" in root.attrs:
        for layer in map(_text, root.attrs["layer_names"]):
            for number, name in enumerate(map(_text, root[layer].attrs["weight_names"])):
                yield f"{layer}/{number}", _dataset(root, f"{layer}/{name}")
    elif _is(file, "layers", h5py.Group):
        for layer in file["layers"]:
            if _is(file, f"layers/{layer}/vars", h5py.Group):
                for number in file[f"layers/{layer}/vars"]:
                    yield f"{layer}/{number}", _dataset(file, f"layers/{layer}/vars/{number}")
    else:
        raise UnreadableError("no weights of Keras: it has neither 'layer_names' nor 'layers'")


def _is(group: Any, name: str, kind: type) -> bool:
    """Whether every step of the way to `name` is in this file, and at its end is such a thing."""
    steps = name.split("/")
    for depth in range(1, len(steps) + 1):
        link = group.get("/".join(steps[:depth]), getlink=True)
        if not isinstance(link, h5py.HardLink):
            return False
    return isinstance(group.get(name), kind)


def _dataset(group: Any, name: str) -> Any:
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


def _bound_memory(most: int) -> None:
    """Where the system can, so that a file which claims terabytes fails instead of filling the machine."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main(path: str, out: str, largest: str) -> int:
    """The exit status."""
    _bound_memory(3 * int(largest) + (2 << 30))
    try:
        np.savez(out, allow_pickle=False, **arrays(Path(path), int(largest)))
    except UnreadableError as error:
        print(error)
        return REFUSED
    except Exception as error:  # h5py passes on what the C library says, as half a dozen kinds
        print(f"no sound HDF5: {str(error).splitlines()[0] if str(error) else type(error).__name__}")
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
