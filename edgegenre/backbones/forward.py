"""A frozen network in torch, float32: four kinds of layer, nothing that trains."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from edgegenre.backbones.backbone import Arrays
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.layers import AnyLayer, Convolution, DepthwiseConv, GlobalAverage, MaxPool
from edgegenre.network.shape import Shape

Step = Callable[[Tensor], Tensor]
"""[patches, channels, time, frequency] to the next layer's."""


def forward(network: FloatNetwork, preparation: Arrays, batch: int) -> Callable[[np.ndarray], np.ndarray]:
    """What computes float32 [patches, values] of float32 [patches, time, frequency, channels], `batch` at a time, on
    the GPU where torch finds one.

    preparation: "input/scale" and "input/offset" [channels], or nothing.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    steps = [_prepared(preparation, device)] if preparation else []
    steps += [
        STEPS[type(node.layer)](node.layer, _tensors(network.arrays.get(node.name, {}), device), read[0])
        for node, read in network.network.with_shapes()
    ]

    @torch.no_grad()
    def answers(patches: np.ndarray) -> np.ndarray:
        parts = []
        for part in torch.from_numpy(patches).split(batch):
            values = part.to(device).permute(0, 3, 1, 2)
            for step in steps:
                values = step(values)
            parts.append(values.permute(0, 2, 3, 1).flatten(1).cpu())
        return torch.cat(parts).numpy()

    return answers


def _convolution(layer: Convolution, arrays: Mapping[str, Tensor], shape: Shape) -> Step:
    return _convolved(layer, arrays["weights"].permute(0, 3, 1, 2), arrays["bias"], shape, groups=1)


def _depthwise(layer: DepthwiseConv, arrays: Mapping[str, Tensor], shape: Shape) -> Step:
    return _convolved(
        layer, arrays["weights"].permute(2, 0, 1).unsqueeze(1), arrays["bias"], shape, groups=shape.channels
    )


def _convolved(layer: Convolution | DepthwiseConv, weights: Tensor, bias: Tensor, shape: Shape, *, groups: int) -> Step:
    borders = layer.borders(shape)
    around = (borders.left, borders.right, borders.top, borders.bottom)
    kernel = weights.contiguous()

    def step(x: Tensor) -> Tensor:
        y = functional.conv2d(functional.pad(x, around), kernel, bias, stride=layer.stride, groups=groups)
        return functional.relu(y) if layer.activation == "relu" else y

    return step


def _max_pool(layer: MaxPool, arrays: Mapping[str, Tensor], shape: Shape) -> Step:
    return lambda x: functional.max_pool2d(x, layer.window)


def _average(layer: GlobalAverage, arrays: Mapping[str, Tensor], shape: Shape) -> Step:
    return lambda x: x.mean(dim=(2, 3), keepdim=True)


STEPS: dict[type[AnyLayer], Callable[..., Step]] = {
    Convolution: _convolution,
    DepthwiseConv: _depthwise,
    MaxPool: _max_pool,
    GlobalAverage: _average,
}
"""(layer, its arrays, shape of its input) to what computes it."""


def _prepared(preparation: Arrays, device: torch.device) -> Step:
    scale, offset = (
        torch.from_numpy(np.array(preparation[name], np.float32)).to(device)[:, None, None]
        for name in ("input/scale", "input/offset")
    )
    return lambda x: x * scale + offset


def _tensors(arrays: Arrays, device: torch.device) -> dict[str, Tensor]:
    return {name: torch.from_numpy(np.array(array, np.float32)).to(device) for name, array in arrays.items()}
