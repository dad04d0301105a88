import hashlib
import json
import shutil

import pytest

from edgegenre.datasets.gtzan import GENRES, open_gtzan
from edgegenre.datasets.registry import open_dataset
from edgegenre.errors import DatasetError
from tests.datasets.layouts import write_tone
from tests.support import real_data


def write_gtzan(root, place="genres", suffix="wav", tracks=2):
    for row, genre in enumerate(GENRES):
        for number in range(tracks):
            write_tone(root / place / genre / f"{genre}.{number:05d}.{suffix}", pitch=200 + 20 * row + number)
    return root


def write_index(path, root, suffix=".wav"):
    files = sorted(root.rglob("*.*.*"))
    tracks = {p.stem: {"audio": [f"x/{p.stem}{suffix}", hashlib.md5(p.read_bytes()).hexdigest()]} for p in files}
    path.write_text(json.dumps({"version": "1.0", "tracks": tracks}))
    return path


@pytest.mark.parametrize("place", ["genres", "genres_original", "Data/genres_original", "."])
@pytest.mark.parametrize("suffix", ["wav", "au"])
def test_the_official_layout_and_its_copies_open(tmp_path, place, suffix):
    dataset = open_gtzan(write_gtzan(tmp_path, place, suffix))
    assert dataset.name == "gtzan"
    assert dataset.labels == GENRES
    assert len(dataset.tracks) == 20
    assert dataset.tracks[0].identifier == "blues.00000"
    assert dataset.problems == ()


def test_the_known_broken_file_is_reported_not_fatal(tmp_path):
    root = write_gtzan(tmp_path)
    (root / "genres" / "jazz" / "jazz.00054.wav").write_bytes(b"RIFF not really")
    dataset = open_gtzan(root)
    assert len(dataset.tracks) == 20
    assert len(dataset.problems) == 1
    assert "jazz.00054.wav: cannot be decoded (a known fault" in dataset.problems[0]


def test_the_known_broken_file_is_used_where_it_is_whole(tmp_path):
    root = write_gtzan(tmp_path)
    write_tone(root / "genres" / "jazz" / "jazz.00054.wav")
    assert "jazz.00054" in {track.identifier for track in open_gtzan(root).tracks}


def test_missing_genres_and_odd_names_are_reported(tmp_path):
    root = write_gtzan(tmp_path)
    shutil.rmtree(root / "genres" / "disco")
    write_tone(root / "genres" / "rock" / "my favourite.wav")
    dataset = open_gtzan(root)
    assert "disco" not in dataset.labels
    assert "no disco tracks found" in dataset.problems[0]
    assert "files with other names than rock.NNNNN.wav are ignored (my favourite.wav)" in dataset.problems[1]


def test_changed_bytes_are_found_by_the_index(tmp_path):
    root = write_gtzan(tmp_path / "music")
    index = write_index(tmp_path / "index.json", root)
    assert open_gtzan(root, md5_index=index).problems == ()
    write_tone(root / "genres" / "pop" / "pop.00001.wav", pitch=999)
    dataset = open_gtzan(root, md5_index=index)
    assert len(dataset.tracks) == 19
    assert len(dataset.problems) == 1
    assert "pop.00001.wav: its MD5 is not the published one" in dataset.problems[0]


def test_files_that_the_index_does_not_cover_are_reported(tmp_path):
    root = write_gtzan(tmp_path / "music", suffix="au")
    dataset = open_gtzan(root, md5_index=write_index(tmp_path / "index.json", root))
    assert len(dataset.tracks) == 20
    assert "20 files could not be checked" in dataset.problems[0]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"tracks": {"a": {}}}', '{"tracks": {"a": {"audio": "b"}}}'])
def test_a_damaged_index_is_named(tmp_path, content):
    root = write_gtzan(tmp_path / "music")
    index = tmp_path / "index.json"
    index.write_text(content)
    with pytest.raises(DatasetError, match=r"index\.json: is not an MD5 index"):
        open_gtzan(root, md5_index=index)


def test_a_missing_index_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"index\.json: cannot be read"):
        open_gtzan(write_gtzan(tmp_path / "music"), md5_index=tmp_path / "index.json")


def test_another_folder_is_not_gtzan(tmp_path):
    write_tone(tmp_path / "polka" / "one.wav")
    with pytest.raises(DatasetError, match=r"is not GTZAN.*'folder'"):
        open_gtzan(tmp_path)


def test_a_hundred_real_tracks_have_the_official_sums():
    index = real_data("md5_indexes") / "gtzan_genre_1.0_mini_index.json"
    dataset = open_dataset("gtzan", real_data("gtzan_mini"), md5_index=index)
    assert dataset.labels == GENRES
    assert len(dataset.tracks) == 100
    assert dataset.problems == ()


def test_against_the_full_index_the_rest_is_missing():
    index = real_data("md5_indexes") / "gtzan_genre_index_1.0.json"
    dataset = open_gtzan(real_data("gtzan_mini"), md5_index=index)
    assert len(dataset.tracks) == 100
    assert len(dataset.problems) == 1
    assert "900 files of gtzan_genre_index_1.0.json are missing" in dataset.problems[0]
