"""From a stream of logits and hops of sound to answers: smoothing, thresholds, confirmation, hysteresis."""

import dataclasses
from dataclasses import dataclass

import numpy as np

from edgegenre.decisions.arithmetic import LevelGate, measured, steps_of
from edgegenre.decisions.rules import Rules
from edgegenre.decisions.settings import MOST_DECISIONS
from edgegenre.integer.streaming import Mode

_NONE = -1
"""Before the first answer."""

MEAN_BITS = 8
"""Fraction bits of averages beyond those of what is averaged."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """answer: a class, `Rules.unknown` or `Rules.silence`. probability: Q15, averaged: of the answer; of the most
    probable genre where that is unknown; 0 in silence. since: when it was first said, now: when it was said last."""

    answer: int
    probability: int
    since: int
    now: int


@dataclass(frozen=True, kw_only=True)
class Averages:
    """shares: averaged probabilities, Q15, int64 [classes]. score: averaged. silent: nothing was heard since before."""

    shares: np.ndarray
    score: int
    silent: bool


class Smoother:
    """Averages over the last decisions: the first `smoothing` plainly, from then on each with the weight 1 / smoothing.

    Silence forgets them; in clip mode a window in which nothing is heard only does not count.
    """

    def __init__(self, rules: Rules, mode: Mode) -> None:
        self._rules, self._mode = rules, mode
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._means, self._count = np.zeros(self._rules.classes + 1, np.int64), 0

    def push(self, shares: np.ndarray, score: int, silent: bool) -> Averages:
        """Take one decision: probabilities, Q15 [classes], and score. silent: nothing was heard since the last one."""
        if not silent:
            self._count = min(self._count + 1, self._rules.smoothing)
            news = (np.append(shares, score) << MEAN_BITS) - self._means
            self._means += np.sign(news) * (abs(news) // self._count)
        elif self._mode == "continuous":
            self.reset()
        rounded = (self._means + (1 << MEAN_BITS >> 1)) >> MEAN_BITS
        return Averages(shares=rounded[:-1], score=int(rounded[-1]), silent=self._count == 0)


class Answerer:
    """From averages to answers: until a genre is confirmed the answer is unknown. answer: the newest one."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.answer, self._probability, self._since, self._now = _NONE, 0, 0, 0
        self._candidate, self._candidate_since, self._agreed = _NONE, 0, 0

    @property
    def last(self) -> Answer | None:
        """The newest answer; None before the first decision."""
        if self.answer == _NONE:
            return None
        return Answer(answer=self.answer, probability=self._probability, since=self._since, now=self._now)

    def push(self, averages: Averages, now: int) -> bool:
        """Take one decision, made at the time `now`; whether it changed the answer."""
        shares: list[int] = averages.shares.tolist()
        proposed = self._proposed(averages, shares)
        if proposed != self._candidate:
            self._candidate, self._candidate_since, self._agreed = proposed, now, 0
        self._agreed = min(self._agreed + 1, self._rules.confirmation)
        confirmed = averages.silent or self._agreed == self._rules.confirmation
        changes = self.answer == _NONE or (confirmed and proposed != self.answer)
        if changes:
            self.answer = proposed if confirmed else self._rules.unknown
            self._since = self._candidate_since
        self._probability, self._now = self._probability_of(shares), now
        return changes

    def _proposed(self, averages: Averages, shares: list[int]) -> int:
        """What this decision alone says."""
        rules, current = self._rules, self.answer
        if averages.silent:
            return rules.silence
        best = shares.index(max(shares))
        if 0 <= current < rules.classes and shares[current] + rules.hysteresis >= shares[best]:
            best = current
        threshold, threshold_score = rules.thresholds[best], rules.threshold_score
        if best == current:
            threshold, threshold_score = threshold - rules.hysteresis, threshold_score - rules.hysteresis_score
        if best == rules.other or shares[best] < threshold or averages.score < threshold_score:
            return rules.unknown
        return best

    def _probability_of(self, shares: list[int]) -> int:
        if self.answer < self._rules.classes:
            return shares[self.answer]
        if self.answer == self._rules.silence:
            return 0
        return max(share for place, share in enumerate(shares) if place != self._rules.other)


class Decider:
    """Hops of sound and logits in, answers out: what `eg_decide.h` does in C, to the bit.

    continuous: an endless stream. clip: the windows of one clip; its answer is that of their average, without
    confirmation and hysteresis, and is told at every window. averages: behind the newest decision.
    """

    def __init__(self, rules: Rules, mode: Mode = "continuous") -> None:
        self.rules = rules_in(rules, mode)
        self._mode = mode
        self._gate, self._smoother = LevelGate(self.rules), Smoother(self.rules, mode)
        self._answerer = Answerer(self.rules)
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.averages: Averages | None = None
        self._gate.reset()
        self._smoother.reset()
        self._answerer.reset()
        self._heard = False

    @property
    def answer(self) -> Answer | None:
        """The answer now; None before the first decision."""
        return self._answerer.last

    def hear(self, energies: np.ndarray) -> None:
        """Take the energies of hops, as `hop_energies` computes them: those of the sound behind the next logits."""
        for energy in energies.tolist():
            self._heard |= self._gate.push(energy)

    def decide(self, logits: np.ndarray, now: int) -> bool:
        """Take logits [classes], made at the time `now` (any unit, never falling).

        Returns whether `answer` is to be told: it changed, or is that of a clip's next window.
        """
        shares, score = measured(steps_of(logits), self.rules)
        self.averages = self._smoother.push(shares, int(score), silent=not (self._heard or self._gate.is_open))
        self._heard = False
        return self._answerer.push(self.averages, now) or self._mode == "clip"


def averages_of(
    shares: np.ndarray, score: np.ndarray, silent: np.ndarray, rules: Rules, mode: Mode = "continuous"
) -> list[Averages]:
    """Those of one stream or clip, of probabilities [decisions, classes], scores and whether nothing was heard
    [decisions]; rules: as `rules_in` has them.

    What follows can then be tried with other thresholds, which averages know nothing of.
    """
    smoother = Smoother(rules, mode)
    return [smoother.push(*item) for item in zip(shares, score.tolist(), silent.tolist(), strict=True)]


def answers_of(averages: list[Averages], rules: Rules) -> np.ndarray:
    """The answer after every decision of one stream or clip, int64 [decisions]; rules: as `rules_in` has them."""
    answerer = Answerer(rules)
    found = []
    for now, item in enumerate(averages):
        answerer.push(item, now)
        found.append(answerer.answer)
    return np.array(found, np.int64)


def rules_in(rules: Rules, mode: Mode) -> Rules:
    """Those of a mode: a clip's windows are averaged over the whole clip, and each answers at once."""
    if mode == "continuous":
        return rules
    return dataclasses.replace(rules, smoothing=MOST_DECISIONS, confirmation=1, hysteresis=0, hysteresis_score=0)
