import dataclasses
import os
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.datasets.split import Split, k_folds, stratified_split
from edgegenre.datasets.track import Dataset, Track
from edgegenre.errors import DatasetError
from tests.datasets.layouts import imagined, plain

seeds = st.integers(0, 2**32)
class_sizes = st.dictionaries(st.sampled_from("abcdef"), st.integers(3, 40), min_size=1)


@st.composite
def grouped(draw):
    """Classes of at least three artists each, with one to nine tracks an artist."""
    tracks = []
    for label in "abcd"[: draw(st.integers(1, 4))]:
        for artist, count in enumerate(draw(st.lists(st.integers(1, 9), min_size=3, max_size=12))):
            tracks += [(f"{label}/{artist}/{number}", label, f"{label}/{artist}") for number in range(count)]
    return imagined(tracks)


def parts(split: Split) -> tuple[tuple[Track, ...], ...]:
    return split.train, split.validation, split.test


def sizes(split: Split, label: str) -> tuple[int, ...]:
    return tuple(sum(track.label == label for track in part) for part in parts(split))


def assert_divided_into_parts(split: Split, dataset: Dataset) -> None:
    tracks = [track for part in parts(split) for track in part]
    assert sorted(tracks, key=lambda track: track.identifier) == list(dataset.tracks)


@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_ten_tracks_a_class_give_exactly_eight_one_one(seed):
    split = stratified_split(plain({"rock": 10, "jazz": 10, "pop": 10}), seed)
    assert all(sizes(split, label) == (8, 1, 1) for label in ("rock", "jazz", "pop"))


@given(counts=class_sizes, seed=seeds)
@settings(max_examples=50, deadline=None)
def test_every_class_is_in_every_part_in_its_proportion(counts, seed):
    dataset = plain(counts)
    split = stratified_split(dataset, seed)
    assert_divided_into_parts(split, dataset)
    for label, count in counts.items():
        train, validation, test = sizes(split, label)
        assert min(train, validation, test) >= 1
        assert abs(validation - 0.1 * count) < 1
        assert abs(test - 0.1 * count) < 1


@given(dataset=grouped(), seed=seeds)
@settings(max_examples=50, deadline=None)
def test_no_group_is_divided_and_every_class_is_in_every_part(dataset, seed):
    split = stratified_split(dataset, seed)
    assert_divided_into_parts(split, dataset)
    groups = [{track.group for track in part} for part in parts(split)]
    assert sum(len(group) for group in groups) == len(set.union(*groups))
    for part in parts(split):
        assert {track.label for track in part} == set(dataset.labels)


def test_with_many_artists_the_proportions_are_kept():
    tracks = [(f"{label}/{n}", label, f"artist {label} {n // 3}") for label in ("rock", "jazz") for n in range(300)]
    split = stratified_split(imagined(tracks), 0)
    assert sizes(split, "rock") == (240, 30, 30)
    assert sizes(split, "jazz") == (240, 30, 30)


def test_an_artist_who_plays_several_genres_stays_in_one_part():
    tracks = [(f"{label}/{n}", label, f"artist {n % 20}") for label in ("rock", "jazz", "pop") for n in range(60)]
    split = stratified_split(imagined(tracks), 3)
    groups = [{track.group for track in part} for part in parts(split)]
    assert sum(len(group) for group in groups) == 20
    assert all({track.label for track in part} == {"rock", "jazz", "pop"} for part in parts(split))


@given(counts=class_sizes, seed=seeds, data=st.data())
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_files_does_not_matter(counts, seed, data):
    dataset = plain(counts)
    shuffled = dataclasses.replace(dataset, tracks=tuple(data.draw(st.permutations(dataset.tracks))))
    assert stratified_split(shuffled, seed) == stratified_split(dataset, seed)


def test_a_seed_gives_the_same_split_in_every_process():
    code = (
        "from edgegenre.datasets.split import stratified_split; "
        "from edgegenre.datasets.split_record import fingerprint; "
        "from tests.datasets.layouts import plain; print(fingerprint(stratified_split(plain({'a': 30, 'b': 30}), 7)))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] != ""


def test_another_seed_gives_another_split():
    dataset = plain({"rock": 50, "jazz": 50})
    assert len({stratified_split(dataset, seed).test for seed in range(20)}) == 20


def test_every_track_is_tested_about_equally_often_over_the_seeds():
    dataset = plain({"rock": 10, "jazz": 10})
    tested = Counter(track for seed in range(500) for track in stratified_split(dataset, seed).test)
    # Binomial with p = 1/10 over 500 seeds: 50, standard deviation 6.7.
    assert len(tested) == 20
    assert all(50 - 4 * 6.7 < count < 50 + 4 * 6.7 for count in tested.values())


@given(dataset=grouped(), seed=seeds)
@settings(max_examples=30, deadline=None)
def test_three_folds_test_every_track_once_and_divide_no_group(dataset, seed):
    folds = k_folds(dataset, 3, seed)
    tested = [track for fold in folds for track in fold.test]
    assert sorted(tested, key=lambda track: track.identifier) == list(dataset.tracks)
    for fold in folds:
        assert_divided_into_parts(fold, dataset)
        assert {track.label for track in fold.test} == set(dataset.labels)
        groups = [{track.group for track in part} for part in parts(fold)]
        assert sum(len(group) for group in groups) == len(set.union(*groups))


def test_ten_folds_of_ten_tracks_a_class_are_equal():
    folds = k_folds(plain({"rock": 10, "jazz": 20}), 10, 0)
    assert [(sizes(fold, "rock"), sizes(fold, "jazz")) for fold in folds] == [((8, 1, 1), (16, 2, 2))] * 10


@pytest.mark.parametrize("count", [1, 2])
def test_a_class_with_too_few_tracks_is_named(count):
    with pytest.raises(DatasetError, match=rf"class 'polka' has {count} tracks?; 3 are needed.*Add tracks"):
        stratified_split(plain({"rock": 10, "polka": count}), 0)


def test_a_class_by_one_artist_is_named():
    tracks = [(f"polka/{n}", "polka", "the one") for n in range(9)]
    tracks += [(f"rock/{n}", "rock", None) for n in range(9)]
    with pytest.raises(DatasetError, match="the 9 tracks of class 'polka' are by 1 artist \\(the one\\); 3 are needed"):
        stratified_split(imagined(tracks), 0)


def test_a_class_with_fewer_tracks_than_folds_is_named():
    with pytest.raises(DatasetError, match="class 'polka' has 4 tracks; 5 are needed"):
        k_folds(plain({"rock": 10, "polka": 4}), 5, 0)


def test_two_folds_are_refused():
    with pytest.raises(DatasetError, match="at least 3"):
        k_folds(plain({"rock": 10}), 2, 0)


@pytest.mark.parametrize("fractions", [(0.8, 0.2), (0.8, 0.2, 0.0), (0.5, 0.5, 0.5)])
def test_fractions_that_are_none_are_refused(fractions):
    with pytest.raises(DatasetError, match="sum 1"):
        stratified_split(plain({"rock": 10}), 0, fractions)
