"""Artists in the tags of people's own files, as ffmpeg writes them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edgegenre.datasets.folder import open_folder
from edgegenre.datasets.registry import open_dataset
from edgegenre.datasets.tag_artists import Tags, read_tags
from tests.datasets.layouts import write_folder, write_tone
from tests.support import program


def tagged(path: Path, **tags: str) -> Path:
    """A tone with these tags, in the format that the name asks for."""
    plain = write_tone(path.with_name(f".{path.stem}.wav"))
    metadata = [part for name, value in tags.items() for part in ("-metadata", f"{name}={value}")]
    id3 = ["-write_id3v2", "1"] if path.suffix == ".aiff" else []
    ffmpeg = program("ffmpeg", "ffmpeg")
    subprocess.run([ffmpeg, "-v", "error", "-y", "-i", plain, *metadata, *id3, path], check=True)
    plain.unlink()
    return path


@pytest.mark.parametrize("suffix", ["mp3", "flac", "ogg", "opus", "aiff"])
def test_tags_are_read_from_every_format(tmp_path: Path, suffix: str) -> None:
    path = tagged(tmp_path / f"song.{suffix}", artist="Sigur Rós", album_artist="Various Artists", album="Ísland")
    assert read_tags(path) == Tags(artists=("Sigur Rós",), album_artists=("Various Artists",), albums=("Ísland",))


@pytest.mark.parametrize("content", [b"", b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f", b"fLaC\xff\xff\xff\xff", b"OggS" * 99])
@pytest.mark.parametrize("suffix", ["mp3", "flac", "ogg", "wav", "aiff"])
def test_damaged_files_have_no_tags(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"song.{suffix}"
    path.write_bytes(content)
    assert read_tags(path) == Tags()


def test_tracks_of_an_artist_an_album_artist_or_a_compilation_are_one_group(tmp_path: Path) -> None:
    rock, jazz = tmp_path / "rock", tmp_path / "jazz"
    tagged(rock / "a.mp3", artist="Nina  Simone")
    tagged(jazz / "b.flac", artist="nina simone")
    tagged(rock / "c.mp3", artist="Nobody Else", album_artist="Various Artists", album="Hits")
    tagged(jazz / "d.mp3", artist="Another", album_artist="Various Artists", album="Hits")
    tagged(jazz / "e.mp3", artist="Guest feat. Nina Simone")
    tagged(jazz / "f.mp3", artist="Duke Ellington and His Orchestra")
    tagged(jazz / "g.mp3", artist="Count Basie and His Orchestra")
    write_tone(rock / "h.wav")
    write_tone(rock / "Nina Simone" / "i.wav")
    tracks = open_dataset("folder", tmp_path).tracks
    members: dict[str, set[str]] = {}
    for track in tracks:
        if track.group is not None:
            members.setdefault(track.group, set()).add(track.path.stem)
    assert sorted(map(sorted, members.values())) == [["a", "b", "e", "i"], ["c", "d"], ["f"], ["g"]]


def test_files_without_tags_have_no_artist(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "music", {"rock": 2, "jazz": 2})
    assert open_dataset("folder", root) == open_folder(root)


def test_without_mutagen_it_is_said_that_tags_are_not_read(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "music", {"rock": 1})
    code = (
        "import sys; sys.modules['mutagen'] = None; from pathlib import Path; "
        "from edgegenre.datasets.registry import open_dataset; "
        "print(open_dataset('folder', Path(sys.argv[1])).problems)"
    )
    said = subprocess.run([sys.executable, "-c", code, root], capture_output=True, text=True, check=True).stdout
    assert "artists in tags are not read. Install mutagen" in said


def test_a_copied_file_keeps_its_artist(tmp_path: Path) -> None:
    song = tagged(tmp_path / "music" / "rock" / "a.mp3", artist="Björk")
    (tmp_path / "music" / "pop").mkdir()
    shutil.copy(song, tmp_path / "music" / "pop" / "b.mp3")
    assert {track.group for track in open_dataset("folder", tmp_path / "music").tracks} == {"björk"}
