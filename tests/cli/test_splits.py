"""`--split`, `--groups`, `--without` and several folders, as a person types them; the leak meter below the figures."""

import json
import shutil
from pathlib import Path

import pytest

from tests.commands import edgegenre, refusal
from tests.training.tiny import TINY, tiny_dataset

TRAIN = ("train", "ds-crnn1", "--device", "cpu", "--recipe", "short.json", "--data", "music")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with `music/`, each genre by three artists of two tracks, and a short recipe."""
    folder = tmp_path_factory.mktemp("work")
    tiny_dataset(folder / "music", tracks=6, seconds=1)
    for genre in (folder / "music").iterdir():
        for number, path in enumerate(sorted(genre.iterdir())):
            artist = genre / f"{genre.name} artist {number // 2}"
            artist.mkdir(exist_ok=True)
            path.rename(artist / path.name)
    (folder / "short.json").write_text(json.dumps(TINY.to_dict()))
    return folder


def parts(run: Path) -> dict[str, set[str]]:
    split = json.loads((run / "config.json").read_text())["split"]
    return {part: {track["group"] for track in tracks} for part, tracks in split.items()}


def test_every_figure_says_what_the_split_goes_by_and_the_leak_meter_stands_below(folder: Path) -> None:
    by_artist = edgegenre(*TRAIN, "--fold", "1/3", folder=folder)
    assert by_artist.status == 0, by_artist.stderr
    assert "on music, by artist, fold 1 of 3, seed 0" in by_artist.stdout
    assert "Leak meter: on all 18 tracks, in 3 folds, the baseline is right in" in by_artist.stdout
    assert "This network's own runs" not in by_artist.stdout
    by_track = edgegenre(*TRAIN, "--split", "track", "--fold", "1/3", folder=folder)
    assert "on music, by track, fold 1 of 3, seed 0" in by_track.stdout
    assert "(1 run), " in by_track.stdout
    assert "% by artist (1 run): " in by_track.stdout
    first, second = sorted((folder / "runs").iterdir())
    groups = parts(first)
    assert sum(map(len, groups.values())) == 9
    metrics = json.loads((first / "metrics.json").read_text())
    assert metrics["split"]["by"] == "artist"
    assert 0 <= metrics["leak"]["by_artist"] <= 1
    assert json.loads((second / "metrics.json").read_text())["split"]["words"] == "by track, fold 1 of 3, seed 0"
    assert edgegenre("export", first, "--int8", "--out", "bundle", folder=folder).status == 0
    card = (folder / "bundle" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "split by artist, fold 1 of 3, seed 0 into 6 training, 6 validation and 6 test tracks" in card
    assert "Leak meter: on all 18 tracks" in card.replace("\\", "")
    scored = edgegenre("eval", "bundle", folder=folder)
    assert f"test of {first.name}, by artist, fold 1 of 3, seed 0" in scored.stdout
    assert "Leak meter: on all 18 tracks" in scored.stdout


def test_data_check_counts_artists_and_says_what_the_split_goes_by(folder: Path) -> None:
    said = edgegenre("data", "check", "music", folder=folder)
    assert said.status == 0
    assert "\nsplit: by artist\n" in said.stdout
    assert "class  tracks  artists" in said.stdout
    report = json.loads(edgegenre("data", "check", "music", "--split", "track", "--json", folder=folder).stdout)
    assert report["split"] == "track"
    assert any("the split goes by track (18 of 18 name an artist)" in warning for warning in report["warnings"])


def test_a_genre_by_one_artist_is_refused_by_name(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "music", tmp_path / "music")
    shutil.copy(folder / "short.json", tmp_path)
    genre = sorted((tmp_path / "music").iterdir())[0]
    for artist in sorted(genre.iterdir())[1:]:
        for path in artist.iterdir():
            path.rename(genre / f"{genre.name} artist 0" / path.name)
        artist.rmdir()
    sentence = f"the 6 tracks of class '{genre.name}' are by 1 artist ({genre.name} artist 0); 3 are needed"
    assert sentence in refusal(*TRAIN, folder=tmp_path)
    said = edgegenre("data", "check", "music", folder=tmp_path)
    assert said.status == 1
    assert f"fault: {tmp_path}/music: {sentence}" in said.stdout
    assert edgegenre(*TRAIN, "--without", genre.name, folder=tmp_path).status == 0
    assert not list((tmp_path / "runs").glob(".*"))


def test_what_cannot_be_split_like_that_is_one_sentence(folder: Path) -> None:
    (folder / "groups.csv").write_text("nowhere/none.wav,someone\n")
    sentences = {
        ("--split", "published"): "no published split of 'music' is known",
        ("--split", "published", "--fold", "1/3"): "a published split has no folds",
        ("--fold", "1/4"): "artists (",
        ("--without", "polka"): "has no class 'polka'",
        ("--groups", "groups.csv"): "groups.csv: names none of the 18 tracks",
        ("--groups", "absent.csv"): "absent.csv: cannot be read",
        ("--dataset", "fma"): "has no fma_metadata/tracks.csv",
        ("--data", "music"): "would count twice",
    }
    runs = set((folder / "runs").glob("*"))
    for options, sentence in sentences.items():
        assert sentence in refusal(*TRAIN, *options, folder=folder)
    assert "--groups needs --data" in refusal("train", "ds-crnn1", "--groups", "groups.csv", folder=folder)
    assert set((folder / "runs").glob("*")) == runs
