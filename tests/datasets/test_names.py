"""A data set has the same identifiers on every machine, and is found again under names in another form."""

import os
import shutil
import unicodedata
from pathlib import Path

import pytest

from edgegenre.datasets.folder import open_folder
from edgegenre.datasets.split import stratified_split
from edgegenre.datasets.split_record import fingerprint, from_json, to_json
from edgegenre.errors import DatasetError
from edgegenre.files import write_json
from tests.datasets.layouts import write_folder, write_tone


def renamed(root: Path, form: str) -> Path:
    """A copy of the data set as another system writes its names."""
    copy = root.with_name(f"{root.name}-{form}")
    for path in root.rglob("*.wav"):
        target = copy / unicodedata.normalize(form, str(path.relative_to(root)))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return copy


def test_composed_and_decomposed_names_are_one_data_set(tmp_path: Path) -> None:
    write_folder(tmp_path / "set", {"chançon": 4, "fado": 4})
    write_tone(tmp_path / "set" / "chançon" / "Édith" / "né.wav", pitch=333)
    composed, decomposed = (open_folder(renamed(tmp_path / "set", form)) for form in ("NFC", "NFD"))
    assert composed.labels == decomposed.labels == ("chançon", "fado")
    assert [track.identifier for track in composed.tracks] == [track.identifier for track in decomposed.tracks]
    assert [track.group for track in composed.tracks] == [track.group for track in decomposed.tracks]
    one, other = stratified_split(composed, 0), stratified_split(decomposed, 0)
    assert fingerprint(one) == fingerprint(other)
    moved = from_json(to_json(other, decomposed.root), composed.root)
    assert fingerprint(moved) == fingerprint(one)
    assert all(track.path.is_file() for track in (*moved.train, *moved.validation, *moved.test))


def test_two_folders_of_one_name_are_one_class(tmp_path: Path) -> None:
    for number, form in enumerate(("NFC", "NFD")):
        write_tone(tmp_path / unicodedata.normalize(form, "née") / f"{number}.wav")
    dataset = open_folder(tmp_path)
    assert dataset.labels == ("née",)
    assert len(dataset.tracks) == 2


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    for form in ("NFC", "NFD"):
        write_tone(tmp_path / "rock" / unicodedata.normalize(form, "né.wav"))
    with pytest.raises(DatasetError, match="has the same identifier"):
        open_folder(tmp_path)


def test_names_that_are_no_text_can_be_split_and_recorded(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "set", {"rock": 3, "jazz": 3})
    odd = Path(os.fsdecode(os.fsencode(root / "rock") + b"/caf\xe9.wav"))
    shutil.move(write_tone(root / "rock" / "x.wav", pitch=555), odd)
    dataset = open_folder(root)
    assert r"rock/caf\xe9.wav" in [track.identifier for track in dataset.tracks]
    split = stratified_split(dataset, 0)
    record = to_json(split, root)
    write_json(tmp_path / "split.json", record)  # UTF-8, which has no lone surrogates
    assert odd in {track.path for part in vars(from_json(record, root)).values() for track in part}


def test_a_data_set_that_has_moved_is_found_in_its_new_place(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "old", {"rock": 3, "jazz": 3})
    split = stratified_split(open_folder(root), 0)
    record = to_json(split, root)
    root.rename(tmp_path / "new")
    with pytest.raises(DatasetError, match=r"name the data set's new place \(--data-at\)"):
        from_json(record, root)
    assert fingerprint(from_json(record, tmp_path / "new")) == fingerprint(split)
