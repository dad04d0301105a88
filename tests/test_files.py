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


def test_a_folder_that_cannot_take_the_old_one_s_place_leaves_it_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    (target / "old").touch()
    rename, calls = Path.rename, iter(range(9))

    def refused_once(path: Path, to: Path) -> Path:
        if next(calls) == 1:
            raise PermissionError
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", refused_once)
    with pytest.raises(PermissionError), replacing_folder(target) as temporary:
        (temporary / "new").touch()
    assert os.listdir(tmp_path) == ["folder"]
    assert os.listdir(target) == ["old"]


def test_what_cannot_be_removed_of_the_old_folder_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    (target / "old").touch()

    def refused(*_: object, **__: object) -> None:
        raise PermissionError

    with replacing_folder(target) as temporary:
        (temporary / "new").touch()
        monkeypatch.setattr(os, "unlink", refused)
    assert os.listdir(target) == ["new"]


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EdgegenreError, match="cannot be written"):
        write_json(tmp_path / "file" / "below.json", {})


def test_every_data_room_is_found() -> None:
    assert all(room(name).is_dir() for name in ("firmware_export", "calibration", "bench"))
    with pytest.raises(EdgegenreError, match="missing"):
        room("attic")
