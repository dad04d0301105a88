"""Batch norm folded into the convolution in front of it."""

import numpy as np


def folded(
    kernel: np.ndarray,
    bias: np.ndarray | float,
    gamma: np.ndarray | float,
    beta: np.ndarray,
    mean: np.ndarray,
    variance: np.ndarray,
    epsilon: float,
    *,
    depthwise: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias float32 of gamma * (kernel * x + bias - mean) / sqrt(variance + epsilon) + beta.

    kernel: [channels, time, frequency, channels in], or [time, frequency, channels] of a depthwise convolution.
    """
    with np.errstate(invalid="ignore", divide="ignore"):  # of variances below 0: the caller looks for values not finite
        factor = gamma / np.sqrt(variance.astype(np.float64) + epsilon)
    scaled = kernel * (factor if depthwise else factor[:, np.newaxis, np.newaxis, np.newaxis])
    return scaled.astype(np.float32), ((bias - mean.astype(np.float64)) * factor + beta).astype(np.float32)
