"""A stream or a clip as a model heard it: answers at any threshold are made of it without listening again."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from edgegenre.decisions.arithmetic import LevelGate, hop_energies, measured, steps_of
from edgegenre.decisions.decider import Averages, averages_of, rules_in
from edgegenre.decisions.rules import Rules
from edgegenre.integer.streaming import Mode
from edgegenre.runtime.classifier import Classifier, Decision


@dataclass(frozen=True, kw_only=True, eq=False)
class Measurements:
    """What one stream or clip was measured to be, before any threshold.

    decisions: at least one. ends: samples heard before each, int64 [decisions]; samples: in all. shares [decisions,
    classes], scores [decisions]: as `measured` gives them. energies: of the hops up to the last decision, int64 [hops].
    """

    decisions: list[Decision]
    ends: np.ndarray
    samples: int
    shares: np.ndarray
    scores: np.ndarray
    energies: np.ndarray

    def averages(self, rules: Rules, mode: Mode) -> list[Averages]:
        """Behind each decision, as `rules` smooth them; thresholds and confirmation have no part in them."""
        silent = _silent(self.energies, self.ends // rules.hop_samples, rules)
        return averages_of(self.shares, self.scores, silent, rules_in(rules, mode), mode)


@dataclass(frozen=True, kw_only=True, eq=False)
class Listening:
    """decisions: of one stream in continuous mode, at least one. ends: samples heard before each, int64 [decisions].

    averages: probabilities and scores behind each, as `rules` smooth them; thresholds have no part in them.
    """

    decisions: list[Decision]
    ends: np.ndarray
    averages: list[Averages]
    rules: Rules


class Ear:
    """Measures one stream or clip, from its beginning, while `classifier` hears it."""

    def __init__(self, classifier: Classifier) -> None:
        classifier.reset()
        self._classifier = classifier
        self._rules = classifier.model.rules(classifier.engine.output)
        self._decisions: list[Decision] = []
        self._pending, self._energies, self._samples = np.empty(0, np.int16), [np.empty(0, np.int64)], 0

    def push(self, pcm: np.ndarray) -> int:
        """Take int16 samples; how many decisions they made. A clip is pushed in one piece, and ends with it."""
        found = self._classifier.push(pcm)
        if self._classifier.mode == "clip":
            found = [item for item in found if not item.provisional]
            if not found and len(pcm) >= self._classifier.model.clock.frame_length:
                found = self._classifier.finish()
        self._decisions += found
        self._samples += len(pcm)
        self._pending = np.concatenate([self._pending, pcm])
        self._energies.append(hop_energies(self._pending, self._rules.hop_samples))
        self._pending = self._pending[len(self._energies[-1]) * self._rules.hop_samples :]
        return len(found)

    def measurements(self) -> Measurements | None:
        """Of what was pushed; None when it was too short for a decision."""
        if not self._decisions:
            return None
        dtype = np.float32 if self._classifier.engine.output is None else np.int16
        logits = steps_of(np.array([item.logits for item in self._decisions], dtype))
        shares, scores = measured(logits, self._rules)
        rate = self._classifier.model.sample_rate
        ends = np.array([round(item.time_seconds * rate) for item in self._decisions], np.int64)
        return Measurements(
            decisions=self._decisions,
            ends=ends,
            samples=self._samples,
            shares=shares,
            scores=scores,
            energies=np.concatenate(self._energies)[: ends[-1] // self._rules.hop_samples],
        )


def listen(classifier: Classifier, pieces: Iterable[np.ndarray]) -> Listening | None:
    """Push int16 `pieces` of one stream, from its beginning, through a classifier in continuous mode.

    None when they are too short for a decision.
    """
    ear = Ear(classifier)
    for piece in pieces:
        ear.push(piece)
    found = ear.measurements()
    if found is None:
        return None
    rules = classifier.model.rules(classifier.engine.output)
    return Listening(
        decisions=found.decisions, ends=found.ends, averages=found.averages(rules, "continuous"), rules=rules
    )


def _silent(energies: np.ndarray, hops: np.ndarray, rules: Rules) -> np.ndarray:
    """Whether nothing was heard from one decision to the next, bool [decisions]. hops: heard before each of them."""
    gate = LevelGate(rules)
    is_open = np.array([gate.push(energy) for energy in energies.tolist()], bool)
    opened = np.concatenate([[0], np.cumsum(is_open)])
    before = np.concatenate([[0], hops[:-1]])
    heard = opened[hops] > opened[before]
    # The gate is as its last hop left it; before any hop it is open.
    last = np.array([hop == 0 or bool(is_open[hop - 1]) for hop in hops.tolist()])
    return ~(heard | last)
