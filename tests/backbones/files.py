"""Files of random weights in the layouts that the backbones' makers publish, written by h5py, torch, safetensors and
onnx; and the same networks in torch as torchvision and tensorflow/models have them.
"""

from pathlib import Path

import h5py
import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn

VGG16_BLOCKS = [(64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512)]
YAMNET_BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]


def torchvision_vgg16() -> nn.Module:
    """Its `features` under their numbers, with random weights that keep the spread of the values."""
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    channels_in = 3
    for widths in VGG16_BLOCKS:
        for channels in widths:
            layers += [nn.Conv2d(channels_in, channels, 3, padding=1), nn.ReLU()]
            channels_in = channels
        layers.append(nn.MaxPool2d(2))
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.normal_(layer.bias, std=0.1)
    return nn.ModuleDict({"features": nn.Sequential(*layers)}).eval()


def keras_vgg16(path: Path, kernels: list[tuple[np.ndarray, np.ndarray]]) -> None:
    """vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5 as Keras 1 wrote it. kernels: [high, wide, in, out], bias."""
    names = [f"block{b}_conv{n}" for b, widths in enumerate(VGG16_BLOCKS, 1) for n in range(1, len(widths) + 1)]
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in ["input_1", *names, "block5_pool"]]
        for name in ("input_1", "block5_pool"):
            file.create_group(name).attrs["weight_names"] = np.array([], "S1")
        for name, (kernel, bias) in zip(names, kernels, strict=True):
            group = file.create_group(name)
            group.attrs["weight_names"] = [f"{name}_W_1:0".encode(), f"{name}_b_1:0".encode()]
            group[f"{name}_W_1:0"], group[f"{name}_b_1:0"] = kernel, bias


def yamnet_arrays() -> dict[str, np.ndarray]:
    """By the names that the arrays of yamnet.h5 have, without ":0"."""
    dice = np.random.default_rng(0)
    arrays: dict[str, np.ndarray] = {}

    def layer(name: str, kernel: str, shape: tuple[int, ...], inputs: int, channels: int) -> None:
        arrays[f"{name}/{kernel}"] = dice.normal(0, np.sqrt(2 / inputs), shape).astype(np.float32)
        arrays[f"{name}/bn/beta"] = dice.normal(0, 0.1, channels).astype(np.float32)
        arrays[f"{name}/bn/moving_mean"] = dice.normal(0, 0.1, channels).astype(np.float32)
        arrays[f"{name}/bn/moving_variance"] = dice.uniform(0.5, 1.5, channels).astype(np.float32)

    layer("layer1/conv", "kernel", (3, 3, 1, 32), 9, 32)
    channels_in = 32
    for number, (channels, _) in enumerate(YAMNET_BLOCKS, 2):
        layer(f"layer{number}/depthwise_conv", "depthwise_kernel", (3, 3, channels_in, 1), 9, channels_in)
        layer(f"layer{number}/pointwise_conv", "kernel", (1, 1, channels_in, channels), channels_in, channels)
        channels_in = channels
    arrays["dense/kernel"] = dice.normal(0, 0.03, (1024, 521)).astype(np.float32)
    arrays["dense/bias"] = np.zeros(521, np.float32)
    return arrays


def keras_yamnet(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """yamnet.h5 as Keras 2 wrote it: layers of names with slashes, in groups within groups."""
    layers: dict[str, list[str]] = {}
    for name in arrays:
        layers.setdefault(name.rpartition("/")[0], []).append(name)
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in layers]
        for layer, names in layers.items():
            group = file.require_group(layer)
            group.attrs["weight_names"] = [f"{name}:0".encode() for name in names]
            for name in names:
                group[f"{name}:0"] = arrays[name]


def onnx_yamnet(path: Path, arrays: dict[str, np.ndarray], *, external: bool = False) -> None:
    """Convolutions, each with batch norm and ReLU, then the mean: patches [n, 1, 96, 64] to answers [n, 1024]."""
    nodes, constants, tensor = [], [], "patches"

    def constant(name: str, array: np.ndarray) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    strides = {f"layer{number}": stride for number, (_, stride) in enumerate(YAMNET_BLOCKS, 2)} | {"layer1": 2}
    for name in [key.rpartition("/")[0] for key in arrays if key.endswith("kernel") and key.startswith("layer")]:
        depthwise = name.endswith("depthwise_conv")
        kernel = arrays[f"{name}/{'depthwise_kernel' if depthwise else 'kernel'}"]
        stride = 1 if name.endswith("pointwise_conv") else strides[name.partition("/")[0]]
        weights = constant(f"{name}_w", kernel.transpose(2, 3, 0, 1) if depthwise else kernel.transpose(3, 2, 0, 1))
        groups = kernel.shape[2] if depthwise else 1
        nodes.append(
            helper.make_node(
                "Conv", [tensor, weights], [f"{name}_c"], auto_pad="SAME_UPPER", strides=[stride] * 2, group=groups
            )
        )
        beta = arrays[f"{name}/bn/beta"]
        parts = [np.ones_like(beta), beta, arrays[f"{name}/bn/moving_mean"], arrays[f"{name}/bn/moving_variance"]]
        read = [constant(f"{name}_{place}", part) for place, part in enumerate(parts)]
        nodes.append(helper.make_node("BatchNormalization", [f"{name}_c", *read], [f"{name}_n"], epsilon=1e-4))
        nodes.append(helper.make_node("Relu", [f"{name}_n"], [f"{name}_r"]))
        tensor = f"{name}_r"
    nodes.append(helper.make_node("GlobalAveragePool", [tensor], ["average"]))
    nodes.append(helper.make_node("Flatten", ["average"], ["answers"]))
    graph = helper.make_graph(
        nodes,
        "yamnet",
        [helper.make_tensor_value_info("patches", onnx.TensorProto.FLOAT, ["n", 1, 96, 64])],
        [helper.make_tensor_value_info("answers", onnx.TensorProto.FLOAT, ["n", 1024])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path, save_as_external_data=external, location="outside.bin", size_threshold=0)
