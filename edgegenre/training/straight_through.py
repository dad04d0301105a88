"""Rounding with a gradient: the values of integers forward, the gradients of real numbers backward."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

# How far from the integer that calibration chose a weight may start, in steps: it must round to this integer.
_WITHIN_STEP = 0.499


class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, x: Tensor, value: Tensor) -> Tensor:
        return value

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None


def replaced(x: Tensor, value: Tensor) -> Tensor:
    """`value`, with the gradient of `x`: of the same shape, and near it."""
    result: Tensor = _StraightThrough.apply(x, value)
    return result


def rounded(x: Tensor) -> Tensor:
    """The nearest integers (half to even), with the gradient of `x`."""
    return replaced(x, torch.round(x.detach()))


def steps_within(real: np.ndarray, chosen: np.ndarray, scales: np.ndarray) -> Tensor:
    """`real` weights in int8 steps (float32), each within the step that calibration has `chosen`."""
    steps, chosen = real.astype(np.float64) / scales.astype(np.float64), chosen.astype(np.float64)
    return torch.from_numpy(np.clip(steps, chosen - _WITHIN_STEP, chosen + _WITHIN_STEP).astype(np.float32))


def int32_within(x: Tensor) -> np.ndarray:
    """int32 of integers in float64; those beyond it at the odd edge, where no accumulator's bound lets them pass."""
    edge = np.iinfo(np.int32).max
    return np.clip(x.detach().numpy(), -edge, edge).astype(np.int32)
