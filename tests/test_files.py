"""Writing replaces a file or folder in one step, or not at all."""

import os
from pathlib import Path

import pytest

from edgegenre.errors import EdgegenreError
from edgegenre.files import replacing_file, replacing_folder, write_json
from edgegenre.rooms import room


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "file.txt"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt), replacing_file(target) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["file.txt"]


def test_an_interrupted_folder_leaves_the_old_folder_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    (target / "old").touch()
    with pytest.raises(KeyboardInterrupt), replacing_folder(target) as temporary:
        (temporary / "new").touch()
        raise KeyboardInterrupt
    assert os.listdir(target) == ["old"]
    assert os.listdir(tmp_path) == ["folder"]


def test_a_finished_folder_takes_the_old_one_s_place(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    for name in ("old", "new"):
        with replacing_folder(target) as temporary:
            (temporary / name).touch()
    assert os.listdir(target) == ["new"]
    assert os.listdir(tmp_path) == ["folder"]


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EdgegenreError, match="cannot be written"):
        write_json(tmp_path / "file" / "below.json", {})


def test_every_data_room_is_found() -> None:
    assert all(room(name).is_dir() for name in ("firmware_export", "calibration", "bench"))
    with pytest.raises(EdgegenreError, match="missing"):
        room("attic")
