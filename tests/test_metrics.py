"""Scores and intervals against scikit-learn, scipy and textbook figures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats
from sklearn import metrics as sklearn_metrics
from sklearn.calibration import calibration_curve

from edgegenre import metrics

labels = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(pairs=labels)
def test_scores_equal_scikit_learn_s(pairs: list[tuple[int, int]]) -> None:
    truth, predicted = np.array(pairs).T
    confusion = metrics.confusion_matrix(truth, predicted, 5)
    np.testing.assert_array_equal(confusion, sklearn_metrics.confusion_matrix(truth, predicted, labels=range(5)))
    expected = sklearn_metrics.f1_score(truth, predicted, average="macro", zero_division=0)
    assert metrics.macro_f1(confusion) == pytest.approx(expected)
    assert metrics.accuracy(truth, predicted) == pytest.approx(sklearn_metrics.accuracy_score(truth, predicted))
    table = sklearn_metrics.precision_recall_fscore_support(truth, predicted, labels=range(5), zero_division=0)
    found = [(score.precision, score.recall, score.f1, score.support) for score in metrics.per_class(confusion)]
    np.testing.assert_allclose(found, np.array(table).T)


@given(values=st.lists(st.floats(-700, 700), min_size=1, max_size=13))
def test_softmax_equals_scipy_s_and_never_overflows(values: list[float]) -> None:
    np.testing.assert_allclose(metrics.softmax(np.array(values)), special.softmax(values), rtol=1e-12)


def test_ties_go_to_the_lower_class() -> None:
    assert metrics.top1_agreement(np.array([[3, 3, 1]]), np.array([[5, 0, 0]])) == 1.0
    assert metrics.top1_agreement(np.array([[3, 3, 1]]), np.array([[0, 5, 0]])) == 0.0


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 9, 10, 29, 30, 100])
def test_the_t_quantile_equals_scipy_s(degrees: int) -> None:
    assert metrics.t_quantile_975(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), rel=1e-9)


def test_an_interval_over_repeats_is_student_s() -> None:
    values = np.array([0.81, 0.84, 0.79, 0.86, 0.83])
    interval = metrics.mean_interval(values)
    low, high = stats.t.interval(0.95, 4, loc=values.mean(), scale=stats.sem(values))
    assert (interval.low, interval.high) == pytest.approx((low, high))
    assert np.isnan(metrics.mean_interval(values[:1]).low)


def test_an_interval_of_shares_stays_among_shares() -> None:
    few = metrics.share_interval(np.array([1.0, 0.0, 0.0]))
    assert (few.value, few.low, few.high) == (pytest.approx(1 / 3), 0.0, 1.0)
    many = np.array([0.62, 0.58, 0.65, 0.6])
    assert metrics.share_interval(many) == metrics.mean_interval(many)
    assert np.isnan(metrics.share_interval(many[:1]).low)


@pytest.mark.parametrize(("hits", "clips"), [(0, 10), (3, 10), (10, 10), (57, 100)])
def test_the_wilson_interval_equals_scipy_s(hits: int, clips: int) -> None:
    expected = stats.binomtest(hits, clips).proportion_ci(method="wilson")
    interval = metrics.wilson_interval(hits, clips)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


@settings(max_examples=40, deadline=None)
@given(only_one=st.integers(0, 30), only_other=st.integers(0, 30))
def test_mcnemar_is_the_exact_binomial_test(only_one: int, only_other: int) -> None:
    truth, one, other = paired_answers(both=5, only_one=only_one, only_other=only_other, neither=3)
    discordant = only_one + only_other
    expected = stats.binomtest(only_one, discordant).pvalue if discordant else 1.0
    assert metrics.mcnemar(truth, one, other) == pytest.approx(expected)


def test_the_paired_interval_of_a_textbook_s_poll() -> None:
    """Agresti, Categorical Data Analysis, table 10.1: 944 of 1600 approve at first, 880 later; 95 % 0.02 to 0.06."""
    interval = metrics.paired_difference(*paired_answers(both=794, only_one=150, only_other=86, neither=570))
    assert interval.value == pytest.approx(0.04)
    assert (round(interval.low, 2), round(interval.high, 2)) == (0.02, 0.06)


@pytest.mark.parametrize(("lost", "gained"), [(0.02, 0.02), (0.01, 0.0), (0.1, 0.05), (0.004, 0.002)])
def test_the_paired_interval_holds_the_true_difference_in_95_of_100_samples(lost: float, gained: float) -> None:
    """Every outcome of 100 clips, weighted by its multinomial probability."""
    held = 0.0
    for only_one in range(40):
        for only_other in range(30):
            same = 100 - only_one - only_other
            weight = stats.multinomial.pmf([only_one, only_other, same], 100, [lost, gained, 1 - lost - gained])
            interval = metrics.paired_difference(*paired_answers(same, only_one, only_other, 0))
            held += weight * (interval.low <= lost - gained <= interval.high)
    assert 0.94 <= held <= 1


def test_two_that_never_differ_are_not_proven_equal() -> None:
    interval = metrics.paired_difference(*paired_answers(both=60, only_one=0, only_other=0, neither=40))
    assert interval.value == 0
    assert interval.low == pytest.approx(-1.96 / 102, abs=1e-4)
    assert interval.high == -interval.low


def paired_answers(both: int, only_one: int, only_other: int, neither: int) -> tuple[np.ndarray, ...]:
    """Truth, one, other: so many clips that both, only the one, only the other, neither has right."""
    counts = [both, only_one, only_other, neither]
    one, other = np.repeat([0, 0, 1, 1], counts), np.repeat([0, 1, 0, 1], counts)
    return np.zeros(sum(counts), int), one, other


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 200))
def test_the_bins_and_the_calibration_error_are_those_of_a_count_by_hand(seed: int, clips: int) -> None:
    generator = np.random.default_rng(seed)
    shares = generator.dirichlet([0.4] * 4, clips)
    truth = generator.integers(0, 4, clips)
    held: dict[int, list[tuple[float, bool]]] = {}
    for row, label in zip(shares.tolist(), truth.tolist(), strict=True):
        place = next(number for number in range(15) if max(row) <= (number + 1) / 15 + 1e-15)
        held.setdefault(place, []).append((max(row), row.index(max(row)) == label))
    expected = sum(
        abs(sum(right for _, right in members) - sum(confidence for confidence, _ in members))
        for members in held.values()
    )
    bins = metrics.reliability(shares, truth)
    assert metrics.calibration_error(bins) == pytest.approx(expected / clips, abs=1e-12)
    assert [item.clips for item in bins] == [len(held[place]) for place in sorted(held)]


def test_the_reliability_diagram_is_scikit_learn_s() -> None:
    generator = np.random.default_rng(1)
    shares = generator.dirichlet([0.5] * 5, 400)
    truth = generator.integers(0, 5, 400)
    right = shares.argmax(axis=1) == truth
    accuracy, confidence = calibration_curve(right, shares.max(axis=1), n_bins=15)
    bins = metrics.reliability(shares, truth)
    np.testing.assert_allclose([item.accuracy for item in bins], accuracy)
    np.testing.assert_allclose([item.confidence for item in bins], confidence)


def test_the_calibration_error_of_a_textbook_case() -> None:
    """Ten clips at 90 % of which six are right, ten at 60 % of which six are right: (0.3 + 0) / 2."""
    shares = np.array([[0.9, 0.1]] * 10 + [[0.6, 0.4]] * 10)
    truth = np.array([0] * 6 + [1] * 4 + [0] * 6 + [1] * 4)
    assert metrics.calibration_error(metrics.reliability(shares, truth)) == pytest.approx(0.15)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 20))
def test_probabilities_and_their_log_loss_are_scipy_s(seed: int, temperature: float) -> None:
    generator = np.random.default_rng(seed)
    logits, truth = generator.normal(0, 5, (7, 4)), generator.integers(0, 4, 7)
    expected = special.softmax(logits / temperature, axis=1)
    np.testing.assert_allclose(metrics.probabilities(logits, temperature), expected, rtol=1e-9)
    loss = metrics.log_loss(logits, truth, temperature)
    expected = -special.log_softmax(logits / temperature, axis=1)[np.arange(7), truth]
    np.testing.assert_allclose(loss, expected, rtol=1e-9, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1), st.lists(st.integers(0, 6), min_size=1))
def test_the_area_under_the_curve_is_scikit_learn_s_ties_included(positive: list[int], negative: list[int]) -> None:
    truth = [1] * len(positive) + [0] * len(negative)
    expected = sklearn_metrics.roc_auc_score(truth, positive + negative)
    assert metrics.area_under_roc(np.array(positive), np.array(negative)) == pytest.approx(expected)
