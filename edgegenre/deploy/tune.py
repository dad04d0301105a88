"""Choosing the thresholds of a bundle: how much may be called music that is none, and what that costs.

The score that rejects stays the one the bundle has. The gate lies below nearly all of the music. Then, for each of some
confirmation times and some shares of music that the reject threshold gives up, the thresholds of the genres that are
named most often for nothing are raised until the false ones are few enough; of all these the choice is the one with
which most of the music is answered rightly.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.bundle import Bundle, decision_seconds
from edgegenre.decisions.decider import Averages, answers_of, rules_in
from edgegenre.decisions.rules import ONE, Rules
from edgegenre.decisions.settings import Decisions, Gate, decisions_in, default_decisions
from edgegenre.deploy.retune import retune
from edgegenre.deploy.tuning_material import Heard, TuningMaterial, hear_music, hear_other
from edgegenre.errors import DatasetError, RuntimeEngineError
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.streaming import Mode
from edgegenre.progress import SILENT, Progress
from edgegenre.runtime.classifier import Classifier

GIVEN_UP = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7)
"""Shares of the music's decisions that the reject threshold is tried at."""

CONFIRMATION_SECONDS = (0.5, 1.0, 2.0, 4.0)

THRESHOLD_STEP = 0.05
"""By which a genre's threshold is raised."""

QUIET_HOPS, GATE_MARGIN = 0.005, 6.0
"""The gate opens this many dB below the level that this share of the music's hops is quieter than."""

LOUDEST_GATE, QUIETEST_GATE, GATE_HYSTERESIS = -50.0, -80.0, 4.0
"""dBFS: a microphone is not as loud as a file, and no gate may close on quiet music."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Shares of the music's decisions: answered with its genre, with another one, with unknown or silence.

    false_per_hour: answers that begin to name a genre which does not sound, an hour: of sound without music where there
    is some, else of the music.
    """

    right: float
    wrong: float
    rejected: float
    false_per_hour: float


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """What was chosen, and before and after it, both measured on the material that it was chosen on.

    music_seconds, other_seconds: of sound that was listened to. too_short: the bound is less than one false genre in
    all of it, so that none at all was allowed and nothing is known of rarer ones.
    """

    decisions: Decisions
    before: Cost
    after: Cost
    mode: Mode
    engine: str
    music_seconds: float
    other_seconds: float
    too_short: bool

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data."""
        return dataclasses.asdict(self)


def tune(
    bundle: Bundle,
    material: TuningMaterial,
    *,
    max_false_per_hour: float,
    engine: str | None = None,
    arithmetic: Arithmetic = "float32",
    skip_broken: bool = False,
    progress: Progress = SILENT,
) -> Tuning:
    """Choose the decisions of `bundle` with which at most `max_false_per_hour` genres are named falsely, and write them
    into it.

    engine: one that streams in continuous mode where the model can; see `open_engine`.
    Raises DatasetError when no thresholds do it, AudioError for a file that cannot be decoded.
    """
    classifier = _classifier(bundle.folder, engine, arithmetic)
    manifest = bundle.manifest
    seconds = decision_seconds(manifest.network, manifest.clock)
    decisions = manifest.decisions or default_decisions(seconds)
    rules = manifest.rules(classifier.engine.output)
    music = hear_music(classifier, material.music, skip_broken, progress)
    other = hear_other(classifier, material.other, skip_broken, progress) if material.other else []
    heard = _Evidence(music, other, classifier.mode)
    before = heard.cost(rules, heard.averages(rules))
    decisions = dataclasses.replace(decisions, gate=_gate(music, rules, decisions.gate), thresholds={})
    averages = heard.averages(dataclasses.replace(manifest, decisions=decisions).rules(classifier.engine.output))
    best: tuple[Decisions, Cost] | None = None
    with progress.task("choosing thresholds", len(CONFIRMATION_SECONDS) * len(GIVEN_UP)) as task:
        for candidate in _candidates(decisions, heard, rules.score_unit, seconds, classifier.mode):
            candidate_rules = dataclasses.replace(manifest, decisions=candidate).rules(classifier.engine.output)
            found = _held(candidate, candidate_rules, heard, averages, max_false_per_hour, manifest.labels)
            task.advance()
            if found is not None and (best is None or found[1].right > best[1].right):
                best = found
    if best is None:
        raise DatasetError(
            f"no thresholds keep false genres to {max_false_per_hour:g} an hour on this material. Allow more of them, "
            "or train the model on more music."
        )
    chosen, after = best
    retune(bundle, dataclasses.replace(manifest, decisions=chosen))
    music_seconds, other_seconds = (sum(item.seconds for item in part) for part in (music, other))
    return Tuning(
        decisions=chosen,
        before=before,
        after=after,
        mode=classifier.mode,
        engine=classifier.engine.name,
        music_seconds=music_seconds,
        other_seconds=other_seconds,
        too_short=max_false_per_hour * (other_seconds or music_seconds) / 3600 < 1,
    )


class _Evidence:
    """What was heard, and what rules make of it."""

    def __init__(self, music: Sequence[Heard], other: Sequence[Heard], mode: Mode) -> None:
        self._music, self._other, self._mode = music, other, mode

    def averages(self, rules: Rules) -> list[list[Averages]]:
        """Of each stream, the music first; thresholds and confirmation do not change them."""
        return [item.measured.averages(rules, self._mode) for item in (*self._music, *self._other)]

    def cost(self, rules: Rules, averages: Sequence[list[Averages]]) -> Cost:
        """Of all thresholds of `rules`."""
        answers = self._answers(rules, averages[: len(self._music)])
        truth = np.concatenate([item.truth for item in self._music])
        said = np.concatenate(answers)
        genre = said < rules.classes
        return Cost(
            right=float(np.mean(said == truth)),
            wrong=float(np.mean(genre & (said != truth))),
            rejected=float(np.mean(~genre)),
            false_per_hour=float(self.false_genres(rules, averages).sum()),
        )

    def false_genres(self, rules: Rules, averages: Sequence[list[Averages]]) -> np.ndarray:
        """By class, how often an hour an answer begins that names it falsely."""
        count = len(self._music)
        heard, those = (self._other, averages[count:]) if self._other else (self._music, averages[:count])
        counts = np.zeros(rules.classes)
        for item, said in zip(heard, self._answers(rules, those), strict=True):
            begins = np.diff(said, prepend=rules.unknown) != 0
            false = (said < rules.classes) & (said != item.truth)
            counts += np.bincount(said[begins & false], minlength=rules.classes)
        return counts / (sum(item.seconds for item in heard) / 3600)

    def music_scores(self) -> np.ndarray:
        """Of every decision on music."""
        return np.concatenate([item.measured.scores for item in self._music])

    def _answers(self, rules: Rules, averages: Sequence[list[Averages]]) -> list[np.ndarray]:
        """After each decision of each stream; of a clip, its last answer for all of it."""
        found = [answers_of(item, rules_in(rules, self._mode)) for item in averages]
        return [np.full_like(item, item[-1]) for item in found] if self._mode == "clip" else found


def _classifier(folder: Path, engine: str | None, arithmetic: Arithmetic) -> Classifier:
    """In continuous mode where model and engine can."""
    try:
        return Classifier(folder, engine, mode="continuous", arithmetic=arithmetic)
    except RuntimeEngineError:
        return Classifier(folder, engine, mode="clip", arithmetic=arithmetic)


def _gate(music: Sequence[Heard], rules: Rules, gate: Gate) -> Gate:
    """Below nearly all of the music that is not digital silence."""
    energies = np.concatenate([item.measured.energies for item in music])
    sounding = energies[energies > 0]
    if not len(sounding):
        return gate
    level = 10 * np.log10(np.quantile(sounding, QUIET_HOPS) / rules.hop_samples / 2.0**30) - GATE_MARGIN
    opens = round(float(np.clip(level, QUIETEST_GATE, LOUDEST_GATE)), 1)
    return dataclasses.replace(gate, opens=opens, closes=opens - GATE_HYSTERESIS)


def _candidates(decisions: Decisions, heard: _Evidence, unit: float, period: float, mode: Mode) -> Iterator[Decisions]:
    """Every confirmation with every reject threshold, without thresholds of genres. unit: of a score, as in `Rules`.
    period: seconds from one decision to the next."""
    for seconds in CONFIRMATION_SECONDS if mode == "continuous" else (1.0,):
        confirmation = decisions_in(seconds, period)
        for level in np.quantile(heard.music_scores(), GIVEN_UP).tolist():
            reject = dataclasses.replace(decisions.reject, threshold=round(level / unit, 4))
            yield dataclasses.replace(decisions, confirmation=confirmation, reject=reject)


def _held(
    decisions: Decisions,
    rules: Rules,
    heard: _Evidence,
    averages: Sequence[list[Averages]],
    most: float,
    labels: Sequence[str],
) -> tuple[Decisions, Cost] | None:
    """`decisions` with the genres' thresholds raised until false genres are few enough, and their cost; None when they
    never are. rules: of `decisions`."""
    thresholds = [0.0] * len(labels)
    while (false := heard.false_genres(rules, averages)).sum() > most:
        worst = int(np.argmax(false))
        thresholds[worst] = round(thresholds[worst] + THRESHOLD_STEP, 2)
        if thresholds[worst] > 1:
            return None
        rules = dataclasses.replace(rules, thresholds=tuple(round(value * ONE) for value in thresholds))
    named = {label: value for label, value in zip(labels, thresholds, strict=True) if value > 0}
    return dataclasses.replace(decisions, thresholds=named), heard.cost(rules, averages)
