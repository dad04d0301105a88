"""Calibration sees every class, whatever the lengths of the tracks."""

import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from edgegenre.datasets.track import Track
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.runs.training_clips import calibration_windows, in_rounds, spread
from tests.bundles import LABELS, tiny_run


def taken(lengths: list[int], count: int) -> list[tuple[int, int]]:
    """(track, place of the window in it) for tracks of so many windows."""
    return in_rounds([[(track, place) for place in range(length)] for track, length in enumerate(lengths)], count)


def test_ten_genres_of_eight_long_tracks_are_all_seen_alike() -> None:
    clips = taken([6] * 80, 100)
    assert len(set(clips)) == 100
    assert set(Counter(track for track, _ in clips).values()) == {1, 2}
    genres = Counter(track // 8 for track, _ in clips)
    assert set(genres) == set(range(10))
    assert max(genres.values()) - min(genres.values()) <= 1


@pytest.mark.parametrize("count", [1, 7, 30, 31, 100])
def test_tracks_of_one_window_are_taken_in_order(count: int) -> None:
    clips = taken([1] * 30, count)
    assert clips == sorted(clips)
    assert len(clips) == min(count, 30)


def test_long_tracks_make_up_for_short_ones() -> None:
    clips = taken([1, 5, 1, 2], 8)
    assert sorted(clips) == [(0, 0), (1, 0), (1, 1), (1, 2), (1, 3), (2, 0), (3, 0), (3, 1)]
    assert len(taken([1, 5, 1, 2], 100)) == 9


def test_fewer_clips_than_tracks_come_from_every_class() -> None:
    tracks = [
        Track(path=Path(f"{label}{number}.wav"), label=label, identifier=f"{label}{number}")
        for label in "abcdefghij"
        for number in range(25)
    ]
    genres = Counter(track.label for track in spread(tracks, 100))
    assert set(genres.values()) == {10}


def test_calibration_windows_of_long_tracks_show_every_class(tmp_path: Path) -> None:
    """Two windows a track: the first of each, then evenly spread second ones."""
    run = tiny_run(tmp_path)
    fed = run.inputs["features"]
    shorter = dataclasses.replace(fed, frontend=dataclasses.replace(LIANG_MFCC, window_frames=20))
    run = dataclasses.replace(run, inputs={"features": shorter})
    every = calibration_windows(run, 10_000)["features"]
    tracks = len(run.split.train)
    assert len(every) == 2 * tracks
    half = calibration_windows(run, tracks + 4)["features"]
    np.testing.assert_array_equal(half[:tracks], every[:tracks])
    second = every[tracks:].reshape(len(every) - tracks, -1)
    places = [int(np.flatnonzero((second == window.ravel()).all(axis=1))[0]) for window in half[tracks:]]
    assert len(places) == 4
    assert places[0] == 0
    assert places[-1] == len(second) - 1
    assert np.diff(places).min() >= len(second) // len(LABELS) - 1
