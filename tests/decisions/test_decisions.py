"""The integers are what softmax, log-sum-exp and plain sums say; an answer changes when it is written that it does."""

import dataclasses
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp, softmax

from edgegenre.decisions.arithmetic import LevelGate, hop_energies, measured, steps_of
from edgegenre.decisions.decider import Decider, answers_of, averages_of
from edgegenre.decisions.rules import ONE, Rules, rules_for
from edgegenre.decisions.settings import SCORES, Decisions, Gate, Reject, Score
from edgegenre.integer.quantization import Quantization

LABELS = ("a", "b", "c", "other")
UNKNOWN, SILENCE = 4, 5
HOP = 800


def rules(decisions: Decisions, output: Quantization | None = None, temperature: float = 1.0) -> Rules:
    return rules_for(
        decisions,
        labels=LABELS,
        output=output,
        temperature=temperature,
        hop_samples=HOP,
        hop_seconds=0.05,
        decision_hops=4,
    )


@settings(max_examples=60)
@given(
    scale=st.floats(0.02, 0.5),
    temperature=st.floats(0.3, 5),
    zero_point=st.integers(-128, 127),
    score=st.sampled_from(SCORES),
    seed=st.integers(0, 10**6),
    wide=st.booleans(),
)
def test_probabilities_and_scores_are_those_of_real_numbers(
    scale: float, temperature: float, zero_point: int, score: Score, seed: int, wide: bool
) -> None:
    output = (
        Quantization(scale=scale / 100, zero_point=0, bits=16)
        if wide
        else Quantization(scale=scale, zero_point=zero_point, bits=8)
    )
    logits = np.random.default_rng(seed).integers(output.low, output.high + 1, (50, 4)).astype(output.dtype)
    real = output.real(logits)
    true = softmax(real / temperature, axis=1)
    table = rules(Decisions(reject=Reject(score=score), other="other"), output, temperature)
    shares, scores = measured(logits, table)
    np.testing.assert_allclose(shares / ONE, true, atol=2e-4)
    expected = {
        "probability": true[:, :3].max(axis=1),
        "other": 1 - true[:, 3],
        "logit": real.max(axis=1),
        "energy": temperature * logsumexp(real / temperature, axis=1),
    }[score]
    # The logarithm drops bits below T * ln 2 / 1024, the score those below a step of int16, a 256th of one of int8.
    bound = 2e-4 + 2e-3 * temperature + (output.scale if wide else output.scale / 256)
    np.testing.assert_allclose(scores / table.score_unit, expected, atol=bound)


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), score=st.sampled_from(["logit", "energy"]))
def test_scores_that_are_too_large_are_clamped_and_never_wrap(seed: int, score: Score) -> None:
    table = rules(Decisions(reject=Reject(score=score)), Quantization(scale=0.5, zero_point=0, bits=8), 100.0)
    logits = np.random.default_rng(seed).integers(-128, 128, (50, 4)).astype(np.int8)
    _, scores = measured(logits, table)
    assert (abs(scores) < 1 << 22).all()


def test_real_logits_are_read_in_steps_of_a_256th() -> None:
    logits = np.array([1.0, -0.5, 1e9, 0.002], np.float32)
    assert steps_of(logits).tolist() == [256, -128, 32767, 1]
    assert steps_of(np.array([3, -4], np.int8)).tolist() == [3, -4]


def test_energies_are_sums_of_squares_of_whole_hops() -> None:
    pcm = np.full(2 * HOP + 3, -32768, np.int16)
    assert hop_energies(pcm, HOP).tolist() == [HOP << 30] * 2
    assert hop_energies(pcm[: HOP - 1], HOP).tolist() == []


def gate_states(levels: Iterable[float], gate: Gate) -> str:
    """ "o" and "c" behind hops at these levels in dBFS."""
    opened = LevelGate(rules(Decisions(gate=gate)))
    found = (opened.push(round(2**30 * 10 ** (level / 10) * HOP)) for level in levels)
    return "".join("o" if state else "c" for state in found)


def test_the_gate_opens_at_once_and_closes_after_its_hold() -> None:
    gate = Gate(opens=-50, closes=-60, hold_seconds=0.15)
    assert gate_states([-70, -55, -49, -55, -70, -70, -70, -55, -40], gate) == "ccoooocco"
    assert gate_states([-40, -70, -70, -55, -70, -70, -70], gate) == "ooooooc", "what is not quiet begins the hold anew"


@pytest.mark.parametrize("opens", [0.0, -40.0, -90.0])
def test_digital_silence_never_opens_the_gate(opens: float) -> None:
    gate = LevelGate(rules(Decisions(gate=Gate(opens=opens, closes=-90))))
    assert not any(gate.push(0) for _ in range(100))


def spoken(decisions: Decisions, leaders: str, *, share: float = 0.9, silent: str = "") -> str:
    """The answer behind each decision, in which the class `leaders` names has `share` of the probability.

    A "-" in `silent` is a decision in silence. Answers are written by their labels, "?" unknown and "_" silence.
    """
    powers = np.full((len(leaders), 4), (1 - share) / 3)
    powers[np.arange(len(leaders)), [LABELS.index({"o": "other"}.get(name, name)) for name in leaders]] = share
    table = rules(decisions)
    logits = steps_of(np.log(powers).astype(np.float32))
    quiet = np.array([mark == "-" for mark in silent.ljust(len(leaders))])
    averages = averages_of(*measured(logits, table), quiet, table)
    return "".join("abco?_"[answer] for answer in answers_of(averages, table))


PLAIN = Decisions(smoothing=1, confirmation=1, hysteresis=0)


@pytest.mark.parametrize(
    ("decisions", "leaders", "said"),
    [
        (PLAIN, "aabbcaa", "aabbcaa"),
        (dataclasses.replace(PLAIN, confirmation=3), "aaaababbbb", "??aaaaaabb"),
        (dataclasses.replace(PLAIN, confirmation=2), "abababcc", "???????c"),
        (dataclasses.replace(PLAIN, other="other"), "aaooa", "aa??a"),
        (dataclasses.replace(PLAIN, thresholds={"b": 0.95}), "aabba", "aa??a"),
        (dataclasses.replace(PLAIN, reject=Reject(threshold=0.95)), "aabb", "????"),
        # Means of two: b overtakes a with its second decision; of four, after a's have been forgotten by half.
        (dataclasses.replace(PLAIN, smoothing=2), "aaabbb", "aaaabb"),
        (dataclasses.replace(PLAIN, smoothing=4), "aaaabbbb", "aaaaaabb"),
        # With hysteresis it has to be ahead by more than that.
        (dataclasses.replace(PLAIN, smoothing=4, hysteresis=0.4), "aaaabbbbb", "aaaaaaaab"),
    ],
)
def test_an_answer_changes_when_it_is_written_that_it_does(decisions: Decisions, leaders: str, said: str) -> None:
    assert spoken(decisions, leaders) == said


def test_a_genre_stays_the_answer_below_the_threshold_by_the_hysteresis() -> None:
    decisions = dataclasses.replace(PLAIN, thresholds={"a": 0.8}, hysteresis=0.1, reject=Reject(threshold=0))
    table = rules(decisions)
    shares = np.array([0.75, 0.85, 0.75, 0.65, 0.75])
    powers = np.stack([shares, *[(1 - shares) / 3] * 3], axis=1)
    logits = steps_of(np.log(powers).astype(np.float32))
    averages = averages_of(*measured(logits, table), np.zeros(5, bool), table)
    assert answers_of(averages, table).tolist() == [UNKNOWN, 0, 0, UNKNOWN, UNKNOWN]


def test_silence_is_said_at_once_and_forgets() -> None:
    decisions = dataclasses.replace(PLAIN, smoothing=50, confirmation=2)
    assert spoken(decisions, "aaaaabbbbb", silent="    --    ") == "?aaa___bbb"


def test_since_is_when_it_was_said_first_and_the_probability_is_averaged() -> None:
    table = rules(dataclasses.replace(PLAIN, smoothing=2, confirmation=3))
    decider = Decider(table)
    logits = steps_of(np.log(np.array([0.7, 0.1, 0.1, 0.1])).astype(np.float32))
    other = steps_of(np.log(np.array([0.9, 0.03, 0.03, 0.04])).astype(np.float32))
    told = [
        decider.decide(row, now) for now, row in zip((10, 20, 30, 40), (logits, logits, logits, other), strict=True)
    ]
    assert told == [True, False, True, False]
    assert decider.answer is not None
    assert (decider.answer.answer, decider.answer.since, decider.answer.now) == (0, 10, 40)
    assert decider.answer.probability / ONE == pytest.approx((0.7 + 0.9) / 2, abs=2e-3)


@settings(max_examples=30)
@given(smoothing=st.integers(1, 256), seed=st.integers(0, 10**6))
def test_averages_are_plain_means_first_and_then_forget(smoothing: int, seed: int) -> None:
    """Against float64: truncation leaves less than two steps of Q15."""
    table = rules(dataclasses.replace(PLAIN, smoothing=smoothing))
    logits = np.random.default_rng(seed).integers(-1500, 1500, (400, 4)).astype(np.int16)
    shares, scores = measured(logits, table)
    mean = np.zeros(4)
    for number, item in enumerate(averages_of(shares, scores, np.zeros(400, bool), table), start=1):
        mean += (shares[number - 1] - mean) / min(number, smoothing)
        assert abs(item.shares - mean).max() <= 2


def test_a_clip_s_answer_is_that_of_the_mean_of_its_windows() -> None:
    table = rules(dataclasses.replace(PLAIN, smoothing=1, confirmation=9, reject=Reject(threshold=0)))
    logits = np.random.default_rng(1).integers(-500, 500, (40, 4)).astype(np.int16)
    decider = Decider(table, "clip")
    shares, _ = measured(logits, table)
    for number, row in enumerate(logits, start=1):
        assert decider.decide(row, number), "every window is told"
        assert decider.answer is not None
        assert decider.answer.answer == shares[:number].mean(axis=0).argmax()
