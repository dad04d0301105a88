"""The augmentations that a protocol may ask for, as frozen data."""

from dataclasses import dataclass
from typing import ClassVar

from edgegenre.runs.fields import Rule, check_fields, number


@dataclass(frozen=True, kw_only=True)
class ZeroedStretch:
    """A random stretch of each training signal is set to zero, on the PCM (Liang et al.). seconds: its length."""

    seconds: float

    RULES: ClassVar[dict[str, Rule]] = {"seconds": number(0, 60, above=True)}

    def __post_init__(self) -> None:
        check_fields("augmentation 'zeroed-stretch'", self, self.RULES)


Augmentation = ZeroedStretch

AUGMENTATIONS: dict[str, type[Augmentation]] = {"zeroed-stretch": ZeroedStretch}
"""By the name that JSON gives them."""
