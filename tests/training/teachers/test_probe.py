"""A probe says what embeddings tell of the classes, not what it has learnt by heart."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from edgegenre.training.teachers.probe import STRENGTH, Probe, cross_fitted


def test_logits_are_those_of_a_logistic_regression_on_standardized_embeddings():
    generator = np.random.default_rng(0)
    embeddings, labels = generator.normal(5, 3, size=(60, 8)), np.arange(60) % 3
    scaler = StandardScaler().fit(embeddings)
    model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(scaler.transform(embeddings), labels)
    others = generator.normal(5, 3, size=(5, 8))
    expected = model.predict_log_proba(scaler.transform(others))
    np.testing.assert_allclose(Probe(embeddings, labels, 3).logits(others), expected, atol=1e-9)


def test_labels_that_the_embeddings_do_not_tell_are_not_known_by_heart():
    generator = np.random.default_rng(0)
    embeddings, labels = generator.normal(size=(200, 1000)), generator.integers(2, size=200)
    by_heart = Probe(embeddings, labels, 2).logits(embeddings).argmax(axis=1)
    found = cross_fitted(embeddings, labels, [str(number) for number in range(200)], 2).argmax(axis=1)
    assert np.mean(by_heart == labels) > 0.95
    # Chance on 200 tracks: 0.5, standard deviation 0.035.
    assert abs(np.mean(found == labels) - 0.5) < 4 * 0.035


def test_an_artist_s_tracks_are_answered_for_by_a_probe_that_knows_none_of_them():
    """Embeddings that tell the artist and nothing else: a probe that had heard him would be right."""
    generator = np.random.default_rng(1)
    artist = np.repeat(np.arange(40), 5)
    embeddings = generator.normal(size=(40, 100))[artist] + 0.01 * generator.normal(size=(200, 100))
    labels = generator.permutation(np.arange(40) % 2)[artist]
    found = cross_fitted(embeddings, labels, [f"artist {number}" for number in artist], 2).argmax(axis=1)
    alone = cross_fitted(embeddings, labels, [str(number) for number in range(200)], 2).argmax(axis=1)
    assert np.mean(alone == labels) > 0.95
    # Chance on 40 artists: 0.5, standard deviation 0.08.
    assert abs(np.mean(found == labels) - 0.5) < 4 * 0.08


@pytest.mark.parametrize("units", [["one", "one", "two", "three"] * 5, ["all"] * 20])
def test_a_class_of_a_single_artist_is_still_taught(units):
    labels = np.array([0, 0, 1, 1] * 5)
    embeddings = np.where(labels == 0, -1.0, 1.0)[:, None] * np.ones(1000)
    assert (cross_fitted(embeddings, labels, units, 2).argmax(axis=1) == labels).all()


def test_a_class_without_a_training_track_is_least_likely_and_finite():
    logits = Probe(np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 0, 2, 2]), 4).logits(np.array([[1.0]]))
    assert logits[0, [1, 3]].tolist() == [np.log(1e-6)] * 2
    assert np.isfinite(logits).all()
