"""Quantization recipes: TOML files, those of the data room `calibration` by name, a user's own by path."""

import contextlib
import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegenre.errors import QuantizationError, did_you_mean
from edgegenre.network.network import Network
from edgegenre.quantize.ranges import Entropy, MeanSquare, MinMax, Observer, Percentile
from edgegenre.quantize.schedule import least_crop, schedule, schedule_problems, whole_number
from edgegenre.rooms import room
from edgegenre.runs.phase import Phase
from edgegenre.untrusted import LARGEST_TOML, UnreadableError, parse_toml, read_bytes

MIN_MAX = "min-max"
DEFAULT_RECIPE = "min-max"
QAT_RECIPE = "qat"

OBSERVERS: dict[str, Callable[["QuantizationRecipe"], Observer]] = {
    MIN_MAX: lambda recipe: MinMax(),
    "percentile": lambda recipe: Percentile(recipe.percentile),
    "mse": lambda recipe: MeanSquare(),
    "entropy": lambda recipe: Entropy(),
}
"""By the name that a recipe gives in `activations`, the plainest first."""

PER_CHANNEL, PER_TENSOR, FLOAT16 = "per-channel", "per-tensor", "float16"

MOST_CLIPS = 10_000
"""All of them are in memory at once."""


@dataclass(frozen=True, kw_only=True)
class QuantizationRecipe:
    """How ranges are chosen. activations: one of OBSERVERS; percentile: share kept on each side.

    weights: one scale an output channel, one a layer, or 'float16' for the float export, which has no activations to
    quantize. bits: of activations, 8 or 16. clips: at most this many training clips are looked at. qat: the schedule of
    quantization-aware training after calibration, None for none; schedule_file: where it was read.
    sha256: of the recipe's file.
    """

    name: str
    summary: str
    activations: str = "min-max"
    weights: str = PER_CHANNEL
    bits: int = 8
    clips: int = 0
    percentile: float = 1.0
    qat: Phase | None = None
    schedule_file: Path | None = None
    sha256: str = ""

    @property
    def quantizes(self) -> bool:
        """Whether it makes integers; the others are for the float export."""
        return self.weights != FLOAT16

    def observer(self) -> Observer:
        """A fresh observer for one tensor."""
        return OBSERVERS[self.activations](self)


def recipe_names() -> list[str]:
    """The recipes there are."""
    return sorted(path.stem for path in room("calibration").glob("*.toml"))


def integer_recipes() -> list[QuantizationRecipe]:
    """The recipes that quantize by calibration alone, the plainest first."""
    order = list(OBSERVERS)
    return sorted(
        (recipe for recipe in map(quantization_recipe, recipe_names()) if recipe.quantizes and recipe.qat is None),
        key=lambda recipe: (recipe.bits, order.index(recipe.activations), recipe.weights != PER_CHANNEL, recipe.name),
    )


def trained_recipes() -> list[QuantizationRecipe]:
    """The recipes that also train."""
    return [recipe for recipe in map(quantization_recipe, recipe_names()) if recipe.qat is not None]


def float_recipes() -> list[QuantizationRecipe]:
    """The recipes for the float export."""
    return [recipe for recipe in map(quantization_recipe, recipe_names()) if not recipe.quantizes]


def quantization_recipe(name: str) -> QuantizationRecipe:
    """Read calibration/<name>.toml, or the file at the path `name` when it ends in .toml.

    Raises QuantizationError when there is none or it is not well formed.
    """
    names = recipe_names()
    if name in names:
        return read_recipe(room("calibration") / f"{name}.toml")
    path = Path(name)
    if path.suffix == ".toml" and path.is_file():
        return read_recipe(path)
    there_are = f"There are: {', '.join(names)}; one of your own is given as the path of its .toml file."
    if path.suffix == ".toml" or path.name != name:
        what = f"there is no such recipe file.{did_you_mean(path.stem, names)}"
        raise QuantizationError(f"{name}: {'is a folder, not a recipe.' if path.is_dir() else what} {there_are}")
    raise QuantizationError(f"quantization recipe '{name}' is not known.{did_you_mean(name, names)} {there_are}")


def read_recipe(path: Path) -> QuantizationRecipe:
    """The recipe in a TOML file, named after the file. Raises QuantizationError saying all that is wrong with it."""
    try:
        content = read_bytes(path, largest=LARGEST_TOML)
        entries = parse_toml(content)
    except (OSError, UnreadableError) as error:
        raise QuantizationError(f"{path}: not a quantization recipe ({error}).") from error
    problems = list(_problems(entries))
    if problems:
        raise QuantizationError(f"{path}: not a quantization recipe: {'; '.join(problems)}.")
    if "qat" in entries:
        entries |= {"qat": schedule(entries["qat"]), "schedule_file": path}
    return QuantizationRecipe(name=path.stem, sha256=hashlib.sha256(content).hexdigest(), **entries)


def recipe_for(name: str | None, *, quantized: bool, qat: bool = False) -> QuantizationRecipe | None:
    """The recipe `name` for an int8 or a float export; without a name the default one, for floats none.

    qat: with quantization-aware training; a recipe without a schedule for it takes that of QAT_RECIPE.
    Raises QuantizationError when it is for the other kind.
    """
    if qat and not quantized:
        raise QuantizationError("--qat trains for int8, and --float keeps floats. Leave one of them out.")
    if name is None and not quantized:
        return None
    if name is None:
        name = QAT_RECIPE if qat else DEFAULT_RECIPE
    recipe = quantization_recipe(name)
    if recipe.quantizes and not quantized:
        fitting = [other.name for other in _sound_recipes() if not other.quantizes]
        raise QuantizationError(
            f"--recipe {name} quantizes to int8, and --float keeps floats. Recipes for --float: {', '.join(fitting)}."
        )
    if quantized and not recipe.quantizes:
        raise QuantizationError(f"--recipe {name} makes no integers: it is for the float export. Add --float.")
    if qat and recipe.bits != 8:
        raise QuantizationError(
            f"--qat trains for int8, and --recipe {name} has {recipe.bits}-bit activations. "
            "Leave out --qat, or choose another recipe."
        )
    if qat and recipe.qat is None:
        trained = quantization_recipe(QAT_RECIPE)
        return dataclasses.replace(recipe, qat=trained.qat, schedule_file=trained.schedule_file)
    return recipe


def check_crop(recipe: QuantizationRecipe, network: Network) -> None:
    """Raise QuantizationError when the recipe's training would cut clips so short that `network` makes nothing of them.

    The padding is that of whole windows (`least_crop`), so that few frames can be too few for a layer.
    """
    if recipe.qat is None or recipe.qat.crop_frames is None:
        return
    least = least_crop(network)
    if recipe.qat.crop_frames < least:
        raise QuantizationError(
            f"{recipe.schedule_file or recipe.name}: crop_frames in [qat] is {recipe.qat.crop_frames}, and "
            f"{network.name} takes no fewer than {least} frames. Write at least {least}, or leave crop_frames out."
        )


def _sound_recipes() -> list[QuantizationRecipe]:
    """The recipes that can be read: for a hint, where another file's mistake is beside the point."""
    found = []
    for name in recipe_names():
        with contextlib.suppress(QuantizationError):
            found.append(quantization_recipe(name))
    return found


_TEXT = "a text that is not empty"
_ENTRIES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "summary": (lambda value: isinstance(value, str) and bool(value.strip()), _TEXT),
    "activations": (lambda value: value in list(OBSERVERS), f"one of {', '.join(OBSERVERS)}"),
    "weights": (
        lambda value: value in (PER_CHANNEL, PER_TENSOR, FLOAT16),
        f"one of {PER_CHANNEL}, {PER_TENSOR}, {FLOAT16}",
    ),
    "bits": (lambda value: _number(value, int) and value in (8, 16), "8 or 16"),
    "clips": (lambda value: whole_number(value, MOST_CLIPS), f"a whole number from 1 to {MOST_CLIPS}"),
    "percentile": (lambda value: _number(value, float) and 0.5 < value <= 1, "a number above 0.5, at most 1"),
}
"""What a recipe may say beside [qat]: whether a value is right, and in words what is."""


def _problems(entries: Mapping[str, Any]) -> list[str]:
    """Every reason why `entries` is no recipe."""
    problems = [_unknown(name) for name in entries if name not in {*_ENTRIES, "qat"}]
    problems += [
        f"{name} is {entries[name]!r}, not {words}"
        for name, (right, words) in _ENTRIES.items()
        if name in entries and not right(entries[name])
    ]
    if "qat" in entries:
        problems += schedule_problems(entries["qat"])
    if entries.get("bits") == 16 and entries.get("activations") in [name for name in OBSERVERS if name != MIN_MAX]:
        # The searches count int8 steps; with 65,536 there is little for them to gain.
        problems.append(f"bits = 16 leaves no range to search: use activations = '{MIN_MAX}'")
    needed = {"summary"} if entries.get("weights") == FLOAT16 else {"summary", "activations", "clips"}
    if entries.get("activations") == "percentile":
        needed.add("percentile")
    problems += [f"{name} is missing" for name in sorted(needed - set(entries))]
    return problems + [f"{name} does not go with the other entries" for name in sorted(_superfluous(entries))]


def _unknown(name: str) -> str:
    near = did_you_mean(name, [*_ENTRIES, "qat"]).strip()
    return f"'{name}' is no entry of a recipe" + (f" ({near})" if near else "")


def _superfluous(entries: Mapping[str, Any]) -> set[str]:
    """Entries that would have no effect: training is for int8."""
    without = {"activations", "bits", "clips", "percentile", "qat"} if entries.get("weights") == FLOAT16 else set()
    if entries.get("activations") != "percentile":
        without |= {"percentile"}
    if entries.get("bits") == 16:
        without |= {"qat"}
    return without & set(entries)


def _number(value: Any, kind: type) -> bool:
    return isinstance(value, kind | int) and not isinstance(value, bool)
