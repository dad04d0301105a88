"""Which windows of a track training and its scores use, as frozen data. Without it they follow one another."""

from dataclasses import dataclass
from typing import ClassVar

from edgegenre.runs.fields import Rule, check_fields, optional, whole

_MOST = 100_000


@dataclass(frozen=True, kw_only=True)
class RandomSegments:
    """So many windows of each track, which begin anywhere and may overlap; drawn once, by the run's seed.

    A track that is shorter than a window gives one, repeated from its start.
    """

    per_track: int

    RULES: ClassVar[dict[str, Rule]] = {"per_track": whole(1, _MOST)}

    def __post_init__(self) -> None:
        check_fields("segments 'random'", self, self.RULES)


@dataclass(frozen=True, kw_only=True)
class OverlappingSegments:
    """Windows that begin every `advance_frames` rows of the first input. most: of each track; None: all."""

    advance_frames: int
    most: int | None = None

    RULES: ClassVar[dict[str, Rule]] = {"advance_frames": whole(1, _MOST), "most": optional(whole(1, _MOST))}

    def __post_init__(self) -> None:
        check_fields("segments 'overlapping'", self, self.RULES)


Segments = RandomSegments | OverlappingSegments

SEGMENTS: dict[str, type[Segments]] = {"random": RandomSegments, "overlapping": OverlappingSegments}
"""By the name that JSON gives them."""
