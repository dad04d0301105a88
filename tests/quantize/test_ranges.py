"""Entropy calibration against scipy's divergence, a search of all ranges and sums by hand; percentiles by numpy's."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edgegenre.quantize.ranges import BINS, LEVELS, Entropy, MinMax, Percentile, divergence


def scipy_divergence(counts: np.ndarray, first: int, last: int) -> float:
    """TensorRT's comparison written out bin by bin, the divergence itself by scipy."""
    p = [float(count) for count in counts[first : last + 1]]
    q = [0.0] * len(p)
    for level in range(LEVELS):
        members = [place for place in range(len(p)) if place * LEVELS // len(p) == level and p[place] > 0]
        for place in members:
            q[place] = sum(p[member] for member in members) / len(members)
    p[0] += counts[:first].sum()
    p[-1] += counts[last + 1 :].sum()
    return float(scipy.stats.entropy(p, q))


@pytest.mark.parametrize(("first", "last"), [(0, 599), (0, 511), (37, 400), (100, 355), (250, 310)])
def test_the_divergence_is_scipy_s(first: int, last: int) -> None:
    counts = np.random.default_rng(1).poisson(3.0, 600)
    counts[[first, last]] = 4
    assert divergence(counts, first, last) == pytest.approx(scipy_divergence(counts, first, last), rel=1e-9)


def test_merging_pairs_of_one_and_three_costs_what_the_sum_by_hand_says() -> None:
    """512 bins, two a level: p is 1/4 and 3/4 of a pair, q half and half."""
    expected = 0.25 * math.log(0.25 / 0.5) + 0.75 * math.log(0.75 / 0.5)
    assert divergence(np.tile([1, 3], LEVELS), 0, 511) == pytest.approx(expected)


def test_saturation_costs_what_the_sum_by_hand_says() -> None:
    """256 equal bins in the range, one a level, and 64 values above it, which saturate into the last."""
    counts = np.append(np.ones(LEVELS, np.int64), 64)
    expected = 255 / 320 * math.log(256 / 320) + 65 / 320 * math.log(65 * 256 / 320)
    assert divergence(counts, 0, 255) == pytest.approx(expected)


def test_a_range_that_ends_in_an_empty_bin_is_out_of_the_question() -> None:
    counts = np.ones(400, np.int64)
    counts[299] = 0
    assert divergence(counts, 0, 299) == math.inf


def test_the_range_of_a_relu_is_the_best_of_all_candidates() -> None:
    """Few enough filled bins that every one is tried; the limit is 1, so that a bin is 1 / BINS wide."""
    places = np.append(np.arange(300), [420, 640, 900, 1200, 1600, 2047])
    weights = np.append(np.round(400 * np.exp(-np.arange(300) / 90)).astype(int) + 1, [9, 3, 4, 1, 1, 1])
    values = np.repeat((places + 0.5) / BINS, weights)
    observer = Entropy()
    observer.observe(np.array([1.0, 0.0]))
    observer.observe(np.append(values, np.zeros(50_000)))
    low, high = observer.range()
    counts = np.zeros(BINS, np.int64)
    np.add.at(counts, places, weights)
    counts[-1] += 1
    ends = [end for end in np.flatnonzero(counts) if end >= LEVELS - 1]
    best = min(ends, key=lambda end: scipy_divergence(counts, 0, end))
    assert low == 0.0
    assert high == pytest.approx((best + 1) / BINS)
    assert LEVELS / BINS <= high < 1.0


def test_both_ends_are_chosen_when_values_have_both_signs() -> None:
    generator = np.random.default_rng(2)
    values = np.concatenate([generator.normal(0, 1, 200_000), [-60.0], generator.exponential(2, 100_000)])
    observer = Entropy()
    for part in np.array_split(values, 5):
        observer.observe(part)
    low, high = observer.range()
    assert -60.0 < low < -1.0
    assert 2.0 < high <= values.max()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.zeros(10), (0.0, 0.0)),
        (np.array([3.0]), (0.0, 3.0)),
        (np.array([-3.0, -1.0]), (-3.0, 0.0)),
        (np.array([-2.0, 5.0]), (-2.0, 5.0)),
    ],
)
def test_a_handful_of_values_is_covered(values: np.ndarray, expected: tuple[float, float]) -> None:
    observer = Entropy()
    observer.observe(values)
    assert observer.range() == pytest.approx(expected)


values_in_batches = st.lists(
    arrays.arrays(np.float32, st.integers(1, 20), elements=st.floats(-1e6, 1e6, width=32)), min_size=1, max_size=4
)


@settings(max_examples=200, deadline=None)
@given(batches=values_in_batches)
def test_a_percentile_of_one_is_min_max(batches: list[np.ndarray]) -> None:
    everything, extremes = Percentile(1.0), MinMax()
    for batch in batches:
        everything.observe(batch)
        extremes.observe(batch)
    assert everything.range() == extremes.range()


def test_a_percentile_of_one_keeps_an_uneven_range() -> None:
    observer = Percentile(1.0)
    observer.observe(np.array([-1.1, 0.0, 10.0]))
    assert observer.range() == (-1.1, 10.0)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), kept=st.floats(0.6, 0.9999), center=st.floats(-3, 3))
def test_a_percentile_is_numpy_s_to_a_bin(seed: int, kept: float, center: float) -> None:
    values = np.random.default_rng(seed).normal(center, 1, 4001)
    observer = Percentile(kept)
    for part in np.array_split(values, 3):
        observer.observe(part)
    low, high = observer.range()
    width = 2 * np.abs(values).max() / BINS  # the outermost edges lie at most at twice the largest value
    upper, lower = (sign * np.quantile(sign * values, kept, method="inverted_cdf") for sign in (1, -1))
    assert high == pytest.approx(max(0.0, upper), abs=width)
    assert low == pytest.approx(min(0.0, lower), abs=width)
    assert values.min() <= low or low == 0.0
    assert high <= values.max() or high == 0.0
