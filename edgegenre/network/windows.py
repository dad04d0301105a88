"""Padding and sliding windows of arrays [clips, time, frequency, channels], as views where possible."""

import numpy as np

from edgegenre.network.shape import Padding


def pad(x: np.ndarray, padding: Padding, value: float = 0) -> np.ndarray:
    """Surround `x` by rows and columns of `value`."""
    widths = ((0, 0), (padding.top, padding.bottom), (padding.left, padding.right), (0, 0))
    return np.pad(x, widths, constant_values=value)


def windows(x: np.ndarray, kernel: tuple[int, int], stride: tuple[int, int]) -> np.ndarray:
    """View `x` as [clips, time_out, frequency_out, channels, *kernel]."""
    view = np.lib.stride_tricks.sliding_window_view(x, kernel, axis=(1, 2))
    return view[:, :: stride[0], :: stride[1]]
