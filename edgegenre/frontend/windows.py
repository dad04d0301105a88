"""From a clip of any length to the windows a whole-clip network takes."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from edgegenre.errors import FeatureError
from edgegenre.frontend.inputs import sample_rate
from edgegenre.frontend.protocol import Frontend


def input_windows(features: Mapping[str, np.ndarray], frontends: Mapping[str, Frontend]) -> dict[str, np.ndarray]:
    """Consecutive windows [windows, time, ...] of every input's features [rows, ...], of any dtype.

    Window number n of all inputs begins with the same sample: n times the longest input's window. Longer clips give
    several windows and lose the tail; shorter ones are repeated from their start until one window is full.
    Raises FeatureError when an input has no row to repeat, or the windows of different hops cannot begin together.
    """
    hops = {name: frontend.hop_length for name, frontend in frontends.items()}
    advance = window_advance(frontends)
    count = min(
        (len(features[name]) - frontend.window_frames) // (advance // hops[name]) + 1
        for name, frontend in frontends.items()
    )
    if count < 1:
        return _repeated(features, frontends)
    return {
        name: np.stack(
            [
                features[name][start : start + frontend.window_frames]
                for start in (number * advance // hops[name] for number in range(count))
            ]
        )
        for name, frontend in frontends.items()
    }


def window_advance(frontends: Mapping[str, Frontend]) -> int:
    """Samples from the start of a window to that of the next: the longest input's rows.

    Raises FeatureError when that is no whole number of rows of every input.
    """
    advance = max(frontend.window_frames * frontend.hop_length for frontend in frontends.values())
    for name, frontend in frontends.items():
        if advance % frontend.hop_length:
            raise FeatureError(
                f"windows begin every {advance} samples, which is no whole number of rows of the input '{name}', one "
                f"every {frontend.hop_length}. Choose hop lengths and windows that fit."
            )
    return advance


def _repeated(features: Mapping[str, np.ndarray], frontends: Mapping[str, Frontend]) -> dict[str, np.ndarray]:
    """One window [1, time, ...] of every input, all repeated after the same time."""
    step = math.lcm(*(frontend.hop_length for frontend in frontends.values()))
    period = min(len(features[name]) * frontend.hop_length for name, frontend in frontends.items()) // step * step
    if not period:
        raise FeatureError(_too_short(frontends, step))
    return {
        name: features[name][np.arange(frontend.window_frames) % (period // frontend.hop_length)][np.newaxis]
        for name, frontend in frontends.items()
    }


def _too_short(frontends: Mapping[str, Frontend], step: int) -> str:
    """step: samples after which rows of all inputs begin together."""
    rate = sample_rate(frontends)
    needed = max(frontend.samples_for(step // frontend.hop_length) for frontend in frontends.values())
    whole = max(frontend.window_seconds for frontend in frontends.values())
    return (
        f"the audio is too short for a single frame: it needs at least {needed} samples ({needed / rate:g} s at "
        f"{rate} Hz), and {whole:g} s for a whole window."
    )


def one_window(parts: Mapping[str, np.ndarray], number: int) -> dict[str, np.ndarray]:
    """Window `number` alone, [1, time, ...] of every input."""
    return {name: array[number : number + 1] for name, array in parts.items()}


def window_count(parts: Mapping[str, np.ndarray]) -> int:
    """How many windows [windows, time, ...] there are, the same of every input."""
    return len(next(iter(parts.values())))


def joined(parts: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The windows of several clips, at least one, after one another."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
