"""How the pages of a reproduction put what their figures share."""

from edgegenre.datasets.groups import SplitBy
from edgegenre.report.tables import NOTHING

WAYS: dict[SplitBy, str] = {
    "track": "by track",
    "artist": "by artist",
    "published": "published split",
    "piece": "by piece, leaking",
}
"""What a split goes by."""


def p_words(value: float | None) -> str:
    """ "0.043", "< 0.001"; a dash for None."""
    if value is None:
        return NOTHING
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
