"""The integers that decide: settings, the logits' quantization and the temperature, turned into one table.

The same numbers stand in `eg_decision` of a model's C, and nothing else is read when a decision is made.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgegenre.decisions.settings import Decisions, Score, default_decisions
from edgegenre.integer.quantization import Quantization

ONE = 1 << 15
"""Probability 1."""

SCORE_LIMIT = (1 << 22) - 1
"""Scores are clamped to plus and minus this, so that their means fit 32 bits."""

LOG2_BITS = 10
"""Fraction bits of the logarithm of an energy score."""

REAL_STEPS = Quantization(scale=1 / 256, zero_point=0, bits=16)
"""How a float model's logits are read: it has no steps of its own."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """All numbers of the decisions of one model.

    gate_opens, gate_closes: sums of squared int16 samples over `hop_samples` divided by these; at least 1, so that
    digital silence never passes. gate_hold: quiet hops that close the gate.
    exponentials: exp(-scale * d / T), Q15, is the product of exponentials[k][k-th hexadecimal digit of d].
    fraction_bits: of a score in logit steps. energy_factor: T * ln 2 / scale in such steps, 0 for other scores.
    score_unit: what a score of 1, a probability or a real logit, counts.
    threshold_score, hysteresis_score: Q15, or logit steps with fraction bits. other: the class that is no genre; the
    number of classes where there is none. thresholds: Q15, one a class. hysteresis: Q15.
    """

    classes: int
    zero_point: int
    hop_samples: int
    gate_opens: int
    gate_closes: int
    gate_hold: int
    exponentials: tuple[tuple[int, ...], ...]
    score: Score
    fraction_bits: int
    energy_factor: int
    score_unit: float
    threshold_score: int
    hysteresis_score: int
    other: int
    thresholds: tuple[int, ...]
    hysteresis: int
    smoothing: int
    confirmation: int

    @functools.cached_property
    def exponential_tables(self) -> np.ndarray:
        """`exponentials`, int64 [digits, 16]."""
        return np.array(self.exponentials, np.int64)

    @property
    def unknown(self) -> int:
        """The answer that stands for no genre of the model's, where a class number stands for a genre."""
        return self.classes

    @property
    def silence(self) -> int:
        """The answer where nothing is heard."""
        return self.classes + 1


def rules_for(
    decisions: Decisions | None,
    *,
    labels: Sequence[str],
    output: Quantization | None,
    temperature: float = 1.0,
    hop_samples: int,
    hop_seconds: float,
    decision_hops: int,
) -> Rules:
    """The integers of `decisions` for a model; None: of the default ones.

    output: how its integer logits are read; None for a float model, whose logits are to be rounded by REAL_STEPS.
    temperature: logits are divided by it. hop_samples, hop_seconds: of the gate, the same as the front end's.
    decision_hops: from one decision of a stream that goes on to the next.
    Raises ValueError when a label is not the model's, or numbers do not fit: a temperature far off the logits' scale.
    """
    decisions = decisions or default_decisions(decision_hops * hop_seconds)
    decisions.check_labels(labels)
    if decisions.other is not None and len(labels) == 1:
        raise ValueError(f"'{decisions.other}' is no genre, and the model has no other label")
    steps = output or REAL_STEPS
    fraction_bits = 16 - steps.bits
    step = float(steps.scale) / temperature
    energy_factor = 0
    if decisions.reject.score == "energy":
        energy_factor = round(np.log(2) / step * (1 << fraction_bits))
        if not 0 < energy_factor < 1 << 16:
            raise ValueError(f"the temperature {temperature:g} is too far off the scale of the logits, {steps.scale:g}")
    counting = decisions.reject.score in ("logit", "energy")
    unit = (1 << fraction_bits) / float(steps.scale) if counting else float(ONE)
    return Rules(
        classes=len(labels),
        zero_point=steps.zero_point,
        hop_samples=hop_samples,
        gate_opens=_mean_square(decisions.gate.opens),
        gate_closes=_mean_square(decisions.gate.closes),
        gate_hold=max(round(decisions.gate.hold_seconds / hop_seconds), 1),
        exponentials=tuple(_exponentials(step * 16.0**digit) for digit in range(steps.bits // 4)),
        score=decisions.reject.score,
        fraction_bits=fraction_bits,
        energy_factor=energy_factor,
        score_unit=unit,
        threshold_score=_clamped(decisions.reject.threshold * unit),
        hysteresis_score=_clamped(decisions.reject.hysteresis * unit),
        other=labels.index(decisions.other) if decisions.other is not None else len(labels),
        thresholds=tuple(round(decisions.thresholds.get(label, 0.0) * ONE) for label in labels),
        hysteresis=round(decisions.hysteresis * ONE),
        smoothing=decisions.smoothing,
        confirmation=decisions.confirmation,
    )


def _mean_square(decibels: float) -> int:
    """Of int16 samples at a level in dBFS; at least 1."""
    return max(round(2.0**30 * 10 ** (decibels / 10)), 1)


def _exponentials(step: float) -> tuple[int, ...]:
    """exp(-step * digit), Q15, of the sixteen hexadecimal digits."""
    return tuple(np.rint(ONE * np.exp(-step * np.arange(16))).astype(np.int64).tolist())


def _clamped(value: float) -> int:
    return round(min(max(value, -SCORE_LIMIT), SCORE_LIMIT))
