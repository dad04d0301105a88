import json
import shutil
import tracemalloc

import numpy as np
import pytest
import soundfile

from edgegenre.datasets.check import check_dataset, usable_dataset
from edgegenre.datasets.folder import open_folder
from edgegenre.datasets.inspection import inspect
from edgegenre.datasets.registry import open_dataset
from edgegenre.datasets.track import Track
from edgegenre.errors import DatasetError
from tests.datasets.layouts import write_folder, write_tone
from tests.support import real_data


@pytest.fixture
def music(tmp_path):
    return write_folder(tmp_path / "music", {"rock": 3, "jazz": 3})


def test_a_sound_data_set_is_counted(music):
    write_tone(music / "rock" / "other.flac", rate=44_100, seconds=2, pitch=950)
    report = check_dataset(open_folder(music))
    assert report.passed
    assert report.tracks_per_class == {"jazz": 3, "rock": 4}
    assert report.seconds == pytest.approx(6 * 0.2 + 2, abs=1e-3)
    assert report.sample_rates == {16_000: 6, 44_100: 1}
    assert report.broken == ()
    assert report.duplicates == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"this is not sound" * 100, "is text and no sound"),
        (bytes(range(1, 250)) * 9, "cannot be decoded"),
        (np.zeros(0), "no audio frames"),
        (np.zeros(16_000), "is silent"),
        (np.ones(1_000) / 2, "is too short"),
        (np.full(16_000, np.nan), "not numbers"),
    ],
)
def test_broken_files_fail_the_check_unless_skipped(music, content, message):
    path = music / "rock" / "broken.wav"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        soundfile.write(path, content, 16_000, subtype="FLOAT")
    report = check_dataset(open_folder(music))
    assert not report.passed
    assert len(report.broken) == 1
    assert str(path) in report.broken[0]
    assert message in report.broken[0]
    assert report.tracks_per_class["rock"] == 3
    skipped = check_dataset(open_folder(music), skip_broken=True)
    assert skipped.passed
    assert skipped.broken == report.broken


def test_a_set_of_broken_files_does_not_pass(tmp_path):
    (tmp_path / "rock").mkdir()
    (tmp_path / "rock" / "a.wav").write_bytes(b"")
    report = check_dataset(open_folder(tmp_path), skip_broken=True)
    assert not report.passed
    assert report.tracks_per_class == {"rock": 0}


def test_copies_are_found_by_content(music):
    shutil.copy(music / "rock" / "000.wav", music / "rock" / "renamed.wav")
    shutil.copy(music / "rock" / "000.wav", music / "jazz" / "elsewhere.wav")
    report = check_dataset(open_folder(music))
    assert report.duplicates == (("jazz/elsewhere.wav", "rock/000.wav", "rock/renamed.wav"),)
    assert any("3 tracks have the same content in different classes" in warning for warning in report.warnings)


def test_small_classes_and_short_tracks_are_warned_about(tmp_path):
    write_folder(tmp_path, {"rock": 4, "jazz": 9, "pop": 10})
    warnings = "\n".join(check_dataset(open_folder(tmp_path)).warnings)
    assert "class 'rock' has 4 usable tracks; with fewer than 10" in warnings
    assert "class 'jazz' has 9 usable tracks; with fewer than 10" in warnings
    assert "'pop'" not in warnings
    assert "23 tracks are shorter than 30 s (the shortest: 0.2 s)" in warnings


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"rock": 10}, "has one class ('rock'); a classifier needs two"),
        ({"rock": 3, "jazz": 2}, "class 'jazz' has 2 tracks; 3 are needed, one for each part of the split"),
    ],
)
def test_degenerate_data_is_refused_by_check_and_train_in_the_same_words(tmp_path, counts, message):
    dataset = open_folder(write_folder(tmp_path, counts))
    report = check_dataset(dataset, skip_broken=True)
    assert not report.passed
    (fault,) = report.faults
    assert message in fault
    with pytest.raises(DatasetError) as caught:
        usable_dataset(dataset, skip_broken=True)
    assert str(caught.value) == fault


def test_a_class_of_too_few_artists_is_degenerate(tmp_path):
    write_folder(tmp_path, {"rock": 3})
    for number in range(6):
        write_tone(tmp_path / "jazz" / f"artist {number % 2}" / f"{number}.wav", pitch=300 + 20 * number)
    (fault,) = check_dataset(open_folder(tmp_path)).faults
    assert "the 6 tracks of class 'jazz' are by 2 artists (artist 0, artist 1); 3 are needed" in fault


def test_what_skipping_broken_files_loses_is_listed(music):
    write_tone(music / "rock" / "other.wav", pitch=900)
    (music / "rock" / "000.wav").write_bytes(b"")
    left = usable_dataset(open_folder(music), skip_broken=True)
    assert len(left.tracks) == 6
    said = "\n".join(left.problems)
    assert "rock/000.wav: is empty" in said
    assert "class 'rock' loses 1 of its 4 tracks" in said
    with pytest.raises(DatasetError, match="is empty"):
        usable_dataset(open_folder(music))


def test_a_class_that_is_lost_to_broken_files_is_no_small_matter(music):
    for path in (music / "rock").iterdir():
        path.write_bytes(b"")
    report = check_dataset(open_folder(music), skip_broken=True)
    assert not report.passed
    assert "class 'rock' has no usable track" in report.faults[0]
    with pytest.raises(DatasetError, match="class 'rock' has no usable track"):
        usable_dataset(open_folder(music), skip_broken=True)


def test_odd_sound_is_named_once_a_file(music):
    write_tone(music / "rock" / "phone.wav", rate=8000, pitch=700)
    dataset = open_folder(music)
    (said,) = [text for text in check_dataset(dataset).warnings if "phone.wav" in text]
    assert "is sampled at 8000 Hz" in said
    assert said in usable_dataset(dataset).problems


def test_problems_of_the_layout_are_passed_on(music):
    (music / "empty").mkdir()
    assert any("empty: holds no sound file" in warning for warning in check_dataset(open_folder(music)).warnings)


def test_the_report_is_plain_json(music):
    report = check_dataset(open_folder(music))
    values = json.loads(json.dumps(report.to_dict()))
    assert values["tracks_per_class"] == {"jazz": 3, "rock": 3}
    assert values["root"] == str(music)
    assert values["passed"] is True


def test_a_hundred_real_tracks_pass_by_track_and_four_genres_of_them_are_one_artist():
    dataset = open_dataset("gtzan", real_data("gtzan_mini"))
    report = check_dataset(dataset, by="track")
    assert report.passed
    assert sum(report.tracks_per_class.values()) == 100
    report = check_dataset(dataset)
    assert (report.split, report.passed) == ("artist", False)
    alone = {"blues": "john lee hooker", "classical": "js bach", "reggae": "bob marley", "rock": "morphine"}
    for label, artist in alone.items():
        assert report.artists_per_class[label] == 1
        assert any(f"'{label}' are by 1 artist ({artist}); 3 are needed" in fault for fault in report.faults)


def test_the_memory_of_a_check_does_not_grow_with_the_track(tmp_path):
    def peak(seconds):
        path = write_tone(tmp_path / f"{seconds}.wav", seconds=seconds)
        tracemalloc.start()
        try:
            inspect(Track(path=path, label="a", identifier="b"))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(240) < 1.2 * peak(40)
