import copy
import dataclasses
import json

import pytest

from edgegenre.datasets.folder import open_folder
from edgegenre.datasets.split import stratified_split
from edgegenre.datasets.split_record import fingerprint, from_json, to_json
from edgegenre.errors import DatasetError
from tests.datasets.layouts import write_folder


@pytest.fixture
def recorded(tmp_path):
    root = write_folder(tmp_path / "music", {"rock": 3, "jazz": 4})
    split = stratified_split(open_folder(root), 0)
    return root, split, json.loads(json.dumps(to_json(split, root)))


def test_a_split_comes_back_from_json_unchanged(recorded):
    root, split, record = recorded
    assert from_json(record, root) == split


def test_a_recorded_split_follows_its_folder(recorded):
    root, split, record = recorded
    moved = root.rename(root.with_name("moved"))
    found = from_json(record, moved)
    assert [track.path for track in found.test] == [moved / track.path.relative_to(root) for track in split.test]
    assert fingerprint(found) == fingerprint(split)


def test_the_fingerprint_tells_who_is_in_which_part(recorded):
    _, split, _ = recorded
    swapped = dataclasses.replace(split, validation=split.test, test=split.validation)
    relabeled = dataclasses.replace(split, test=tuple(dataclasses.replace(t, label="folk") for t in split.test))
    assert len({fingerprint(split), fingerprint(swapped), fingerprint(relabeled)}) == 3
    reordered = dataclasses.replace(split, train=split.train[::-1])
    assert fingerprint(reordered) == fingerprint(split)


def test_a_file_that_has_gone_is_named(recorded):
    root, split, record = recorded
    split.test[0].path.unlink()
    with pytest.raises(
        DatasetError, match=rf"{split.test[0].path.name}: was part of the recorded split and is missing"
    ):
        from_json(record, root)


@pytest.mark.parametrize("path", ["../outside.wav", "/etc/passwd", "rock/../../outside.wav"])
def test_a_record_cannot_lead_out_of_its_folder(recorded, path):
    root, _, record = recorded
    record["test"][0]["path"] = path
    with pytest.raises(DatasetError, match="must stay inside"):
        from_json(record, root)


@pytest.mark.parametrize(
    "damage", [lambda r: r.pop("test"), lambda r: r["test"][0].pop("label"), lambda r: r.update(train=3)]
)
def test_a_damaged_record_is_one_clear_sentence(recorded, damage):
    root, _, record = recorded
    record = copy.deepcopy(record)
    damage(record)
    with pytest.raises(DatasetError, match="recorded split cannot be read"):
        from_json(record, root)


def test_a_split_is_recorded_with_its_own_folder_only(recorded, tmp_path):
    _, split, _ = recorded
    with pytest.raises(DatasetError, match="is not under"):
        to_json(split, tmp_path / "elsewhere")
