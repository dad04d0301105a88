"""How the windows of a track decide on its genre together. numpy alone.

Every vote turns the windows' probabilities into one distribution for the track; its largest value is the answer, the
first of equal ones. Kittler, Hatef, Duin and Matas (1998) compare such rules.
"""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from edgegenre.metrics import softmax

Vote = Literal["mean", "majority", "maximum", "sum"]
"""mean: of the windows' probabilities. majority: the share of windows that a class is the best of. maximum: a class's
largest probability in any window, made to add up to one. sum: the summed probabilities, made to add up to one, which is
their mean; papers that speak of a sum are quoted by this name."""

VOTES: tuple[Vote, ...] = get_args(Vote)


def combined(shares: np.ndarray, vote: Vote) -> np.ndarray:
    """A track's probabilities [classes], adding up to one, from those of its windows [windows, classes]."""
    return _RULES[vote](np.asarray(shares, np.float64))


def track_shares(logits: np.ndarray, track: np.ndarray, vote: Vote) -> np.ndarray:
    """Probabilities [tracks, classes] from the real logits of all windows [windows, classes].

    track: the number of each window's track [windows], neighbors together; tracks come in that order.
    """
    starts = np.flatnonzero(np.diff(track)) + 1
    return np.array([combined(part, vote) for part in np.split(softmax(logits), starts)])


def named_vote(name: object) -> Vote:
    """The vote in a manifest, which is not trusted. Raises ValueError when there is none of that name."""
    for vote in VOTES:
        if vote == name:
            return vote
    raise ValueError(f"vote {name!r} is not known; this version has: {', '.join(VOTES)}")


def _mean(shares: np.ndarray) -> np.ndarray:
    mean: np.ndarray = shares.mean(axis=0)
    return mean


def _majority(shares: np.ndarray) -> np.ndarray:
    return np.bincount(shares.argmax(axis=1), minlength=shares.shape[1]) / len(shares)


def _maximum(shares: np.ndarray) -> np.ndarray:
    largest: np.ndarray = shares.max(axis=0)
    return largest / largest.sum()


_RULES: dict[Vote, Callable[[np.ndarray], np.ndarray]] = {
    "mean": _mean,
    "majority": _majority,
    "maximum": _maximum,
    "sum": _mean,
}
