"""One walker: what it takes, and that everything else is counted and named."""

import os
from pathlib import Path

import pytest

from edgegenre.datasets.folder import open_folder
from edgegenre.datasets.walk import left_out, walk
from tests.datasets.layouts import write_tone


@pytest.fixture
def music(tmp_path: Path) -> Path:
    for name in ("rock/a.wav", "rock/Artist/b.FLAC", "jazz/c.mp3", "jazz/.d.wav", ".old/e.wav"):
        write_tone(tmp_path / name)
    (tmp_path / "jazz" / "._c.mp3").write_bytes(b"Mac OS X")
    for name in ("rock/f.m4a", "jazz/g.WMA", "rock/cover.jpg"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def test_every_file_is_taken_or_named(music: Path) -> None:
    found = walk(music)
    assert [str(path.relative_to(music)) for path in found.sounds] == ["jazz/c.mp3", "rock/Artist/b.FLAC", "rock/a.wav"]
    said = "\n".join(left_out(music, found))
    assert "2 in formats that cannot be read; convert them to FLAC (jazz/g.WMA, rock/f.m4a)" in said
    assert "3 whose names begin with a dot (.old, jazz/._c.mp3, jazz/.d.wav)" in said
    assert "1 that are no sound files by their names (rock/cover.jpg)" in said
    assert [track.path for track in open_folder(music).tracks] == list(found.sounds)


def test_links_are_followed_and_circles_end(music: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    write_tone(elsewhere / "h.wav")
    (music / "rock" / "linked").symlink_to(elsewhere)
    (music / "jazz" / "linked").symlink_to(elsewhere)
    (music / "rock" / "up").symlink_to(music)
    (music / "rock" / "gone.wav").symlink_to(music / "nowhere")
    (music / "rock" / "self.wav").symlink_to(music / "rock" / "self.wav")
    os.mkfifo(music / "rock" / "pipe.wav")
    found = walk(music)
    assert [path.name for path in found.sounds].count("h.wav") == 2
    assert {path.name for path in found.unusable} == {"up", "gone.wav", "self.wav", "pipe.wav"}


def test_a_deep_tree_is_walked(tmp_path: Path) -> None:
    place = tmp_path
    for _ in range(300):
        place = place / "d"
    write_tone(place / "x.wav")
    assert len(walk(tmp_path).sounds) == 1
