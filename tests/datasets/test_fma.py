"""FMA's published layout, made small: two header rows and the index row, clips in folders of a thousand numbers."""

import csv
from pathlib import Path

import pytest

from edgegenre.datasets.fma import open_fma, read_metadata
from edgegenre.datasets.registry import open_dataset
from edgegenre.datasets.split import default_split, published_split
from edgegenre.errors import DatasetError
from tests.datasets.layouts import write_tone

COLUMNS = [
    ("", ""), ("album", "id"), ("artist", "bio"), ("artist", "id"), ("artist", "name"), ("set", "split"),
    ("set", "subset"), ("track", "genre_top"), ("track", "title"),
]  # fmt: skip
BROKEN = (98565, 98567, 98569, 99134, 108925, 133297)


def write_fma(root: Path, rows: list[tuple[int, int, str, str]]) -> Path:
    """rows: (track, artist, part, top genre)."""
    (root / "fma_metadata").mkdir(parents=True)
    with (root / "fma_metadata" / "tracks.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow([first for first, _ in COLUMNS])
        table.writerow([second for _, second in COLUMNS])
        table.writerow(["track_id", *[""] * (len(COLUMNS) - 1)])
        for track, artist, part, genre in rows:
            bio = "<p>A story,\nwith a line break</p>" + "x" * 200_000 * (track == 2)
            table.writerow([track, 1, bio, artist, "Ünï", part, "small", genre, "A title, with a comma"])
            name = f"{track:06d}.mp3"
            if track in BROKEN:
                (root / "fma_small" / name[:3]).mkdir(parents=True, exist_ok=True)
                (root / "fma_small" / name[:3] / name).write_bytes(b"")
            else:
                write_tone(root / "fma_small" / name[:3] / name, pitch=300 + track % 400, rate=44_100)
    return root


@pytest.fixture
def fma(tmp_path: Path) -> Path:
    rows = [(2, 1, "training", "Hip-Hop"), (5, 1, "training", "Hip-Hop"), (134, 9, "validation", "Hip-Hop")]
    rows += [(1001, 8, "test", "Hip-Hop"), (3000, 2, "training", "Rock"), (3001, 3, "validation", "Rock")]
    rows += [(155066, 4, "test", "Rock"), *((track, 5, "training", "Rock") for track in BROKEN)]
    return write_fma(tmp_path, rows)


def test_the_published_layout_opens_with_genres_artists_and_parts(fma: Path) -> None:
    dataset = open_dataset("fma", fma)
    assert dataset.labels == ("Hip-Hop", "Rock")
    assert {track.identifier: (track.label, track.group, track.part) for track in dataset.tracks} == {
        "000002": ("Hip-Hop", "artist 1", "train"),
        "000005": ("Hip-Hop", "artist 1", "train"),
        "000134": ("Hip-Hop", "artist 9", "validation"),
        "001001": ("Hip-Hop", "artist 8", "test"),
        "003000": ("Rock", "artist 2", "train"),
        "003001": ("Rock", "artist 3", "validation"),
        "155066": ("Rock", "artist 4", "test"),
    }
    assert default_split(dataset) == "artist"


def test_the_published_split_is_that_of_its_column(fma: Path) -> None:
    split = published_split(open_fma(fma))
    assert [[track.identifier for track in part] for part in (split.train, split.validation, split.test)] == [
        ["000002", "000005", "003000"],
        ["000134", "003001"],
        ["001001", "155066"],
    ]


def test_the_six_broken_clips_are_left_out_and_named(fma: Path) -> None:
    (problem,) = open_fma(fma).problems
    assert "6 clips that are known to be broken" in problem
    assert all(f"{track:06d}.mp3" in problem for track in BROKEN)


def test_the_folder_of_clips_alone_opens_with_the_metadata_beside_it(fma: Path) -> None:
    assert open_fma(fma / "fma_small").tracks == open_fma(fma).tracks


def test_clips_without_a_genre_or_an_entry_are_left_out_and_named(tmp_path: Path) -> None:
    root = write_fma(tmp_path, [(2, 1, "training", "Rock"), (3, 1, "training", "")])
    write_tone(root / "fma_small" / "000" / "000007.mp3", rate=44_100)
    dataset = open_fma(root)
    assert [track.identifier for track in dataset.tracks] == ["000002"]
    assert "2 sound files without a top genre in tracks.csv (000003.mp3, 000007.mp3)" in dataset.problems[0]


def test_missing_metadata_is_named(fma: Path) -> None:
    (fma / "fma_metadata" / "tracks.csv").unlink()
    with pytest.raises(DatasetError, match=r"has no fma_metadata/tracks\.csv in it or beside it"):
        open_fma(fma)


@pytest.mark.parametrize("content", ["", "a,b\n", "x\nx\ntrack_id\n", ",set\n,split\n", "\xff", "\0"])
def test_metadata_that_are_not_fmas_are_one_sentence(fma: Path, content: str) -> None:
    (fma / "fma_metadata" / "tracks.csv").write_bytes(content.encode("latin-1"))
    with pytest.raises(DatasetError, match=r"tracks\.csv: is not FMA's tracks\.csv"):
        open_fma(fma)


def test_a_track_number_cannot_be_a_path(fma: Path) -> None:
    path = fma / "fma_metadata" / "tracks.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("\n134,", "\n../134,"), encoding="utf-8")
    with pytest.raises(DatasetError, match=r"'\.\./134' is no track number"):
        read_metadata(path)
