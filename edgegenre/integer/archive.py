"""integers.npz: an IntegerNetwork on disk. Loading runs no code and trusts nothing."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.errors import BundleError, EdgegenreError
from edgegenre.integer.tensors import (
    AnyIntegerLayer,
    IntegerLayer,
    IntegerNetwork,
    IntegerRecurrent,
    Quantization,
    read_as_int16,
)
from edgegenre.network.layers import RecurrentLayer
from edgegenre.network.network import Node, network_from_dict, network_to_dict
from edgegenre.untrusted import parse_json, read_npz

_ARRAYS = ("weights", "bias", "weight_scales")
_RECURRENT_ARRAYS = ("weights_input", "weights_hidden", "bias", "scales_input", "scales_hidden")

# What older files do not say.
_INT8 = {"bits": 8}


def save_integers(network: IntegerNetwork, path: Path) -> None:
    """Write `network` to `path` as an .npz of plain arrays and one JSON text."""
    structure = {
        "network": network_to_dict(network.network),
        "input": network.input.to_dict(),
        "outputs": [layer.output.to_dict() for layer in network.layers],
        "gates": {layer.node.name: layer.gate_scale for layer in network.layers if isinstance(layer, IntegerRecurrent)},
    }
    arrays = {
        f"{layer.node.name}/{name}": getattr(layer, name)
        for layer in network.layers
        for name in (_RECURRENT_ARRAYS if isinstance(layer, IntegerRecurrent) else _ARRAYS)
    }
    text = np.frombuffer(json.dumps(structure).encode(), np.uint8)
    np.savez_compressed(path, structure=text, **arrays)


def load_integers(path: Path) -> IntegerNetwork:
    """Read what `save_integers` wrote. Raises BundleError when it is missing, damaged or not consistent."""
    try:
        arrays = read_npz(path)
        return _network(parse_json(arrays["structure"].tobytes()), arrays)
    except (KeyError, TypeError, ValueError, ArithmeticError, EdgegenreError) as error:
        raise BundleError(f"{path}: the integers cannot be read ({error}). Export the bundle again.") from error


def _network(structure: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> IntegerNetwork:
    network = network_from_dict(structure["network"])
    first = Quantization.from_dict(_INT8 | structure["input"])
    quantizations = [Quantization.from_dict(_INT8 | data) for data in structure["outputs"]]
    wide = any(quantization.bits == 16 for quantization in quantizations)
    outputs = {item.name: read_as_int16(first) if wide else first for item in network.inputs}
    layers: list[AnyIntegerLayer] = []
    for node, quantization in zip(network.nodes, quantizations, strict=True):
        outputs[node.name] = quantization
        layers.append(_layer(node, outputs[node.inputs[0]], outputs[node.name], structure, arrays))
    return IntegerNetwork(network=network, input=first, layers=tuple(layers))


def _layer(
    node: Node, source: Quantization, output: Quantization, structure: dict[str, Any], arrays: Mapping[str, np.ndarray]
) -> AnyIntegerLayer:
    names = _RECURRENT_ARRAYS if isinstance(node.layer, RecurrentLayer) else _ARRAYS
    own = {name: arrays[f"{node.name}/{name}"] for name in names}
    if isinstance(node.layer, RecurrentLayer):
        gate_scale = float(structure["gates"][node.name])
        return IntegerRecurrent(node=node, input=source, output=output, gate_scale=gate_scale, **own)
    return IntegerLayer(node=node, input=source, output=output, **own)
