"""How a listener is served: reaction, steadiness, right and wrong answers, at every reject threshold."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgegenre.decisions.decider import answers_of
from edgegenre.decisions.rules import Rules
from edgegenre.evaluation.listening import Listening

POINTS = 21
"""Thresholds of a curve."""


@dataclass(frozen=True, kw_only=True)
class Sounding:
    """A stretch of one genre: from sample `start` on, before sample `end`."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class ScoreCard:
    """The answers to one stream of music, and to one of other sound, with one reject threshold.

    threshold: in the units of `Reject`. right, wrong, unknown: shares of the time, the answer held to the genre of the
    last sample heard; silence counts as unknown. reaction_p50, reaction_p90: seconds from a change of genre until the
    new genre is answered, None where it is not answered that often; missed: the share of changes after which it never
    is. flips_per_hour: how often another genre is answered than the one before. false_per_hour: how often a genre is
    answered anew in an hour of sound that is no music, and false_share: for what share of its time; None without any.
    """

    threshold: float
    right: float
    wrong: float
    unknown: float
    reaction_p50: float | None
    reaction_p90: float | None
    missed: float
    flips_per_hour: float
    false_per_hour: float | None
    false_share: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Streams:
    """What cards are made of. stretches: of `music`, one after another. rate: samples a second."""

    music: Listening
    stretches: Sequence[Sounding]
    other: Listening | None
    labels: Sequence[str]
    rate: int


def card(streams: Streams, threshold_score: int) -> ScoreCard:
    """The card with `threshold_score`, in the units of `Rules`, instead of the rules' own."""
    music = streams.music
    rules = dataclasses.replace(music.rules, threshold_score=threshold_score)
    answers = answers_of(music.averages, rules)
    is_genre = _genres(answers, rules)
    right = answers == _truth(streams)
    reactions = _reactions(streams, answers)
    false_per_hour = false_share = None
    if streams.other is not None:
        found = answers_of(streams.other.averages, rules)
        false_per_hour = _begun(found, rules) / _hours(streams.other, streams.rate)
        false_share = float(_genres(found, rules).mean())
    return ScoreCard(
        threshold=threshold_score / music.rules.score_unit,
        right=float(right.mean()),
        wrong=float((is_genre & ~right).mean()),
        unknown=float((~is_genre).mean()),
        reaction_p50=_quantile(reactions, 0.5),
        reaction_p90=_quantile(reactions, 0.9),
        missed=float(np.isinf(reactions).mean()) if len(reactions) else 0.0,
        flips_per_hour=_flips(answers, rules) / _hours(music, streams.rate),
        false_per_hour=false_per_hour,
        false_share=false_share,
    )


def curve(streams: Streams) -> tuple[ScoreCard, ...]:
    """Cards for thresholds at equal shares of the music's averaged scores, from one that rejects nothing on."""
    scores = np.array([item.score for item in streams.music.averages if not item.silent] or [0])
    steps = np.quantile(scores, np.linspace(0, 1, POINTS), method="lower")
    return tuple(card(streams, threshold) for threshold in np.unique(steps).astype(int).tolist())


def _truth(streams: Streams) -> np.ndarray:
    """The class number of the genre of the last sample before each decision of the music, int64 [decisions]."""
    ends = np.array([item.end for item in streams.stretches])
    place = np.searchsorted(ends, streams.music.ends, side="left").clip(max=len(ends) - 1)
    return np.array([streams.labels.index(item.label) for item in streams.stretches])[place]


def _reactions(streams: Streams, answers: np.ndarray) -> np.ndarray:
    """Seconds from each change of genre until the new genre is answered, infinite where it never is."""
    ends, found = streams.music.ends, []
    for stretch in streams.stretches[1:]:
        inside = (ends > stretch.start) & (ends <= stretch.end)
        answered = ends[inside & (answers == streams.labels.index(stretch.label))]
        found.append((answered[0] - stretch.start) / streams.rate if len(answered) else math.inf)
    return np.array(found)


def _quantile(values: np.ndarray, share: float) -> float | None:
    """The smallest value that this share of `values` does not exceed; None where that is infinite, or of nothing."""
    if not len(values):
        return None
    found = float(np.sort(values)[math.ceil(share * len(values)) - 1])
    return found if math.isfinite(found) else None


def _genres(answers: np.ndarray, rules: Rules) -> np.ndarray:
    """Whether each answer is a genre."""
    return (answers >= 0) & (answers < rules.classes)


def _flips(answers: np.ndarray, rules: Rules) -> int:
    """How often a genre is answered that is not the genre answered last."""
    genres = answers[_genres(answers, rules)]
    return int(np.count_nonzero(genres[1:] != genres[:-1]))


def _begun(answers: np.ndarray, rules: Rules) -> int:
    """How often a genre is answered that was not the answer just before."""
    before = np.concatenate([[-1], answers[:-1]])
    return int(np.count_nonzero(_genres(answers, rules) & (answers != before)))


def _hours(listening: Listening, rate: int) -> float:
    return float(listening.ends[-1]) / rate / 3600
