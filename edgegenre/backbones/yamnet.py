"""YAMNet (tensorflow/models, research/audioset/yamnet): MobileNet v1 over patches of 96 frames of 64 mel bands.

It is depthwise separable itself. Batch norm, without gamma, follows every convolution and is folded here.
"""

from pathlib import Path

import numpy as np

from edgegenre.backbones.backbone import Arrays
from edgegenre.backbones.described import described, shapes_of
from edgegenre.backbones.files.reading import Layout, read_layouts
from edgegenre.backbones.kept import kept_layout
from edgegenre.backbones.tensors import Tensors, numbered
from edgegenre.network.folding import folded
from edgegenre.network.layers import AnyLayer, Convolution, DepthwiseConv, GlobalAverage
from edgegenre.network.network import Network, chain
from edgegenre.network.shape import Shape

PATCH = Shape(96, 64, 1)
EPSILON = 1e-4
"""Of batch norm."""

BLOCKS = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *((512, 1),) * 5,
    *((1024, 2), (1024, 1)),
)
"""Channels and stride."""


def yamnet_network() -> Network:
    """A patch to 1024 values."""
    layers: list[tuple[str, AnyLayer]] = [
        ("conv1", Convolution(channels=32, kernel=(3, 3), stride=(2, 2), batch_norm=False))
    ]
    for number, (channels, stride) in enumerate(BLOCKS, start=2):
        depthwise = DepthwiseConv(kernel=(3, 3), stride=(stride, stride), batch_norm=False)
        layers.append((f"depthwise{number}", depthwise))
        layers.append((f"pointwise{number}", Convolution(channels=channels, kernel=(1, 1), batch_norm=False)))
    return chain("yamnet-body", input_shape=PATCH, layers=[*layers, ("average", GlobalAverage())])


def _layers() -> list[tuple[str, str, tuple[int, ...]]]:
    """Of every convolution our name, Keras' name, and the shape of its kernel in Keras' layout."""
    found: list[tuple[str, str, tuple[int, ...]]] = [("conv1", "layer1/conv", (3, 3, 1, 32))]
    channels_in = 32
    for number, (channels, _) in enumerate(BLOCKS, start=2):
        found.append((f"depthwise{number}", f"layer{number}/depthwise_conv", (3, 3, channels_in, 1)))
        found.append((f"pointwise{number}", f"layer{number}/pointwise_conv", (1, 1, channels_in, channels)))
        channels_in = channels
    return found


_LAYERS = _layers()


def _read(path: Path) -> Arrays:
    return read_layouts(path, "yamnet", LAYOUTS)


def _keras(tensors: Tensors) -> Arrays:
    return _with_batch_norm(tensors, [(name, f"{name}/bn") for _, name, _ in _LAYERS])


def _keras3(tensors: Tensors) -> Arrays:
    counts = {"conv2d": 0, "depthwise_conv2d": 0}
    names = []
    for place, (ours, _, _) in enumerate(_LAYERS):
        kind = "depthwise_conv2d" if ours.startswith("depthwise") else "conv2d"
        names.append((numbered(kind, counts[kind]), numbered("batch_normalization", place)))
        counts[kind] += 1
    return _with_batch_norm(tensors, names)


def _with_batch_norm(tensors: Tensors, names: list[tuple[str, str]]) -> Arrays:
    """names: of each convolution and of its batch norm: beta, mean, variance."""
    arrays: dict[str, np.ndarray] = {}
    for (ours, _, shape), (convolution, norm) in zip(_LAYERS, names, strict=True):
        depthwise = ours.startswith("depthwise")
        kernel = tensors.take(f"{convolution}/0", shape)
        beta, mean, variance = (tensors.take(f"{norm}/{part}", (shape[2 if depthwise else 3],)) for part in range(3))
        if (variance < 0).any():
            raise tensors.wrong(f"the tensor '{norm}/2' holds negative variances")
        placed = kernel[..., 0] if depthwise else kernel.transpose(3, 0, 1, 2)
        arrays[f"{ours}/weights"], arrays[f"{ours}/bias"] = folded(
            placed, 0.0, 1.0, beta, mean, variance, EPSILON, depthwise=depthwise
        )
    return arrays


def _graph(tensors: Tensors) -> Arrays:
    """The convolutions of an .onnx or .tflite in their order."""
    shapes, arrays = shapes_of(yamnet_network()), {}
    for place, (ours, _, _) in enumerate(_LAYERS):
        for part in ("weights", "bias"):
            arrays[f"{ours}/{part}"] = tensors.take(f"conv/{place}/{part}", shapes[f"{ours}/{part}"])
    return arrays


LAYOUTS = (
    kept_layout(shapes_of(yamnet_network())),
    Layout(words="Keras", marker="layer1/conv/0", arrays=_keras),
    Layout(words="Keras 3", marker="depthwise_conv2d_12/0", arrays=_keras3),
    Layout(words="an .onnx or .tflite", marker="conv/0/weights", arrays=_graph),
)

YAMNET = described(
    yamnet_network(),
    name="yamnet",
    batch=16,
    read=_read,
    wanted="yamnet.h5 of tensorflow/models (research/audioset/yamnet), or its float .tflite or .onnx",
)
