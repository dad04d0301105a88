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
