"""The leak meter: by track minus by artist, against classes and artists made so that the answer is known."""

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from edgegenre.datasets.registry import open_dataset
from edgegenre.datasets.track import without
from edgegenre.errors import DatasetError
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.runs.leak_words import leak_words
from edgegenre.training.baseline import statistics
from edgegenre.training.leak import leak
from tests.datasets.layouts import imagined, plain
from tests.support import real_data


def music(artists: int = 6, tracks: int = 10):
    """Two genres of some artists each."""
    return imagined(
        [
            (f"{label}/{artist}/{number:04d}", label, f"{label} {artist}")
            for label in ("jazz", "rock")
            for artist in range(artists)
            for number in range(tracks)
        ]
    )


def noise(track, *, of):
    """The same for the same word."""
    return np.random.default_rng(list(str(of(track)).encode())).normal(size=12)


def sounds_like_its_artist(track):
    own = np.random.default_rng(list(track.identifier.encode())).normal(size=(30, 12))
    return {"features": own + 5 * noise(track, of=lambda track: track.group)}


def sounds_like_its_genre(track):
    own = np.random.default_rng(list(track.identifier.encode())).normal(size=(30, 12))
    return {"features": own + 5 * noise(track, of=lambda track: track.label)}


def test_where_only_artists_can_be_heard_all_of_it_leaks():
    """An artist is known again by track; of new artists a genre says nothing: chance, 0.5 in two genres."""
    found = leak(music(), sounds_like_its_artist, seed=0)
    assert found["by_track"] > 0.95
    assert found["by_artist"] < 0.75
    assert found["leak"] == pytest.approx(found["by_track"] - found["by_artist"])
    assert found["interval"][0] > 0
    assert (found["tracks"], found["folds"]) == (120, 5)


def test_where_genres_can_be_heard_nothing_leaks():
    found = leak(music(), sounds_like_its_genre, seed=0)
    assert (found["by_track"], found["by_artist"], found["leak"]) == (1.0, 1.0, 0.0)


def test_folds_are_as_many_as_the_class_of_fewest_artists_allows():
    assert leak(music(artists=4), sounds_like_its_genre, seed=0)["folds"] == 4
    with pytest.raises(DatasetError, match="the 20 tracks of class 'jazz' are by 2 artists"):
        leak(music(artists=2), sounds_like_its_genre, seed=0)


def test_without_artists_there_is_no_leak_to_measure():
    with pytest.raises(DatasetError, match="no track names an artist"):
        leak(plain({"jazz": 9, "rock": 9}), sounds_like_its_genre, seed=0)


def test_the_words_hold_the_three_figures():
    words = leak_words(leak(music(), sounds_like_its_genre, seed=0))
    assert "120 tracks, in 5 folds, the baseline is right in 100.0 % by track and 100.0 % by artist" in words
    assert "worth +0.0 points" in words


@pytest.mark.slow
def test_on_gtzan_artists_are_worth_more_than_ten_points_as_scikit_learns_folds_say_too():
    roots = [real_data(name) for name in ("gtzan_mini", "gtzan_excerpts", "gtzan_more")]
    dataset = without(open_dataset("gtzan", roots), ["reggae"])
    rows = {}

    def features(track):
        if track.identifier not in rows:
            from edgegenre.audio.decode import load_pcm

            rows[track.identifier] = {"features": LIANG_MFCC.float32(load_pcm(track.path, 16_000), workers=1)}
        return rows[track.identifier]

    found = leak(dataset, features, seed=0)
    assert found["leak"] > 0.1
    table = np.stack([statistics(features(track)) for track in dataset.tracks])
    truth = [track.label for track in dataset.tracks]
    artists = [track.group or track.identifier for track in dataset.tracks]
    machine = make_pipeline(StandardScaler(), SVC())
    oracle = cross_val_predict(machine, table, truth, groups=artists, cv=GroupKFold(5))
    # Other folds of the same kind: within five standard deviations of a share of 331 tracks.
    share = np.mean(oracle == np.array(truth))
    assert abs(found["by_artist"] - share) < 5 * np.sqrt(share * (1 - share) / len(truth))
