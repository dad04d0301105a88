"""The table [qat] of a recipe: how long and how fast quantization-aware training goes."""

from typing import Any

from edgegenre.training.recipe import Phase

WORDS = (
    "a table of iterations, learning_rate (above 0, at most 1 step of a weight) and batch, "
    "and crop_frames unless whole windows are meant"
)

_LARGEST_RATE = 1.0
_NEEDED, _OPTIONAL = {"iterations", "learning_rate", "batch"}, {"crop_frames"}


def is_schedule(table: Any) -> bool:
    """Whether `schedule` can read `table`."""
    if not isinstance(table, dict) or not _NEEDED <= set(table) <= _NEEDED | _OPTIONAL:
        return False
    rate = table["learning_rate"]
    counts = [table[name] for name in table if name != "learning_rate"]
    return all(type(count) is int and count >= 1 for count in counts) and (
        type(rate) in (int, float) and 0 < rate <= _LARGEST_RATE
    )


def schedule(table: dict[str, Any]) -> Phase:
    """The phase of training that a recipe's table asks for; its learning rate is in int8 steps an iteration."""
    return Phase(**table)
