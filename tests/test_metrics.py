"""Scores and intervals against scikit-learn, scipy and textbook figures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats
from sklearn import metrics as sklearn_metrics

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


@pytest.mark.parametrize(("hits", "clips"), [(0, 10), (3, 10), (10, 10), (57, 100)])
def test_the_wilson_interval_equals_scipy_s(hits: int, clips: int) -> None:
    expected = stats.binomtest(hits, clips).proportion_ci(method="wilson")
    interval = metrics.wilson_interval(hits, clips)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


@settings(max_examples=40, deadline=None)
@given(only_one=st.integers(0, 30), only_other=st.integers(0, 30))
def test_mcnemar_is_the_exact_binomial_test(only_one: int, only_other: int) -> None:
    truth = np.zeros(only_one + only_other + 5, int)
    one = np.concatenate([np.zeros(only_one), np.ones(only_other), np.zeros(5)]).astype(int)
    other = np.concatenate([np.ones(only_one), np.zeros(only_other), np.zeros(5)]).astype(int)
    discordant = only_one + only_other
    expected = stats.binomtest(only_one, discordant).pvalue if discordant else 1.0
    assert metrics.mcnemar(truth, one, other) == pytest.approx(expected)


def test_a_paired_difference_counts_only_where_the_two_differ() -> None:
    generator = np.random.default_rng(1)
    truth = generator.integers(0, 5, 400)
    one = np.where(generator.random(400) < 0.8, truth, 9)
    other = np.where(generator.random(400) < 0.7, truth, 9)
    interval = metrics.paired_difference(truth, one, other)
    assert interval.value == pytest.approx(np.mean(one == truth) - np.mean(other == truth))
    error = np.std((one == truth).astype(int) - (other == truth).astype(int)) / 20
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * error, rel=0.1)
    same = metrics.paired_difference(truth, one, one)
    assert (same.low, same.high) == (0.0, 0.0)
