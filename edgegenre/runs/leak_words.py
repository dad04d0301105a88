"""What the leak meter measured, in words."""

from collections.abc import Mapping
from typing import Any


def leak_words(leak: Mapping[str, Any]) -> str:
    """Of what metrics.json has under "leak": "Leak meter: … by track, … by artist: … points …"."""
    low, high = leak["interval"]
    return (
        f"Leak meter: on all {leak['tracks']:d} tracks, in {leak['folds']:d} folds, the baseline is right in "
        f"{100 * leak['by_track']:.1f} % by track and {100 * leak['by_artist']:.1f} % by artist: artists on both sides "
        f"of a split are worth {100 * leak['leak']:+.1f} points (95 % interval {100 * low:+.1f} to {100 * high:+.1f})"
    )
