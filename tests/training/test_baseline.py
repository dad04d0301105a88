import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from edgegenre.datasets.extended_ballroom import CLASSES
from edgegenre.datasets.split import stratified_split
from edgegenre.datasets.synthetic_render import render_track
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.training.baseline import baseline, statistics
from tests.datasets.layouts import plain


def noise(track, rows=50, values=12):
    return np.random.default_rng([int(track.identifier[-4:]), *track.label.encode()]).normal(size=(rows, values))


def test_classes_of_different_timbre_are_told_apart():
    split = stratified_split(plain({"dark": 30, "bright": 30}), 0)

    def features(track):
        return {"features": noise(track) + (3 if track.label == "bright" else 0)}

    scores = baseline(split, ("bright", "dark"), features)
    assert scores["test"] == scores["validation"] == {"accuracy": 1.0, "macro_f1": 1.0}


def test_classes_that_differ_in_order_alone_are_not_told_apart():
    """Rising and falling: the same rows, in another order, have the same statistics."""
    split = stratified_split(plain({"rising": 200, "falling": 200}), 0)

    def features(track):
        ramp = np.linspace(-5, 5, 50)[:, None] * np.ones(12)
        return {"features": (ramp if track.label == "rising" else -ramp) + noise(track)}

    # Chance on 40 test tracks: 0.5, standard deviation 0.08.
    assert 0.5 - 4 * 0.08 < baseline(split, ("falling", "rising"), features)["test"]["accuracy"] < 0.5 + 4 * 0.08


def test_classes_that_differ_in_one_of_two_inputs_are_told_apart():
    """Rows of any shape, as many in each input as it has."""
    split = stratified_split(plain({"one": 30, "other": 30}), 0)

    def features(track):
        raw = noise(track, rows=20, values=30).reshape(20, 3, 10)
        return {"raw": raw * (2 if track.label == "one" else 1), "mel": noise(track, rows=7)}

    assert baseline(split, ("one", "other"), features)["test"]["accuracy"] == 1.0


def test_the_scores_are_those_of_scikit_learn_on_the_same_statistics():
    labels = ("a", "b", "c")
    split = stratified_split(plain(dict.fromkeys(labels, 40)), 0)

    def features(track):
        return {"features": noise(track) + 0.1 * labels.index(track.label)}

    def table(tracks):
        return np.array([np.r_[x.mean(0), x.std(0), np.diff(x, axis=0).std(0)] for x in map(_only(features), tracks)])

    scaler = StandardScaler().fit(table(split.train))
    machine = SVC().fit(scaler.transform(table(split.train)), [track.label for track in split.train])
    truth, predicted = [track.label for track in split.test], machine.predict(scaler.transform(table(split.test)))
    scores = baseline(split, labels, features)["test"]
    assert 1 / 3 < scores["accuracy"] < 1
    assert scores == pytest.approx(
        {"accuracy": accuracy_score(truth, predicted), "macro_f1": f1_score(truth, predicted, average="macro")}
    )


def test_a_track_of_a_single_row_has_statistics():
    assert statistics({"features": np.array([[1.0, 2.0]])}).tolist() == [1, 2, 0, 0, 0, 0]


@pytest.mark.slow
def test_the_rhythms_of_the_synthetic_set_say_more_than_its_timbres():
    """The same machine, on statistics of MFCC and on how fast each coefficient fluctuates."""
    split = stratified_split(plain(dict.fromkeys(CLASSES, 30)), 0)
    features = {
        track: LIANG_MFCC.float32(render_track(track.label, int(track.identifier[-4:]), 3), workers=1)
        for track in (*split.train, *split.validation, *split.test)
    }

    def fluctuation(track):
        moving = features[track] - features[track].mean(axis=0)
        spectrum = np.abs(np.fft.rfft(moving * np.hanning(len(moving))[:, None], axis=0))[:300]
        bands = spectrum.reshape(60, 5, 12).mean(axis=1).ravel()
        return {"features": np.log(bands / bands.sum() + 1e-6)[None]}

    timbre = baseline(split, CLASSES, lambda track: {"features": features[track]})["test"]["accuracy"]
    rhythm = baseline(split, CLASSES, fluctuation)["test"]["accuracy"]
    assert 1 / 13 < timbre < 0.5
    assert rhythm > timbre + 0.15


def _only(features):
    return lambda track: features(track)["features"]
