"""A FloatNetwork as one safetensors file: arrays by "layer/name", the network description in the metadata. No torch."""

import json
from pathlib import Path

import numpy as np

from edgegenre.errors import NetworkError, TrainingError, missing
from edgegenre.files import replacing_file
from edgegenre.network.description import network_from_dict, network_to_dict
from edgegenre.network.float_network import FloatNetwork
from edgegenre.untrusted import check_file, parse_json

LARGEST_FLOATS = 1 << 30
"""Bytes of a file of trained weights."""


def save_float_network(path: Path, float_network: FloatNetwork) -> None:
    """Replace `path` in one step."""
    from safetensors.numpy import save

    arrays = {
        f"{layer}/{name}": np.ascontiguousarray(array)
        for layer, group in float_network.arrays.items()
        for name, array in group.items()
    }
    content = save(arrays, metadata={"network": json.dumps(network_to_dict(float_network.network))})
    with replacing_file(path) as temporary:
        temporary.write_bytes(content)


def load_float_network(path: Path) -> FloatNetwork:
    """The network in `path`. Raises TrainingError when the file is absent, damaged or of another form."""
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError as error:
        raise missing("safetensors", "train", "Reading a trained network") from error

    try:
        check_file(path, largest=LARGEST_FLOATS)
        with safe_open(path, framework="numpy") as stream:
            network = network_from_dict(parse_json(stream.metadata()["network"]))
            arrays: dict[str, dict[str, np.ndarray]] = {}
            for key in stream.keys():  # noqa: SIM118
                layer, _, name = key.rpartition("/")
                arrays.setdefault(layer, {})[name] = stream.get_tensor(key)
        return FloatNetwork(network=network, arrays=arrays)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, NetworkError) as error:
        raise TrainingError(f"{path}: not a trained network ({error}). Train the model again.") from error
