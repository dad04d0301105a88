"""How much a training listens to a teacher, as frozen data."""

from dataclasses import dataclass
from typing import ClassVar

from edgegenre.runs.fields import Rule, check_fields, number


@dataclass(frozen=True, kw_only=True)
class Distillation:
    """Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network" (2015). Without a teacher it is idle.

    temperature: divides the logits of teacher and network before they are compared. weight: the teacher's share of the
    loss; the rest is the labels'. Music without labels is judged by the teacher alone.
    """

    temperature: float = 2.0
    weight: float = 0.5

    RULES: ClassVar[dict[str, Rule]] = {"temperature": number(0, 100, above=True), "weight": number(0, 1, above=True)}

    def __post_init__(self) -> None:
        check_fields("distillation", self, self.RULES)
