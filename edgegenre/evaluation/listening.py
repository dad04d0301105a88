"""A stream as the rules of the decisions heard it: answers at any threshold are made of it without listening again."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from edgegenre.decisions.arithmetic import LevelGate, hop_energies, measured, steps_of
from edgegenre.decisions.decider import Averages, averages_of
from edgegenre.decisions.rules import Rules
from edgegenre.runtime.classifier import Classifier, Decision


@dataclass(frozen=True, kw_only=True, eq=False)
class Listening:
    """decisions: of one stream in continuous mode, at least one. ends: samples heard before each, int64 [decisions].

    averages: probabilities and scores behind each, as `rules` smooth them; thresholds have no part in them. score_unit:
    steps of a score that are 1 in `Reject`.
    """

    decisions: list[Decision]
    ends: np.ndarray
    averages: list[Averages]
    rules: Rules
    score_unit: float


def listen(classifier: Classifier, pieces: Iterable[np.ndarray]) -> Listening | None:
    """Push int16 `pieces` of one stream, from its beginning, through a classifier in continuous mode.

    None when they are too short for a decision.
    """
    classifier.reset()
    rules = classifier.model.rules(classifier.engine.output)
    gate, pending = LevelGate(rules), np.empty(0, np.int16)
    decisions: list[Decision] = []
    is_open: list[bool] = []
    for piece in pieces:
        decisions += classifier.push(piece)
        pending = np.concatenate([pending, piece])
        energies = hop_energies(pending, rules.hop_samples)
        pending = pending[len(energies) * rules.hop_samples :]
        is_open += [gate.push(energy) for energy in energies.tolist()]
    if not decisions:
        return None
    ends = np.array([round(item.time_seconds * classifier.model.sample_rate) for item in decisions], np.int64)
    shares, scores = measured(steps_of(np.array([item.logits for item in decisions])), rules)
    silent = _silent(np.array(is_open), ends // rules.hop_samples)
    return Listening(
        decisions=decisions,
        ends=ends,
        averages=averages_of(shares, scores, silent, rules),
        rules=rules,
        score_unit=rules.score_unit,
    )


def _silent(is_open: np.ndarray, hops: np.ndarray) -> np.ndarray:
    """Whether nothing was heard from one decision to the next, bool [decisions]. hops: heard before each of them."""
    opened = np.concatenate([[0], np.cumsum(is_open)])
    before = np.concatenate([[0], hops[:-1]])
    heard = opened[hops] > opened[before]
    # The gate is as its last hop left it; before any hop it is open.
    last = np.array([hop == 0 or bool(is_open[hop - 1]) for hop in hops.tolist()])
    return ~(heard | last)
