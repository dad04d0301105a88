"""The table [qat] of a recipe: how long and how fast quantization-aware training goes."""

from collections.abc import Callable
from typing import Any

from edgegenre.errors import did_you_mean
from edgegenre.network.layers import Convolution, DepthwiseConv
from edgegenre.network.network import Network
from edgegenre.runs.phase import Phase

LONGEST, LARGEST_BATCH, LARGEST_RATE = 100_000, 4096, 1.0
"""Iterations; clips an iteration; steps of a weight's int8 grid an iteration."""


def whole_number(value: Any, largest: int) -> bool:
    """Whether `value` is an integer in 1 to `largest`."""
    return type(value) is int and 1 <= value <= largest


def is_rate(value: Any) -> bool:
    """Whether `value` is a learning rate."""
    return type(value) in (int, float) and 0 < value <= LARGEST_RATE


_ENTRIES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "iterations": (lambda value: whole_number(value, LONGEST), f"a whole number from 1 to {LONGEST}"),
    "learning_rate": (is_rate, "a number above 0, at most 1 step of a weight"),
    "batch": (lambda value: whole_number(value, LARGEST_BATCH), f"a whole number from 1 to {LARGEST_BATCH}"),
    "crop_frames": (lambda value: whole_number(value, LONGEST), f"a whole number from 1 to {LONGEST}"),
}
"""What a schedule may say: whether a value is right, and in words what is."""

_OPTIONAL = {"crop_frames"}


def schedule_problems(table: Any) -> list[str]:
    """Every reason why `schedule` cannot read `table`."""
    if not isinstance(table, dict):
        return [f"qat is {table!r}, not a table of {', '.join(_ENTRIES)}"]
    problems = []
    for name in table:
        if name not in _ENTRIES:
            near = did_you_mean(name, _ENTRIES).strip()
            problems.append(f"'{name}' is no entry of [qat]" + (f" ({near})" if near else ""))
    problems += [
        f"{name} in [qat] is {table[name]!r}, not {words}"
        for name, (right, words) in _ENTRIES.items()
        if name in table and not right(table[name])
    ]
    return problems + [f"{name} is missing in [qat]" for name in sorted(set(_ENTRIES) - _OPTIONAL - set(table))]


def schedule(table: dict[str, Any]) -> Phase:
    """The phase of training that a recipe's table asks for.

    Its learning rate is in int8 steps an iteration, and falls linearly to 0.
    """
    return Phase(**table, decay="linear")


def least_crop(network: Network) -> int:
    """Frames of the shortest crop of which every layer of `network` makes at least a row.

    The padding stays that of the whole window, so that more than one frame can be needed.
    """
    return next(frames for frames in range(1, network.input_shape.time + 1) if _rows_everywhere(network, frames))


def _rows_everywhere(network: Network, frames: int) -> bool:
    """Whether no layer runs out of rows when every input has so many."""
    rows = {item.name: frames for item in network.inputs}
    for node, shapes in network.with_shapes():
        windows = node.layer.time_windows(*shapes)
        if not windows or not all(name in rows for name in node.inputs):
            continue
        padding = 0
        if isinstance(node.layer, Convolution | DepthwiseConv):
            borders = node.layer.borders(*shapes)
            padding = borders.top + borders.bottom
        rows[node.name] = min(
            (rows[name] + padding - window.kernel) // window.stride + 1
            for name, window in zip(node.inputs, windows, strict=True)
        )
        if rows[node.name] < 1:
            return False
    return True
