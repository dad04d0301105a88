"""The same sound in two places is found, and one artist or sound is never in two parts of a split."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from edgegenre.datasets.check import check_dataset, usable_dataset
from edgegenre.datasets.folder import open_folder
from edgegenre.datasets.groups import units, with_copies
from edgegenre.datasets.split import stratified_split
from tests.audio.sounds import ffmpeg
from tests.audio.test_fingerprint import tune
from tests.datasets.layouts import plain


@pytest.fixture
def music(tmp_path: Path) -> Path:
    for row, label in enumerate(("jazz", "rock")):
        (tmp_path / label).mkdir()
        for number in range(5):
            soundfile.write(tmp_path / label / f"{number}.wav", tune(10 * row + number, seconds=6), 16_000)
    return tmp_path


def test_copies_are_found_whatever_their_format_and_stay_together(music: Path) -> None:
    shutil.copy(music / "jazz" / "0.wav", music / "jazz" / "again.wav")
    ffmpeg("-i", music / "jazz" / "0.wav", "-b:a", "64k", music / "rock" / "reissue.mp3")
    ffmpeg("-i", music / "rock" / "1.wav", "-ss", "1.5", "-c:a", "libvorbis", music / "rock" / "radio edit.ogg")
    dataset = open_folder(music)
    report = check_dataset(dataset)
    copies = [("jazz/0.wav", "jazz/again.wav", "rock/reissue.mp3"), ("rock/1.wav", "rock/radio edit.ogg")]
    assert list(report.duplicates) == copies
    said = "\n".join(report.warnings)
    assert "3 tracks hold the same sound in other formats or cuts in different classes: jazz/0.wav" in said
    usable = usable_dataset(dataset)
    for seed in range(10):
        split = stratified_split(usable, seed)
        for names in copies:
            parts = [
                part for part, tracks in vars(split).items() if {track.identifier for track in tracks} & set(names)
            ]
            assert len(parts) == 1


def test_copies_alone_do_not_make_a_class(music: Path) -> None:
    shutil.rmtree(music / "jazz")
    (music / "jazz").mkdir()
    for number in range(5):
        shutil.copy(music / "rock" / "0.wav", music / "jazz" / f"{number}.wav")
    (fault,) = check_dataset(open_folder(music)).faults
    assert "the 5 tracks of class 'jazz' are copies of 1 recording; 3 are needed" in fault


@given(
    groups=st.lists(st.sampled_from([None, "x", "y", "z"]), min_size=8, max_size=8),
    pairs=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=5),
)
def test_nothing_that_belonged_together_or_is_a_copy_has_two_groups(
    groups: list[str | None], pairs: list[tuple[int, int]]
) -> None:
    dataset = plain({"rock": 8})
    tracks = tuple(
        type(track)(path=track.path, label=track.label, identifier=track.identifier, group=group)
        for track, group in zip(dataset.tracks, groups, strict=True)
    )
    dataset = type(dataset)(name="x", root=dataset.root, labels=dataset.labels, tracks=tracks)
    joined = with_copies(dataset, [(tracks[one], tracks[other]) for one, other in pairs]).tracks
    unit_of = units(joined, "artist")
    # By hand: the smallest equivalence that holds both.
    same = np.eye(8, dtype=bool)
    for one in range(8):
        for other in range(8):
            same[one, other] |= groups[one] is not None and groups[one] == groups[other]
    for one, other in pairs:
        same[one, other] = same[other, one] = True
    for _ in range(8):
        same = same @ same
    for one in range(8):
        for other in range(8):
            assert (unit_of[joined[one].identifier] == unit_of[joined[other].identifier]) == same[one, other]
