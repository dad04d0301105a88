"""The search that a paper made: units of every layer, dropout, learning rate and batch, each trial stopped early."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgegenre.errors import SweepError
from edgegenre.runs.protocol import Protocol
from edgegenre.sweep.space import Wanted
from edgegenre.zoo.registry import MODELS, model
from edgegenre.zoo.search import Hyperparameters, SearchSpace


@dataclass(frozen=True, kw_only=True)
class PaperChoice:
    """What one trial trains."""

    model: str
    settings: Hyperparameters

    recipe = "space paper"
    """In place of a recipe's name."""

    @property
    def parameters(self) -> dict[str, Any]:
        """As the study holds them."""
        settings, name = self.settings, self.model
        return {
            "model": name,
            **{_units(name, number): units for number, units in enumerate(settings.units, start=1)},
            **{_dropout(name, layer): share for layer, share in settings.dropout.items()},
            _rate(name): settings.learning_rate,
            _batch(name): settings.batch,
        }

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> "PaperChoice":
        """The choice that a study's trial holds. Raises KeyError when it is none."""
        name = parameters["model"]
        space = space_named(name)
        return cls(
            model=name,
            settings=Hyperparameters(
                units=tuple(parameters[_units(name, number)] for number in range(1, len(space.units) + 1)),
                dropout={layer: parameters[_dropout(name, layer)] for layer in space.dropout},
                learning_rate=parameters[_rate(name)],
                batch=parameters[_batch(name)],
            ),
        )


@dataclass(frozen=True, kw_only=True)
class PaperSpace:
    """The spaces of some models, by name, all with the split of the first."""

    spaces: Mapping[str, SearchSpace]

    @classmethod
    def of(cls, models: Sequence[str]) -> "PaperSpace":
        """Raises NetworkError for a model that is not known, SweepError for one whose paper tells of no search."""
        spaces = {name: space_named(name) for name in dict.fromkeys(models)}
        split = next(iter(spaces.values())).protocol.split
        return cls(
            spaces={
                name: dataclasses.replace(space, protocol=dataclasses.replace(space.protocol, split=split))
                for name, space in spaces.items()
            }
        )

    @property
    def models(self) -> list[str]:
        """Their names."""
        return list(self.spaces)

    def first(self) -> list[PaperChoice]:
        """What each paper settled on."""
        return [PaperChoice(model=name, settings=space.best) for name, space in self.spaces.items()]

    def suggested(self, trial: Any) -> Wanted:
        """What the study's sampler wants `trial` to train."""
        name = trial.suggest_categorical("model", self.models)
        space = self.spaces[name]
        units = [
            trial.suggest_int(_units(name, number), values[0], values[-1], step=values.step)
            for number, values in enumerate(space.units, start=1)
        ]
        dropout = {
            layer: trial.suggest_categorical(_dropout(name, layer), shares) for layer, shares in space.dropout.items()
        }
        rate = trial.suggest_categorical(_rate(name), space.learning_rates)
        batches = space.batches
        batch = trial.suggest_int(_batch(name), batches[0], batches[-1], step=batches.step)
        settings = Hyperparameters(units=tuple(units), dropout=dropout, learning_rate=rate, batch=batch)
        return Wanted(model=name, protocol=trained_by(space.protocol, settings), units=settings.units)

    def described(self) -> list[Any]:
        """What two sweeps of these spaces have in common, as JSON values."""
        return [
            [
                name,
                [[values[0], values[-1], values.step] for values in space.units],
                {layer: list(shares) for layer, shares in space.dropout.items()},
                list(space.learning_rates),
                [space.batches[0], space.batches[-1], space.batches.step],
                space.protocol.to_dict(),
            ]
            for name, space in self.spaces.items()
        ]


def trained_by(protocol: Protocol, settings: Hyperparameters) -> Protocol:
    """The protocol of a space with those settings."""
    (phase,) = protocol.phases
    return dataclasses.replace(
        protocol,
        phases=(dataclasses.replace(phase, learning_rate=settings.learning_rate, batch=settings.batch),),
        dropout={layer: share for layer, share in settings.dropout.items() if share > 0},
    )


def space_named(name: str) -> SearchSpace:
    """The space of the model `name`. Raises NetworkError when it is not known, SweepError when it has none."""
    space = model(name).space
    if space is None:
        known = ", ".join(entry.name for entry in MODELS.values() if entry.space is not None)
        raise SweepError(f"the paper of '{name}' tells of no search. --space paper suits: {known}.")
    return space


def _units(name: str, number: int) -> str:
    return f"units {number} of {name}"


def _dropout(name: str, layer: str) -> str:
    return f"dropout before {layer} of {name}"


def _rate(name: str) -> str:
    return f"learning rate of {name}"


def _batch(name: str) -> str:
    return f"batch of {name}"
