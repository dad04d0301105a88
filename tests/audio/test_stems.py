"""Songs in stems: what is heard of them, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from edgegenre.audio.decode import load_pcm
from edgegenre.audio.stems import content_digest, load_sound, reader_of
from edgegenre.datasets.folder import open_folder
from edgegenre.datasets.walk import walk
from edgegenre.errors import AudioError, DatasetError

RATE = 22_050


def write_stem(path: Path, value: int, samples: int = 400) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.full(samples, value, np.int16), RATE, subtype="PCM_16")


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """House by Artist: stems of 1000, 2000, 4000 and 30000 steps."""
    folder = tmp_path / "music" / "house" / "Artist" / "song"
    for stem, value in (("bass", 1000), ("drums", 2000), ("other", 4000), ("vocals", 30_000)):
        write_stem(folder / f"{stem}.wav", value)
    return folder


@pytest.mark.parametrize(
    ("heard", "value"), [("mix", 32_767), ("no-vocals", 7000), ("bass", 1000), ("drums", 2000), ("other", 4000)]
)
def test_what_is_heard_is_a_sum_of_stems_that_is_clipped(song: Path, heard: str, value: int) -> None:
    assert load_sound(song, RATE, heard).tolist() == [value] * 400


def test_the_mix_of_a_song_without_vocals_is_the_sum_of_the_others(song: Path) -> None:
    (song / "vocals.wav").unlink()
    assert set(load_sound(song, RATE)) == {7000}
    with pytest.raises(AudioError, match=r"holds no vocals\.wav"):
        load_sound(song, RATE, "vocals")


def test_a_plain_file_is_its_own_mix_and_has_no_stems(song: Path) -> None:
    plain = song / "drums.wav"
    for heard in ("mix", "no-vocals"):
        np.testing.assert_array_equal(load_sound(plain, RATE, heard), load_pcm(plain, RATE))
    with pytest.raises(AudioError, match=r"hears the bass of a song in stems: name a folder that holds bass\.wav"):
        load_sound(plain, RATE, "bass")


def test_stems_of_different_lengths_are_refused(song: Path) -> None:
    write_stem(song / "drums.wav", 1, samples=401)
    with pytest.raises(AudioError, match="its stems have from 400 to 401 samples"):
        load_sound(song, RATE)


def test_what_is_odd_about_the_sum_is_said_with_the_song_s_name(song: Path) -> None:
    (song / "vocals.wav").unlink()
    write_stem(song / "other.wav", 32_000)
    reader = reader_of(song, RATE)
    reader.load()
    assert any(remark.startswith(f"{song}: ") and "are clipped" in remark for remark in reader.remarks), reader.remarks


def test_a_song_is_one_track_of_its_artist(song: Path) -> None:
    music = song.parents[2]
    write_stem(music / "dub" / "plain.wav", 5)
    write_stem(music / "dub" / "bass.wav", 5)  # a track that is called so; there are no drums beside it
    assert song in walk(music).sounds
    tracks = {track.identifier: track for track in open_folder(music).tracks}
    assert list(tracks) == ["dub/bass.wav", "dub/plain.wav", "house/Artist/song"]
    assert tracks["house/Artist/song"].group == "artist"
    with pytest.raises(DatasetError, match="is a song in stems"):
        open_folder(song)


def test_the_digest_of_a_song_changes_with_any_stem(song: Path) -> None:
    """The feature cache goes by it."""
    found = {content_digest(song)}
    for stem in ("bass", "drums", "other", "vocals"):
        write_stem(song / f"{stem}.wav", 17)
        found.add(content_digest(song))
    (song / "vocals.wav").unlink()
    assert len({*found, content_digest(song)}) == 6
