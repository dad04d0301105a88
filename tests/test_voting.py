"""How windows decide together: sums done by hand, and properties that hold for any windows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegenre.voting import VOTES, combined, named_vote, track_shares

SHARES = np.array([[0.5, 0.4, 0.1], [0.1, 0.5, 0.4], [0.6, 0.3, 0.1], [0.0, 0.1, 0.9]])


@pytest.mark.parametrize(
    ("vote", "expected"),
    [
        ("mean", [1.2 / 4, 1.3 / 4, 1.5 / 4]),
        ("sum", [1.2 / 4, 1.3 / 4, 1.5 / 4]),
        ("majority", [2 / 4, 1 / 4, 1 / 4]),
        ("maximum", [0.6 / 2.0, 0.5 / 2.0, 0.9 / 2.0]),
    ],
)
def test_each_vote_by_hand(vote, expected):
    np.testing.assert_allclose(combined(SHARES, vote), expected, rtol=1e-12)


@pytest.mark.parametrize("vote", VOTES)
def test_a_track_of_one_window_is_won_by_the_window_s_class(vote):
    for window in SHARES:
        assert combined(window[np.newaxis], vote).argmax() == window.argmax()


@pytest.mark.parametrize("vote", VOTES)
@given(data=st.data())
def test_every_vote_is_a_distribution_that_does_not_depend_on_the_windows_order(vote, data):
    windows, classes = data.draw(st.integers(1, 20)), data.draw(st.integers(2, 13))
    shares = np.random.default_rng(data.draw(st.integers(0, 999))).dirichlet(np.ones(classes), windows)
    found = combined(shares, vote)
    assert found.shape == (classes,)
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(1)
    np.testing.assert_allclose(combined(shares[::-1], vote), found, rtol=1e-12)


@pytest.mark.parametrize("vote", VOTES)
def test_tracks_vote_for_themselves(vote):
    logits = np.random.default_rng(0).normal(0, 2, (7, 4))
    powers = np.exp(logits)
    shares = powers / powers.sum(axis=1, keepdims=True)
    found = track_shares(logits, np.array([0, 0, 0, 1, 2, 2, 2]), vote)
    expected = [combined(part, vote) for part in (shares[:3], shares[3:4], shares[4:])]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_tie_goes_to_the_lower_class():
    assert combined(np.array([[0.4, 0.6], [0.6, 0.4]]), "majority").argmax() == 0


@pytest.mark.parametrize("name", ["median", None, ["mean"], 3])
def test_a_vote_that_is_not_known_is_refused_by_name(name):
    with pytest.raises(ValueError, match="is not known; this version has: mean, majority, maximum, sum"):
        named_vote(name)
