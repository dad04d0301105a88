"""Golden tensors: what the numpy reference computes for one window, for selftest/golden.c to replay."""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from edgegenre.files import replacing_file
from edgegenre.integer import recurrent
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell
from edgegenre.integer.reference import tensors
from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.integer.rows import first_rows
from edgegenre.network.layers import Dense, GlobalAverage

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
    layers = {layer.node.name: layer for layer in network.layers}
    rows = features
    for name, values in tensors(network, features, arithmetic):
        layer = layers.get(name)
        if isinstance(layer, Cell):
            yield name, _outputs(layer, rows)
        elif layer is network.layers[-1] or not isinstance(layer and layer.node.layer, Dense | GlobalAverage):
            yield name, values if layer else first_rows(network, values)
        rows = values


def _outputs(layer: Cell, rows: np.ndarray) -> np.ndarray:
    """int8 [1, rows, units] after each of rows [1, rows, 1, channels]."""
    state = recurrent.first_state(layer, 1)
    outputs = []
    for index in range(rows.shape[1]):
        state = recurrent.step(layer, rows[:, index, 0], state)
        outputs.append(recurrent.output(layer, state))
    return np.stack(outputs, axis=1)
