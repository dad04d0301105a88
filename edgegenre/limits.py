"""How large a network may be: bounds on work and memory, checked on its sizes before anything is allocated.

They are far above any model for a small device, and low enough that a crafted description costs neither minutes nor
gigabytes on the machine that reads it.
"""

import math
from collections.abc import Mapping, Sequence

from edgegenre.errors import NetworkError

MOST_LAYERS = 1000

LARGEST_TENSOR = 1 << 24
"""Values of one tensor; the largest of the zoo has under a million."""

MOST_WEIGHTS = 1 << 26
"""Parameters of all layers together."""

MOST_MULTIPLIES = 20_000_000_000
"""Of one window, all layers together: some seconds in numpy."""

MOST_STATE_BYTES = 1 << 26
"""What a stream keeps between rows, all rings and states together."""

MOST_GATHERED = 1 << 26
"""Values that one layer gathers for a window: the multiplies of one of its output channels."""

MOST_FRAMES_PER_SECOND = 1000
LONGEST_WINDOW_SECONDS = 600


def check_network(
    name: str,
    *,
    tensors: Mapping[str, Sequence[int]],
    multiplies: Mapping[str, int],
    weights: Mapping[str, int],
    state_bytes: Mapping[str, int],
) -> None:
    """Raise NetworkError, with the number that is too large, unless a network stays within every bound.

    tensors: the shape of each, inputs among them, channels last. multiplies, weights, state_bytes: by layer, of one
    window; the layer's output bears its name.
    """
    if len(multiplies) > MOST_LAYERS:
        raise NetworkError(f"network '{name}': it has {len(multiplies):,} layers, more than {MOST_LAYERS:,}.")
    for tensor, shape in tensors.items():
        if math.prod(shape) > LARGEST_TENSOR:
            raise NetworkError(
                f"network '{name}': the tensor '{tensor}' has {math.prod(shape):,} values, "
                f"more than {LARGEST_TENSOR:,}."
            )
    for layer, count in multiplies.items():
        gathered = count // max(tensors[layer][-1], 1)
        if gathered > MOST_GATHERED:
            raise NetworkError(
                f"network '{name}': the layer '{layer}' gathers {gathered:,} values, more than {MOST_GATHERED:,}."
            )
    for what, by_layer, most in (
        ("weights", weights, MOST_WEIGHTS),
        ("multiplies a window", multiplies, MOST_MULTIPLIES),
        ("bytes of rings and states", state_bytes, MOST_STATE_BYTES),
    ):
        total = sum(by_layer.values())
        if total > most:
            largest = max(by_layer, key=lambda layer: by_layer[layer])
            raise NetworkError(
                f"network '{name}': it has {total:,} {what}, more than {most:,}; "
                f"the layer '{largest}' has most of them."
            )


def check_frames(*, frames_per_second: float, window_seconds: float) -> None:
    """Raise NetworkError when features come so often, or a window is so long, that no device would keep up."""
    if frames_per_second > MOST_FRAMES_PER_SECOND:
        raise NetworkError(
            f"the front end makes {frames_per_second:,.0f} frames a second, more than {MOST_FRAMES_PER_SECOND:,}."
        )
    if window_seconds > LONGEST_WINDOW_SECONDS:
        raise NetworkError(
            f"the front end's window is {window_seconds:,.0f} s long, more than {LONGEST_WINDOW_SECONDS} s."
        )
