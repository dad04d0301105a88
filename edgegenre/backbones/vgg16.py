"""VGG16 (Simonyan and Zisserman 2015) without its dense layers, its map averaged, over a picture of 432 x 288 pixels.

The picture is [432 wide, 288 high, 3], red, green and blue of 0...255; time runs to the right, the top row is the
highest frequency. A file's kernels are [high, wide] and ours are [wide, high].
"""

from pathlib import Path

import numpy as np

from edgegenre.backbones.backbone import Arrays
from edgegenre.backbones.described import described, shapes_of
from edgegenre.backbones.files.reading import Layout, read_layouts
from edgegenre.backbones.kept import kept_layout
from edgegenre.backbones.tensors import Tensors, numbered
from edgegenre.network.layers import AnyLayer, Convolution, GlobalAverage, MaxPool
from edgegenre.network.network import Network, chain
from edgegenre.network.shape import Shape

PICTURE = Shape(432, 288, 3)

BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
"""Channels of the convolutions in front of each pool."""

PREPARATION = {"input/scale": (3,), "input/offset": (3,)}

# Of ImageNet's pixels: as Caffe's models subtract them, and as torchvision's normalize pixels of 0...1.
_CAFFE_MEAN = np.array([123.68, 116.779, 103.939])
_TORCH_MEAN, _TORCH_DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def body_layers() -> list[tuple[str, AnyLayer]]:
    """The thirteen convolutions and five pools."""
    layers: list[tuple[str, AnyLayer]] = []
    for block, widths in enumerate(BLOCKS, start=1):
        for number, channels in enumerate(widths, start=1):
            layers.append((f"conv{block}_{number}", Convolution(channels=channels, kernel=(3, 3), batch_norm=False)))
        layers.append((f"pool{block}", MaxPool(window=(2, 2))))
    return layers


def vgg16_network() -> Network:
    """A picture to 512 values."""
    return chain("vgg16-body", input_shape=PICTURE, layers=[*body_layers(), ("average", GlobalAverage())])


_CONVOLUTIONS = [
    (f"conv{block}_{number}", f"block{block}_conv{number}", channels)
    for block, widths in enumerate(BLOCKS, start=1)
    for number, channels in enumerate(widths, start=1)
]
"""Our name, Keras' name, channels."""


def _read(path: Path) -> Arrays:
    return read_layouts(path, "vgg16", LAYOUTS)


def _keras(tensors: Tensors) -> Arrays:
    return _caffe_trained(tensors, [(f"{keras}/0", f"{keras}/1") for _, keras, _ in _CONVOLUTIONS], flipped=True)


def _keras3(tensors: Tensors) -> Arrays:
    names = [numbered("conv2d", number) for number in range(len(_CONVOLUTIONS))]
    return _caffe_trained(tensors, [(f"{name}/0", f"{name}/1") for name in names], flipped=True)


def _frossard(tensors: Tensors) -> Arrays:
    return _caffe_trained(tensors, [(f"{ours}_W", f"{ours}_b") for ours, _, _ in _CONVOLUTIONS], flipped=False)


def _caffe_trained(tensors: Tensors, names: list[tuple[str, str]], *, flipped: bool) -> Arrays:
    """Weights of Caffe's model; kernels are [high, wide, channels in, channels]. flipped: it takes blue first."""
    arrays: dict[str, np.ndarray] = {}
    channels_in = PICTURE.channels
    for (ours, _, channels), (kernel, bias) in zip(_CONVOLUTIONS, names, strict=True):
        found = tensors.take(kernel, (3, 3, channels_in, channels))
        if channels_in == PICTURE.channels and flipped:
            found = found[:, :, ::-1]
        arrays[f"{ours}/weights"] = found.transpose(3, 1, 0, 2)
        arrays[f"{ours}/bias"] = tensors.take(bias, (channels,))
        channels_in = channels
    return arrays | _preparation(np.ones(3), -_CAFFE_MEAN)


def _torchvision(tensors: Tensors) -> Arrays:
    """Kernels are [channels, channels in, high, wide]; `features` counts ReLU and pools, too."""
    arrays: dict[str, np.ndarray] = {}
    channels_in, place = PICTURE.channels, 0
    for block, widths in enumerate(BLOCKS, start=1):
        for number, channels in enumerate(widths, start=1):
            kernel = tensors.take(f"features.{place}.weight", (channels, channels_in, 3, 3))
            arrays[f"conv{block}_{number}/weights"] = kernel.transpose(0, 3, 2, 1)
            arrays[f"conv{block}_{number}/bias"] = tensors.take(f"features.{place}.bias", (channels,))
            channels_in, place = channels, place + 2
        place += 1
    return arrays | _preparation(1 / (255 * _TORCH_DEVIATION), -_TORCH_MEAN / _TORCH_DEVIATION)


def _preparation(scale: np.ndarray, offset: np.ndarray) -> dict[str, np.ndarray]:
    return {"input/scale": scale.astype(np.float32), "input/offset": offset.astype(np.float32)}


LAYOUTS = (
    kept_layout({**shapes_of(vgg16_network()), **PREPARATION}),
    Layout(words="Keras", marker="block1_conv1/0", arrays=_keras),
    Layout(words="Keras 3", marker="conv2d_12/0", arrays=_keras3),
    Layout(words="torchvision", marker="features.0.weight", arrays=_torchvision),
    Layout(words="vgg16_weights.npz", marker="conv1_1_W", arrays=_frossard),
)

VGG16 = described(
    vgg16_network(),
    name="vgg16",
    batch=1,
    read=_read,
    wanted="vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5 of keras.applications, or the state dict of "
    "torchvision's vgg16 (.pth)",
    preparation=PREPARATION,
)
