"""Sound that is no music becomes a class of its own."""

import shutil
from pathlib import Path

import pytest

from edgegenre.datasets.folder import open_folder
from edgegenre.datasets.other import with_other
from edgegenre.datasets.split import k_folds
from edgegenre.errors import DatasetError
from tests.datasets.layouts import write_folder, write_tone


def test_files_become_a_class_and_each_folder_a_source_that_no_split_divides(tmp_path: Path) -> None:
    music = open_folder(write_folder(tmp_path / "music", {"rock": 6, "tango": 6}))
    for speaker in range(3):
        for number in range(4):
            write_tone(tmp_path / "speech" / f"speaker {speaker}" / f"{number}.wav", pitch=900 + 50 * speaker + number)
    write_tone(tmp_path / "speech" / "rain.wav", pitch=90)
    both = with_other(music, tmp_path / "speech")
    assert (both.labels, both.other, both.root) == (("other", "rock", "tango"), "other", tmp_path)
    assert [track for track in both.tracks if track.label != "other"] == list(music.tracks)
    other = {track.identifier: track.group for track in both.tracks if track.label == "other"}
    assert len(other) == 13
    assert other["other/rain.wav"] is None
    assert other["other/speaker 2/3.wav"] == "other/speaker 2"
    for fold in k_folds(both, 3, 0):
        speakers = [{t.group for t in part if t.label == "other"} for part in (fold.train, fold.validation, fold.test)]
        assert all(not (one & two) - {None} for one, two in zip(speakers, [*speakers[1:], speakers[0]], strict=True))


def test_what_cannot_be_the_other_class_is_one_sentence(tmp_path: Path) -> None:
    music = open_folder(write_folder(tmp_path / "music", {"rock": 3, "tango": 3}))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match=r"empty: holds no readable sound file\. Name a folder of speech"):
        with_other(music, tmp_path / "empty")
    shutil.copytree(tmp_path / "music" / "rock", tmp_path / "copies")
    with pytest.raises(DatasetError, match=r"copies/000\.wav: is the track .*rock/000\.wav of the data set"):
        with_other(music, tmp_path / "copies")
    taken = open_folder(write_folder(tmp_path / "taken", {"other": 3, "rock": 3}))
    write_tone(tmp_path / "noise" / "1.wav", pitch=50)
    with pytest.raises(DatasetError, match=r"taken: has a class 'other', .* Rename its folder\."):
        with_other(taken, tmp_path / "noise")
