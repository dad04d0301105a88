"""From a trained module to a FloatNetwork: batch norm folded into the convolution before it."""

import numpy as np
import torch

from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.folding import folded
from edgegenre.training.layers import Classifying, Convolved, Recurrent
from edgegenre.training.module import NetworkModule


def fold(module: NetworkModule) -> FloatNetwork:
    """The float32 arrays of `module` in the layouts of FloatNetwork; the folding is done in float64.

    weights * gamma / sqrt(variance + eps), bias = beta - mean * gamma / sqrt(variance + eps).
    """
    arrays = {}
    for name, layer in module.layers.items():
        match layer:
            case Convolved():
                arrays[name] = _convolution(layer)
            case Recurrent():
                inputs = _array(layer.cell.get_parameter("weight_ih_l0"))
                hidden = _array(layer.cell.get_parameter("weight_hh_l0"))
                arrays[name] = {"weights_input": inputs[:, :-1], "weights_hidden": hidden, "bias": inputs[:, -1]}
            case Classifying():
                arrays[name] = {"weights": _array(layer.dense.weight), "bias": _array(layer.dense.bias)}
    single = {
        name: {key: np.ascontiguousarray(array, dtype=np.float32) for key, array in group.items()}
        for name, group in arrays.items()
    }
    return FloatNetwork(network=module.network, arrays=single)


def _convolution(layer: Convolved) -> dict[str, np.ndarray]:
    convolution, norm = layer.convolution, layer.norm
    weights = _array(convolution.weight)
    depthwise = convolution.groups > 1  # [channels, 1, kernel_time, kernel_frequency]
    kernel = weights[:, 0].transpose(1, 2, 0) if depthwise else weights.transpose(0, 2, 3, 1)
    bias = np.zeros(len(weights)) if convolution.bias is None else _array(convolution.bias)
    if norm is not None:
        assert norm.running_mean is not None
        assert norm.running_var is not None
        gamma, beta = _array(norm.weight), _array(norm.bias)
        mean, variance = _array(norm.running_mean), _array(norm.running_var)
        kernel, bias = folded(kernel, bias, gamma, beta, mean, variance, norm.eps, depthwise=depthwise)
    return {"weights": kernel, "bias": bias}


def _array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().cpu().double().numpy()
