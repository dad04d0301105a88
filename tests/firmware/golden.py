"""Golden tensors: what the numpy reference computes for one window, for selftest/golden.c to replay."""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from edgegenre.export.c.chain import chain_of
from edgegenre.files import replacing_file
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell
from edgegenre.integer.recurrent import outputs
from edgegenre.integer.reference import tensors
from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.integer.rows import widened

VERSION = 1


def write_golden(network: IntegerNetwork, features: np.ndarray, arithmetic: Arithmetic, path: Path) -> None:
    """Dump the input, every row tensor and the logits of one window of int8 features [time, frequency] to `path`.

    A recurrent head counts as rows: its output after every one. Values are int16 where the network is wide, the
    input as its first layer reads it.
    """
    kept = list(_kept(network, features[np.newaxis], arithmetic))
    dtype = np.int16 if network.wide else np.int8
    with replacing_file(path) as temporary, temporary.open("wb") as file:
        file.write(b"EGGT" + struct.pack("<3I", VERSION, ARITHMETICS.index(arithmetic), len(kept)))
        for name, values in kept:
            rows = values[0].reshape(values.shape[1], -1)
            file.write(struct.pack("<I", len(name)) + name.encode())
            file.write(struct.pack("<2I", *rows.shape) + rows.astype(dtype).tobytes())


def _kept(network: IntegerNetwork, features: np.ndarray, arithmetic: Arithmetic) -> Iterator[tuple[str, np.ndarray]]:
    """The tensors that the C shows, [1, rows, ...] each."""
    chain = chain_of(network)
    found = dict(tensors(network, features, arithmetic))
    (first, _), *_ = chain.rows
    yield first.inputs[0], widened(found[first.inputs[0]], first.input)
    for operation, _ in chain.rows:
        yield operation.name, found[operation.name]
    if isinstance(chain.head, Cell):
        yield chain.head.name, outputs(chain.head, found[chain.head.inputs[0]])
    yield network.logits.name, found[network.logits.name]
