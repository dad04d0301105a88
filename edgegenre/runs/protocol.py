"""Training protocols as frozen data: the paper's own, and a quick one that suits a CPU."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from edgegenre.errors import TrainingError, did_you_mean


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A stretch of iterations under one learning rate.

    batch: clips an iteration. crop_frames: length of the random crop each clip is cut to, None for the whole window.
    """

    iterations: int
    learning_rate: float
    batch: int
    crop_frames: int | None = None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a model is trained. The weights are those of the last iteration; the optimizer is Adam.

    phases: run one after another, with one optimizer state. dropout: probability, before the dense layer.
    zeroed_seconds: length of the random stretch of each training signal set to zero (0: none), on the PCM.
    batch_norm_momentum: weight of the newest batch in the running statistics (torch's sense).
    settle_batch_norm: after the last iteration, measure batch norm's statistics anew on the whole training windows,
    as crops have more padding in them than windows. split: parts for training, validation, test.
    repeats: how many runs with seeds seed, seed + 1, ... the protocol asks for.
    """

    name: str
    phases: tuple[Phase, ...]
    dropout: float
    zeroed_seconds: float
    batch_norm_momentum: float
    settle_batch_norm: bool
    split: tuple[int, int, int] = (8, 1, 1)
    repeats: int = 1

    @property
    def iterations(self) -> int:
        """Iterations of all phases together."""
        return sum(phase.iterations for phase in self.phases)

    def phase_at(self, iteration: int) -> Phase:
        """The phase that iteration number `iteration` (from 0) belongs to."""
        for phase in self.phases:
            if iteration < phase.iterations:
                return phase
            iteration -= phase.iterations
        raise IndexError(f"the recipe has {self.iterations} iterations")

    def phase_ends(self) -> set[int]:
        """The iterations done at the end of each phase."""
        done, ends = 0, set()
        for phase in self.phases:
            done += phase.iterations
            ends.add(done)
        return ends

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` takes them back."""
        return dataclasses.asdict(self) | {
            "phases": [dataclasses.asdict(phase) for phase in self.phases],
            "split": list(self.split),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The recipe in a run's config.json. Raises TrainingError when it is not well formed."""
        try:
            train, validation, test = values["split"]
            phases = tuple(Phase(**phase) for phase in values["phases"])
            return cls(**{**values, "phases": phases, "split": (train, validation, test)})
        except (KeyError, TypeError, ValueError) as error:
            raise TrainingError(
                f"the recipe in config.json cannot be read ({error}). Train the model again."
            ) from error


PAPER = Recipe(
    name="paper",
    phases=(
        Phase(iterations=2000, learning_rate=8e-4, batch=100),
        Phase(iterations=1000, learning_rate=1e-4, batch=100),
        Phase(iterations=1000, learning_rate=2e-5, batch=100),
    ),
    dropout=0.5,
    zeroed_seconds=0.1,
    batch_norm_momentum=0.01,
    settle_batch_norm=False,
    repeats=10,
)
"""The protocol of Liang et al. (DESIGN section 10 says what the paper leaves open)."""

QUICK = Recipe(
    name="quick",
    phases=(
        Phase(iterations=300, learning_rate=3e-3, batch=64, crop_frames=99),
        Phase(iterations=100, learning_rate=1e-3, batch=64, crop_frames=99),
        Phase(iterations=50, learning_rate=2e-4, batch=64, crop_frames=99),
    ),
    dropout=0.3,
    zeroed_seconds=0.0,
    batch_norm_momentum=0.1,
    settle_batch_norm=True,
)
"""Minutes on two CPU cores: short random crops, a higher learning rate, fewer iterations.

Crops serve recurrent models too: on 80 real tracks ds-crnn1 overfits whole windows (accuracy 0.40 against 0.55-0.60).
No stretch is silenced: the paper's 100 ms would rarely fall into a crop.
"""

RECIPES = {recipe.name: recipe for recipe in (PAPER, QUICK)}


def recipe(name: str) -> Recipe:
    """The recipe `name`. Raises TrainingError with the nearest name when there is none."""
    if name in RECIPES:
        return RECIPES[name]
    raise TrainingError(f"recipe '{name}' is not known.{did_you_mean(name, RECIPES)} There are: {', '.join(RECIPES)}.")
