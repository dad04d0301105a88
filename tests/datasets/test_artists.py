"""Artists, published parts and several folders: what a split keeps together, and what it goes by."""

import dataclasses
from collections import Counter
from pathlib import Path

import pytest

from edgegenre.datasets.check import check_dataset, usable_dataset
from edgegenre.datasets.gtzan import open_gtzan
from edgegenre.datasets.gtzan_lists import artists, fault_filtered
from edgegenre.datasets.registry import open_dataset
from edgegenre.datasets.split import default_split, k_folds, published_split, stratified_split
from edgegenre.datasets.track import without
from edgegenre.errors import DatasetError
from tests.datasets.layouts import imagined, plain, write_folder, write_tone
from tests.support import real_data


def test_the_fault_filtered_split_is_the_published_one() -> None:
    """Kereliuk, Sturm and Larsen, 2015: 443 training, 197 validation and 290 test tracks."""
    assert Counter(fault_filtered().values()) == {"train": 443, "validation": 197, "test": 290}


def test_the_shipped_lists_say_what_the_published_ones_say() -> None:
    lists = real_data("lists")
    for part, name in (("train", "train"), ("validation", "valid"), ("test", "test")):
        published = (lists / f"gtzan_{name}_filtered.txt").read_text().split()
        assert {track for track, where in fault_filtered().items() if where == part} == {
            Path(line).stem for line in published
        }
    for line in (lists / "gtzan_artists_sturm2012.txt").read_text().splitlines():
        if ":::" in line and "blues.000" in line:
            assert Path(line.split()[0]).stem in artists()


def test_two_tracks_have_one_artist_when_they_share_a_name_in_either_list() -> None:
    """Two rows of the published lists at a time, by hand."""
    artist = artists()
    assert artist["blues.00000"] == artist["blues.00011"] == "john lee hooker"  # the same in both lists
    assert artist["reggae.00028"] == artist["reggae.00033"]  # one is in the fingerprint list alone
    assert artist["classical.00000"] == artist["classical.00009"]  # the composer, in Sturm's list alone
    assert artist["jazz.00000"] != artist["classical.00000"]
    assert artist["disco.00000"] != artist["blues.00000"]
    assert len(artist) > 950


def test_copies_and_cuts_of_gtzan_tracks_are_known_by_their_names(tmp_path: Path) -> None:
    for name in ("blues.00012.wav", "blues.00013.flac", "blues.00014-snippet-10-10.flac", "blues.00012.3.wav"):
        write_tone(tmp_path / "blues" / name)
    write_tone(tmp_path / "blues" / "blues.wav")
    dataset = open_gtzan(tmp_path)
    assert {track.identifier: track.recording for track in dataset.tracks} == {
        "blues.00012": "blues.00012",
        "blues.00012.3": "blues.00012",
        "blues.00013": "blues.00013",
        "blues.00014-snippet-10-10": "blues.00014",
    }
    assert {track.group for track in dataset.tracks} == {"robert johnson"}


def test_several_folders_are_one_data_set_and_a_track_in_two_of_them_stays_in_one_part(tmp_path: Path) -> None:
    for number in range(12):
        for genre, start in (("country", 20), ("disco", 20)):
            for folder, pitch in (("mini", 300), ("more", 900)):
                name = f"{genre}.{start + number:05d}.wav"
                write_tone(tmp_path / folder / genre / name, pitch=pitch + 17 * number + 7 * (genre == "disco"))
    dataset = open_dataset("gtzan", [tmp_path / "more", tmp_path / "mini"])
    assert dataset.tracks == open_dataset("gtzan", [tmp_path / "mini", tmp_path / "more"]).tracks
    assert (dataset.root, len(dataset.tracks)) == (tmp_path, 48)
    assert dataset.name == "gtzan (mini + more)"
    for by in ("track", "artist"):
        split = stratified_split(dataset, 0, by=by)
        parts = [{track.recording for track in part} for part in (split.train, split.validation, split.test)]
        assert sum(map(len, parts)) == len(set.union(*parts)) == 24


def test_equal_names_in_two_folders_of_ones_own_are_different_tracks(tmp_path: Path) -> None:
    for name in ("old", "new"):
        write_folder(tmp_path / name, {"rock": 3, "jazz": 3})
    dataset = open_dataset("folder", [tmp_path / "old", tmp_path / "new"])
    assert [track.identifier for track in dataset.tracks][:2] == ["new/jazz/000.wav", "new/jazz/001.wav"]
    assert (dataset.labels, len(dataset.tracks)) == (("jazz", "rock"), 12)
    assert check_dataset(dataset).duplicates  # the tones are the same: the sound tells, the name does not


def test_a_folder_inside_another_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path / "music", {"rock": 3, "jazz": 3})
    for roots in ([tmp_path / "music", tmp_path / "music"], [tmp_path, tmp_path / "music"]):
        with pytest.raises(DatasetError, match="would count twice"):
            open_dataset("folder", roots)


def test_the_artist_is_the_default_where_half_of_the_tracks_name_one() -> None:
    assert default_split(plain({"rock": 4})) == "track"
    tracks = [(f"rock/{n}", "rock", "x" if n < 2 else None) for n in range(4)]
    assert default_split(imagined(tracks)) == "artist"
    assert default_split(imagined(tracks[1:])) == "track"


def test_a_split_by_track_divides_artists_and_one_by_artist_does_not() -> None:
    dataset = imagined([(f"{label}/{n}", label, f"{label} {n % 4}") for label in ("rock", "jazz") for n in range(40)])
    for by, divided in (("track", True), ("artist", False)):
        split = stratified_split(dataset, 0, by=by)
        train, test = ({track.group for track in part} for part in (split.train, split.test))
        assert bool(train & test) == divided


def test_no_artist_and_no_published_split_is_one_sentence() -> None:
    dataset = plain({"rock": 10, "jazz": 10})
    with pytest.raises(DatasetError, match=r"no track names an artist.*--split track"):
        usable_dataset(dataclasses.replace(dataset, synthetic=True), by="artist")  # not decoded
    with pytest.raises(DatasetError, match="no published split of 'imagined' is known"):
        published_split(dataset)


def test_a_published_split_that_lacks_a_class_names_it(tmp_path: Path) -> None:
    write_tone(tmp_path / "blues" / "blues.00000.wav")
    with pytest.raises(DatasetError, match=r"class 'blues' has no track here .* in its train part"):
        published_split(open_gtzan(tmp_path))


def test_a_published_split_keeps_its_parts_and_leaves_the_faulty_tracks_out(tmp_path: Path) -> None:
    for genre in ("blues", "metal"):
        for number in range(100):
            (tmp_path / genre).mkdir(exist_ok=True)
            (tmp_path / genre / f"{genre}.{number:05d}.wav").write_bytes(b"")
    dataset = open_dataset("gtzan", tmp_path)
    split = published_split(dataset)
    for part in ("train", "validation", "test"):
        assert {track.identifier for track in getattr(split, part)} == {
            name
            for name, where in fault_filtered().items()
            if where == part and name.split(".")[0] in ("blues", "metal")
        }
    assert len(split.train) + len(split.validation) + len(split.test) < 200


def test_a_class_that_is_left_out_is_gone_and_a_mistyped_one_is_named() -> None:
    dataset = plain({"rock": 3, "jazz": 3})
    assert without(dataset, ["rock"]).labels == ("jazz",)
    assert {track.label for track in without(dataset, ["rock"]).tracks} == {"jazz"}
    with pytest.raises(DatasetError, match=r"has no class 'rick'\. Did you mean 'rock'\?"):
        without(dataset, ["rick"])


def test_the_real_tracks_of_nine_genres_make_five_folds_by_artist() -> None:
    roots = [real_data(name) for name in ("gtzan_mini", "gtzan_excerpts", "gtzan_more")]
    dataset = open_dataset("gtzan", roots)
    assert len(dataset.tracks) == 363
    assert {track.group for track in dataset.tracks if track.label == "reggae"} == {"bob marley", "burning spear"}
    with pytest.raises(DatasetError, match=r"the 32 tracks of class 'reggae' are by 2 artists \(bob marley, burning"):
        k_folds(dataset, 5, 0)
    dataset = without(dataset, ["reggae"])
    folds = k_folds(dataset, 5, 0)
    assert sum(len(fold.test) for fold in folds) == 331
    for fold in folds:
        assert {track.label for track in fold.test} == set(dataset.labels)
        train, test = ({track.group for track in part} - {None} for part in (fold.train, fold.test))
        assert not train & test


def test_a_plain_folder_of_gtzan_files_is_told_that_their_artists_are_known(tmp_path: Path) -> None:
    for genre in ("blues", "jazz"):
        write_tone(tmp_path / genre / f"{genre}.00012.wav")
    (problem,) = open_dataset("folder", tmp_path).problems
    assert "opened as the data set 'gtzan' their artists are known" in problem
    write_tone(tmp_path / "jazz" / "mine.wav")
    assert open_dataset("folder", tmp_path).problems == ()
