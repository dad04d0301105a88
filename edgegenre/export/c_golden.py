"""Golden tensors: what the numpy reference computes for one window, for selftest/golden.c to replay."""

import struct
from pathlib import Path

import numpy as np

from edgegenre.files import replacing_file
from edgegenre.integer.reference import tensors
from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.integer.tensors import IntegerNetwork
from edgegenre.network.layers import Dense, GlobalAverage

VERSION = 1


def write_golden(network: IntegerNetwork, features: np.ndarray, arithmetic: Arithmetic, path: Path) -> None:
    """Dump the input, every row tensor and the logits of one window of int8 features [time, frequency] to `path`."""
    vectors = {layer.node.name for layer in network.layers[:-1] if isinstance(layer.node.layer, Dense | GlobalAverage)}
    kept = [item for item in tensors(network, features[np.newaxis], arithmetic) if item[0] not in vectors]
    with replacing_file(path) as temporary, temporary.open("wb") as file:
        file.write(b"EGGT" + struct.pack("<3I", VERSION, ARITHMETICS.index(arithmetic), len(kept)))
        for name, values in kept:
            rows = values[0].reshape(values.shape[1], -1)
            file.write(struct.pack("<I", len(name)) + name.encode())
            file.write(struct.pack("<2I", *rows.shape) + rows.astype(np.int8).tobytes())
