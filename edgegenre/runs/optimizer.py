"""The optimizers that a protocol may ask for, as frozen data. The learning rate is the phase's."""

from dataclasses import dataclass
from typing import ClassVar

from edgegenre.runs.fields import Rule, check_fields, number

_BETA = number(0, 1, below=True)
_EPSILON = number(0, 1, above=True)


@dataclass(frozen=True, kw_only=True)
class Adam:
    """Kingma and Ba, 2015. beta1, beta2: decay of the averages of gradient and squared gradient."""

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    RULES: ClassVar[dict[str, Rule]] = {"beta1": _BETA, "beta2": _BETA, "epsilon": _EPSILON}

    def __post_init__(self) -> None:
        check_fields("optimizer 'adam'", self, self.RULES)


@dataclass(frozen=True, kw_only=True)
class AdamW:
    """Adam whose weights decay apart from the gradient (Loshchilov and Hutter, 2019).

    weight_decay: share of each weight taken off an iteration, times the learning rate.
    """

    weight_decay: float
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    RULES: ClassVar[dict[str, Rule]] = {**Adam.RULES, "weight_decay": number(0, 1)}

    def __post_init__(self) -> None:
        check_fields("optimizer 'adamw'", self, self.RULES)


@dataclass(frozen=True, kw_only=True)
class Sgd:
    """Stochastic gradient descent. momentum: share of the last step that the next one keeps; 0 for none."""

    momentum: float

    RULES: ClassVar[dict[str, Rule]] = {"momentum": number(0, 1, below=True)}

    def __post_init__(self) -> None:
        check_fields("optimizer 'sgd'", self, self.RULES)


Optimizer = Adam | AdamW | Sgd

OPTIMIZERS: dict[str, type[Optimizer]] = {"adam": Adam, "adamw": AdamW, "sgd": Sgd}
"""By the name that JSON gives them."""
