"""What a sweep may try: which recipes train which model, and how a trial changes a recipe."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegenre.errors import EdgegenreError, SweepError
from edgegenre.frontend.extractors import Form, check_deployable
from edgegenre.progress import Progress
from edgegenre.runs.protocol import Protocol
from edgegenre.zoo.entry import ZooEntry
from edgegenre.zoo.registry import model

RECIPES = ("quick", "robust", "paper")
"""Tried when none is named."""

LEARNING_RATES = (0.25, 4.0)
BATCHES = (0.5, 1.0, 2.0)
DROPOUTS = (0.0, 0.5, 1.0, 1.5)
MOST_DROPOUT = 0.9


@dataclass(frozen=True, kw_only=True)
class Factors:
    """What a recipe's settings are multiplied by: learning rate and batch of every phase, dropout of every layer.

    A batch has at least one window; no layer loses more than MOST_DROPOUT of the values it reads.
    """

    learning_rate: float = 1.0
    batch: float = 1.0
    dropout: float = 1.0

    def of(self, protocol: Protocol) -> Protocol:
        """The protocol so changed; its name says how."""
        return dataclasses.replace(
            protocol,
            name=", ".join([protocol.name, *self._words()]),
            phases=tuple(
                dataclasses.replace(
                    phase,
                    learning_rate=phase.learning_rate * self.learning_rate,
                    batch=max(1, round(phase.batch * self.batch)),
                )
                for phase in protocol.phases
            ),
            dropout={name: min(MOST_DROPOUT, share * self.dropout) for name, share in protocol.dropout.items()},
        )

    def _words(self) -> list[str]:
        named = {"learning rate": self.learning_rate, "batch": self.batch, "dropout": self.dropout}
        return [f"{name} × {factor:.3g}" for name, factor in named.items() if factor != 1]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What one trial trains."""

    model: str
    recipe: str
    factors: Factors

    @property
    def parameters(self) -> dict[str, Any]:
        """As the study holds them."""
        return {"model": self.model, _recipe_of(self.model): self.recipe, **dataclasses.asdict(self.factors)}

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> "Choice":
        """The choice that a study's trial holds. Raises KeyError when it is none."""
        name = parameters["model"]
        return cls(
            model=name,
            recipe=parameters[_recipe_of(name)],
            factors=Factors(
                learning_rate=parameters["learning_rate"],
                batch=parameters["batch"],
                dropout=parameters.get("dropout", 1.0),
            ),
        )


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a trial is to train, as an `Experiment` has it."""

    model: str
    protocol: Protocol
    units: tuple[int, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class RecipeSpace:
    """For each model its recipes by name; a trial multiplies what they say."""

    recipes: Mapping[str, Mapping[str, Protocol]]

    @property
    def models(self) -> list[str]:
        """Their names."""
        return list(self.recipes)

    def first(self) -> list[Choice]:
        """Every recipe of every model, unchanged."""
        return [
            Choice(model=name, recipe=recipe, factors=Factors())
            for name, recipes in self.recipes.items()
            for recipe in recipes
        ]

    def suggested(self, trial: Any) -> Wanted:
        """What the study's sampler wants `trial` to train; dropout is varied where the recipe has any."""
        name = trial.suggest_categorical("model", self.models)
        recipe = trial.suggest_categorical(_recipe_of(name), list(self.recipes[name]))
        dropped = bool(self.recipes[name][recipe].dropout)
        factors = Factors(
            learning_rate=trial.suggest_float("learning_rate", *LEARNING_RATES, log=True),
            batch=trial.suggest_categorical("batch", BATCHES),
            dropout=trial.suggest_categorical("dropout", DROPOUTS) if dropped else 1.0,
        )
        return Wanted(model=name, protocol=factors.of(self.recipes[name][recipe]))

    def described(self) -> list[Any]:
        """What two sweeps of these recipes have in common, as JSON values."""
        return [[name, found[name].to_dict()] for found in self.recipes.values() for name in found]


def space_of(
    models: Sequence[str], recipes: Sequence[str], *, classes: int, form: Form, progress: Progress
) -> RecipeSpace:
    """The recipes that suit each model, all with the split of the first, so that every trial sees the same tracks.

    recipes: names or paths of .json files; none for RECIPES. What does not suit a model is left out with a warning
    where it was asked for. Raises NetworkError, FeatureError, TrainingError or SweepError when a name is not known,
    two recipes have the same name, or no recipe suits a model.
    """
    entries = [model(name) for name in dict.fromkeys(models)]
    for entry in entries:
        check_deployable(entry.frontends, form)
    names = [Path(recipe).stem if recipe.endswith(".json") else recipe for recipe in recipes or RECIPES]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise SweepError(f"two recipes are called '{twice[0]}'. Give each --recipe a name of its own.")
    told = progress if recipes else None
    space = {
        entry.name: _suitable(entry, dict(zip(names, recipes or RECIPES, strict=True)), classes, told)
        for entry in entries
    }
    split = next(iter(space[entries[0].name].values())).split
    return RecipeSpace(
        recipes={
            name: {recipe: dataclasses.replace(protocol, split=split) for recipe, protocol in found.items()}
            for name, found in space.items()
        }
    )


def is_of_recipes(parameters: Mapping[str, Any]) -> bool:
    """Whether a study's trial chose a recipe, and not a place in a paper's search space."""
    return _recipe_of(parameters["model"]) in parameters


def _suitable(
    entry: ZooEntry, recipes: Mapping[str, str], classes: int, progress: Progress | None
) -> dict[str, Protocol]:
    found, faults = dict[str, Protocol](), list[EdgegenreError]()
    for name, recipe in recipes.items():
        protocol = entry.recipe(recipe)
        try:
            _check(entry, protocol, classes)
        except EdgegenreError as fault:
            faults.append(fault)
            if progress is not None:
                progress.warn(f"{entry.name} is not trained by '{name}': {fault}")
        else:
            found[name] = protocol
    if not found:
        raise faults[0]
    return found


def _check(entry: ZooEntry, protocol: Protocol, classes: int) -> None:
    """Raise TrainingError when the model cannot be trained by the protocol."""
    from edgegenre.training.preparation import check_crops, check_dropout
    from edgegenre.training.transforms import check_augmentation

    network = entry.build(classes)
    check_dropout(network, protocol.dropout)
    check_crops(network, protocol)
    check_augmentation(protocol.augmentation, entry.frontends)


def _recipe_of(name: str) -> str:
    """The study's parameter that chooses a model's recipe: each model has its own recipes."""
    return f"recipe of {name}"
