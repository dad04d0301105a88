"""Groups from a CSV file of one's own."""

from pathlib import Path

import pytest

from edgegenre.datasets.registry import open_dataset
from edgegenre.errors import DatasetError
from tests.datasets.layouts import write_folder, write_tone


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "music", {"rock": 3, "jazz": 2})


def groups_of(music: Path, text: str) -> dict[str, str | None]:
    file = music.parent / "groups.csv"
    file.write_text(text, encoding="utf-8")
    return {track.identifier: track.group for track in open_dataset("folder", music, groups=file).tracks}


@pytest.mark.parametrize("heading", ["", "path,group\n", "\ufeffPath,Group\n"])
def test_each_row_gives_a_track_its_group(music: Path, heading: str) -> None:
    rows = f'rock/000.wav,"The Band, the"\njazz/001.wav,Zoë\n\n{music}/rock/001.wav,Zoë\n'
    assert groups_of(music, heading + rows) == {
        "jazz/000.wav": None,
        "jazz/001.wav": "Zoë",
        "rock/000.wav": "The Band, the",
        "rock/001.wav": "Zoë",
        "rock/002.wav": None,
    }


def test_it_is_said_what_the_file_leaves_out_and_what_it_names_in_vain(music: Path) -> None:
    file = music.parent / "groups.csv"
    file.write_text("rock/000.wav,a\nrock/009.wav,b\n")
    problems = "\n".join(open_dataset("folder", music, groups=file).problems)
    assert "groups.csv: 1 of its paths are no tracks (rock/009.wav)" in problems
    assert "4 tracks are not in it and have no group (jazz/000.wav, jazz/001.wav, rock/001.wav, …)" in problems


def test_it_holds_instead_of_folders(music: Path) -> None:
    write_tone(music / "rock" / "The Band" / "one.wav")
    assert groups_of(music, "rock/000.wav,x\n")["rock/The Band/one.wav"] is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no rows"),
        ("path,group\n", "has no rows"),
        ("rock/000.wav\n", r"row 1 is \['rock/000.wav'\]\. Each row needs two cells"),
        ("rock/000.wav,\n", "row 1 .* Each row needs two cells"),
        ("rock/000.wav,a,b\n", "row 1 .* Each row needs two cells"),
        ("rock/000.wav,a\nrock/000.wav,b\n", "gives rock/000.wav two groups, 'a' and 'b'"),
        ("000.wav,a\n", r"names none of the 5 tracks in .* \(its first path: 000.wav; a track's: jazz/000.wav\)"),
        ('rock/000.wav,"a\n', "is not a CSV file"),
    ],
)
def test_a_file_that_groups_nothing_is_one_sentence(music: Path, text: str, message: str) -> None:
    with pytest.raises(DatasetError, match=rf"groups\.csv: {message}"):
        groups_of(music, text)


def test_bytes_that_are_no_text_and_a_missing_file_are_named(music: Path) -> None:
    file = music.parent / "groups.csv"
    with pytest.raises(DatasetError, match=r"groups\.csv: cannot be read"):
        open_dataset("folder", music, groups=file)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DatasetError, match=r"groups\.csv: is not a CSV file"):
        open_dataset("folder", music, groups=file)


def test_data_sets_that_know_their_artists_take_no_file(music: Path) -> None:
    with pytest.raises(DatasetError, match="groups can be given for 'folder' only"):
        open_dataset("gtzan", music, groups=music / "groups.csv")
