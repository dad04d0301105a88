"""Small files of weights for the harness, one a format that this process reads itself; apart because it needs torch."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from safetensors.numpy import save

from edgegenre.export.tflite.float_clip import float_tflite_bytes
from edgegenre.network.layers import Convolution, Dense, DepthwiseConv, GlobalAverage
from edgegenre.network.network import chain
from edgegenre.network.shape import Shape
from tests.networks import random_float_network


def state_dict(folder: Path) -> list[bytes]:
    """Of torch, as an archive and as files were before 1.6."""
    state = {"features.0.weight": torch.ones(4, 3, 3, 3), "features.0.bias": torch.zeros(4, dtype=torch.float16)}
    contents = []
    for archive in (True, False):
        torch.save(state, folder / "seed.pth", _use_new_zipfile_serialization=archive)
        contents.append((folder / "seed.pth").read_bytes())
    return contents


def safetensors(folder: Path) -> list[bytes]:
    """Two tensors."""
    return [save({"features.0.weight": np.ones((4, 3, 3, 3), np.float32), "b": np.zeros(4, np.float16)})]


def onnx_convolutions(folder: Path) -> list[bytes]:
    """A convolution with batch norm, and a depthwise one with a bias."""
    shapes = {"w": (4, 1, 3, 3), **dict.fromkeys("gbmv", (4,)), "d": (4, 1, 3, 3), "c": (4,)}
    constants = [numpy_helper.from_array(np.ones(shape, np.float32), name) for name, shape in shapes.items()]
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["y"]),
        helper.make_node("BatchNormalization", ["y", *"gbmv"], ["z"]),
        helper.make_node("Conv", ["z", "d", "c"], ["a"], group=4),
    ]
    values = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in ("x", "a")]
    return [helper.make_model(helper.make_graph(nodes, "g", values[:1], values[1:], constants)).SerializeToString()]


def tflite_convolutions(folder: Path) -> list[bytes]:
    """Standard and depthwise ones in floats, as our own writer has them."""
    layers = [
        ("first", Convolution(channels=4, kernel=(3, 3), batch_norm=False)),
        ("depthwise", DepthwiseConv(kernel=(3, 3), batch_norm=False)),
        ("average", GlobalAverage()),
        ("logits", Dense(units=3)),
    ]
    return [float_tflite_bytes(random_float_network(chain("small", input_shape=Shape(9, 8, 1), layers=layers)))]


SEEDS = {
    ".onnx": onnx_convolutions,
    ".pth": state_dict,
    ".safetensors": safetensors,
    ".tflite": tflite_convolutions,
}
