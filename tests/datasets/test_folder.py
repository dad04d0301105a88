import json

import pytest
import soundfile

from edgegenre.datasets.folder import open_folder
from edgegenre.datasets.walk import AUDIO_SUFFIXES
from edgegenre.errors import DatasetError
from tests.datasets.layouts import write_folder, write_tone


def test_each_directory_is_a_class(tmp_path):
    dataset = open_folder(write_folder(tmp_path / "music", {"rock": 2, "jazz": 3}))
    assert dataset.name == "music"
    assert dataset.labels == ("jazz", "rock")
    assert [track.identifier for track in dataset.tracks] == [
        "jazz/000.wav",
        "jazz/001.wav",
        "jazz/002.wav",
        "rock/000.wav",
        "rock/001.wav",
    ]
    assert all(track.label == track.path.parent.name and track.path.is_file() for track in dataset.tracks)
    assert not dataset.synthetic
    assert dataset.problems == ()


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3", "a.AIFF", "a.au"])
def test_whatever_libsndfile_reads_is_a_track(tmp_path, name):
    path = write_tone(tmp_path / "rock" / name)
    assert soundfile.info(path).frames > 0
    assert [track.path for track in open_folder(tmp_path).tracks] == [path]


def test_every_suffix_is_one_that_libsndfile_knows():
    others = {".oga": "OGG", ".opus": "OGG", ".aif": "AIFF", ".aifc": "AIFF", ".snd": "AU"}
    others |= {".wave": "WAV", ".mp2": "MP3", ".mpga": "MP3"}
    formats = soundfile.available_formats()
    assert all(others.get(suffix, suffix[1:].upper()) in formats for suffix in AUDIO_SUFFIXES)


def test_a_directory_inside_a_class_is_an_artist_wherever_he_is(tmp_path):
    write_tone(tmp_path / "rock" / "The Band" / "Album" / "one.wav")
    write_tone(tmp_path / "rock" / "The Band" / "two.wav")
    write_tone(tmp_path / "rock" / "three.wav")
    write_tone(tmp_path / "jazz" / "the  band" / "four.wav")
    write_tone(tmp_path / "jazz" / "Various Artists" / "five.wav")
    write_tone(tmp_path / "rock" / "Various Artists" / "six.wav")
    groups = {track.path.stem: track.group for track in open_folder(tmp_path).tracks}
    assert groups == {
        "one": "the band",
        "two": "the band",
        "three": None,
        "four": "the band",
        "five": "jazz/Various Artists",
        "six": "rock/Various Artists",
    }


def test_hidden_and_foreign_files_are_left_out_and_named(tmp_path):
    write_folder(tmp_path, {"rock": 1})
    write_tone(tmp_path / "rock" / "._000.wav")
    write_tone(tmp_path / "rock" / ".cache" / "thumb.wav")
    write_tone(tmp_path / ".trash" / "gone.wav")
    (tmp_path / "rock" / "cover.jpg").write_bytes(b"x")
    (tmp_path / "README.txt").write_text("x")
    dataset = open_folder(tmp_path)
    assert [track.identifier for track in dataset.tracks] == ["rock/000.wav"]
    assert dataset.problems == (
        f"{tmp_path}: left out: 3 whose names begin with a dot (.trash, rock/._000.wav, rock/.cache).",
        f"{tmp_path}: left out: 2 that are no sound files by their names (README.txt, rock/cover.jpg).",
    )


def test_what_is_left_out_is_reported(tmp_path):
    write_folder(tmp_path, {"rock": 1})
    write_tone(tmp_path / "stray.wav")
    (tmp_path / "empty").mkdir()
    (tmp_path / "rock" / "song.m4a").write_bytes(b"x")
    problems = "\n".join(open_folder(tmp_path).problems)
    assert "left out: 1 sound files outside any class (stray.wav)" in problems
    assert "empty: holds no sound file and is not a class" in problems
    assert "left out: 1 in formats that cannot be read; convert them to FLAC (rock/song.m4a)" in problems


def test_rendered_music_stays_marked_synthetic(tmp_path):
    write_folder(tmp_path, {"Waltz": 1})
    (tmp_path / "dataset.json").write_text(json.dumps({"synthetic": True}))
    dataset = open_folder(tmp_path)
    assert dataset.synthetic
    assert dataset.name == "synthetic"


def test_a_wrong_path_is_named(tmp_path):
    with pytest.raises(DatasetError, match="nowhere: no such folder"):
        open_folder(tmp_path / "nowhere")


def test_a_file_is_not_a_data_set(tmp_path):
    with pytest.raises(DatasetError, match=r"song\.wav: is a file, not a folder"):
        open_folder(write_tone(tmp_path / "song.wav"))


def test_an_empty_folder_says_what_belongs_in_it(tmp_path):
    with pytest.raises(DatasetError, match=r"is empty\. It should hold one folder a genre"):
        open_folder(tmp_path)


def test_files_without_folders_say_where_to_put_them(tmp_path):
    write_tone(tmp_path / "song.wav")
    with pytest.raises(DatasetError, match=r"has sound files in it \(song.wav\) but no folders"):
        open_folder(tmp_path)


def test_folders_without_sound_say_what_belongs_in_them(tmp_path):
    (tmp_path / "rock").mkdir()
    with pytest.raises(DatasetError, match=r"none of its 1 folders \(rock\) holds a readable sound file"):
        open_folder(tmp_path)


def test_a_damaged_description_is_named(tmp_path):
    write_folder(tmp_path, {"rock": 1})
    (tmp_path / "dataset.json").write_text("{")
    with pytest.raises(DatasetError, match=r"dataset\.json: cannot be read as JSON"):
        open_folder(tmp_path)
