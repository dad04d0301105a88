"""Named quantization recipes: TOML files in the data room `calibration`."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass

from edgegenre.errors import QuantizationError, did_you_mean
from edgegenre.quantize.ranges import MeanSquare, MinMax, Observer, Percentile
from edgegenre.rooms import room

DEFAULT_RECIPE = "min-max"


@dataclass(frozen=True, kw_only=True)
class QuantizationRecipe:
    """How ranges are chosen. activations: 'min-max', 'percentile' or 'mse'; percentile: share kept on each side.

    clips: at most this many training clips are looked at.
    """

    name: str
    summary: str
    activations: str
    clips: int
    percentile: float = 1.0

    def observer(self) -> Observer:
        """A fresh observer for one tensor."""
        makers: dict[str, Callable[[], Observer]] = {
            "min-max": MinMax,
            "percentile": lambda: Percentile(self.percentile),
            "mse": MeanSquare,
        }
        return makers[self.activations]()


def recipe_names() -> list[str]:
    """The recipes there are."""
    return sorted(path.stem for path in room("calibration").glob("*.toml"))


def quantization_recipe(name: str) -> QuantizationRecipe:
    """Read calibration/<name>.toml. Raises QuantizationError when there is none or it is not well formed."""
    names = recipe_names()
    if name not in names:
        raise QuantizationError(
            f"quantization recipe '{name}' is not known.{did_you_mean(name, names)} There are: {', '.join(names)}."
        )
    path = room("calibration") / f"{name}.toml"
    try:
        recipe = QuantizationRecipe(name=name, **tomllib.loads(path.read_text(encoding="utf-8")))
    except (TypeError, tomllib.TOMLDecodeError) as error:
        raise QuantizationError(f"{path}: not a quantization recipe ({error}).") from error
    if (
        recipe.activations not in ("min-max", "percentile", "mse")
        or not 0.5 < recipe.percentile <= 1
        or recipe.clips < 1
    ):
        raise QuantizationError(
            f"{path}: activations must be min-max, percentile or mse; percentile above 0.5, at most 1; clips positive."
        )
    return recipe
