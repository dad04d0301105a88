import pytest

from edgegenre.datasets.registry import NAMES, open_dataset
from edgegenre.errors import DatasetError
from tests.datasets.layouts import write_folder


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("GTZAN", "gtzan"), ("gtzen", "gtzan"), ("extended_ballroom", "extended-ballroom"), ("foldr", "folder")],
)
def test_a_mistyped_name_gets_the_near_one(tmp_path, typed, meant):
    with pytest.raises(DatasetError, match=rf"'{typed}' is not known\. Did you mean '{meant}'\?"):
        open_dataset(typed, tmp_path)


def test_a_strange_name_gets_the_list(tmp_path):
    with pytest.raises(DatasetError, match="extended-ballroom, fma, folder, gtzan, synthetic"):
        open_dataset("qqqqqq", tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_every_layout_refuses_a_folder_that_is_not_there(tmp_path, name):
    with pytest.raises(DatasetError, match="nowhere: no such folder"):
        open_dataset(name, tmp_path / "nowhere")


def test_recordings_are_not_synthetic(tmp_path):
    with pytest.raises(DatasetError, match="was not rendered by `edgegenre data synth`"):
        open_dataset("synthetic", write_folder(tmp_path, {"rock": 1}))


def test_an_index_belongs_to_gtzan(tmp_path):
    with pytest.raises(DatasetError, match="for 'gtzan' only"):
        open_dataset("folder", write_folder(tmp_path, {"rock": 1}), md5_index=tmp_path / "index.json")
