"""How the pages of a reproduction put what their figures share."""

from edgegenre.datasets.groups import SplitBy
from edgegenre.report.tables import NOTHING
from edgegenre.reproduce.results import Spread

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


def spread_words(spread: Spread | None) -> str:
    """In percent: "71.0 ± 2.3", without a deviation where there is one run; a dash for None."""
    if spread is None:
        return NOTHING
    deviation = "" if spread.deviation is None else f" ± {100 * spread.deviation:.1f}"
    return f"{100 * spread.mean:.1f}{deviation}"
