"""How PCM becomes the patches of a backbone."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Patches:
    """Patches of `length` samples, one every `hop`, at `sample_rate`. contents: what the backbone is shown, for people.

    cut: float32 [patches, time, frequency, channels] of int16 PCM [samples]; a patch depends on its samples alone, an
    incomplete one is left out. Raises FeatureError when the PCM is not one channel of int16.
    """

    sample_rate: int
    length: int
    hop: int
    contents: str
    cut: Callable[[np.ndarray], np.ndarray]


def patch_rows(rows: np.ndarray, *, frames: int, hop: int) -> np.ndarray:
    """[patches, frames, values, 1] of rows [rows, values]: `frames` of them, one patch every `hop` rows."""
    if len(rows) < frames:
        return np.empty((0, frames, rows.shape[1], 1), rows.dtype)
    view = np.lib.stride_tricks.sliding_window_view(rows, frames, axis=0)[::hop]
    return np.array(view.transpose(0, 2, 1), order="C")[..., np.newaxis]
