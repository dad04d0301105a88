"""The corrected resampled t-test, against scipy's distribution and sums that are done here by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from edgegenre.reproduce.statistics import corrected_difference, holm

SHARES = st.floats(0, 1)


def test_the_test_statistic_is_that_of_a_calculation_by_hand() -> None:
    """d = 0.02, 0.04, 0.06: mean 0.04, variance 0.0004; 1/3 + 1/8 = 11/24; t = 0.04 / sqrt(11/24 * 0.0004) = 2.954."""
    found = corrected_difference([0.82, 0.84, 0.86], [0.80, 0.80, 0.80], 1 / 8)
    error = math.sqrt(11 / 24 * 0.0004)
    assert found.value == pytest.approx(0.04)
    # Student's t with two degrees of freedom has a closed form: P(|T| > t) = 1 - t / sqrt(2 + t * t).
    t = 0.04 / error
    assert t == pytest.approx(2.954, abs=1e-3)
    assert found.p == pytest.approx(1 - t / math.sqrt(2 + t * t))
    assert found.low == pytest.approx(0.04 - 4.302652729911275 * error)
    assert found.high == pytest.approx(0.04 + 4.302652729911275 * error)


@given(st.lists(st.tuples(SHARES, SHARES), min_size=2, max_size=30), st.floats(0.01, 1))
def test_p_and_interval_are_those_of_scipy_s_t_distribution(
    pairs: list[tuple[float, float]], test_share: float
) -> None:
    one, other = zip(*pairs, strict=True)
    differences = np.array(one) - np.array(other)
    found = corrected_difference(one, other, test_share)
    if found.p is None:
        assert np.ptp(differences) < 1e-9
        return
    error = math.sqrt((1 / len(pairs) + test_share) * differences.var(ddof=1))
    student = stats.t(len(pairs) - 1)
    assert found.p == pytest.approx(2 * student.sf(abs(differences.mean()) / error), abs=1e-9)
    assert found.low == pytest.approx(max(-1, differences.mean() - student.ppf(0.975) * error), abs=1e-9)
    assert found.high == pytest.approx(min(1, differences.mean() + student.ppf(0.975) * error), abs=1e-9)


def test_without_a_test_share_it_is_the_plain_paired_t_test() -> None:
    one, other = [0.7, 0.8, 0.75, 0.9], [0.6, 0.82, 0.7, 0.8]
    assert corrected_difference(one, other, 0.0).p == pytest.approx(stats.ttest_rel(one, other).pvalue)


@pytest.mark.parametrize(("one", "other"), [([0.9], [0.7]), ([0.9, 0.7], [0.8, 0.6]), ([0.5, 0.5], [0.5, 0.5])])
def test_one_split_or_equal_differences_say_nothing_of_chance(one: list[float], other: list[float]) -> None:
    found = corrected_difference(one, other, 0.2)
    assert found.value == pytest.approx(np.mean(one) - np.mean(other))
    assert (found.low, found.high, found.p) == (None, None, None)


def test_several_tests_are_corrected_for_their_number() -> None:
    """Holm's steps by hand: 0.01 * 3, then 0.03 * 2 = 0.06, then 0.04 * 1, which is not below the step before."""
    assert holm([0.04, None, 0.01, 0.03]) == pytest.approx([0.06, None, 0.03, 0.06])
