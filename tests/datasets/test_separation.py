"""Parts that stand in for stems, held to librosa's harmonic-percussive separation."""

import json
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile

from edgegenre.audio.decode import load_pcm
from edgegenre.audio.stems import load_sound
from edgegenre.datasets.separation import SAMPLE_RATE, parts_of, separate_folder
from edgegenre.errors import DatasetError
from tests.frontend.signals import music, noise, tracks


@pytest.mark.parametrize("length", [1, 700, 30_000])
def test_the_parts_add_up_to_the_sound_to_the_bit(length: int) -> None:
    """Full-scale square waves and noise, too: what does not fit into one part lies in another."""
    square = np.where(np.arange(length) // 50 % 2, 32_767, -32_768).astype(np.int16)
    for pcm in (square, noise(length)):
        parts = parts_of(pcm)
        assert {part.dtype for part in parts.values()} == {np.dtype(np.int16)}
        np.testing.assert_array_equal(np.sum(list(parts.values()), axis=0, dtype=np.int32), pcm)


def test_drums_are_the_percussive_part_that_librosa_finds() -> None:
    for path in tracks(every=80):
        pcm = music(path, seconds=4)
        expected = librosa.effects.percussive(pcm / 32768) * 32768
        inner = slice(4096, -4096)  # the ends are padded differently
        error = parts_of(pcm)["drums"][inner] - expected[inner]
        assert np.sqrt(np.mean(error**2)) < 1e-2 * np.sqrt(np.mean(expected**2)) + 0.5


def test_a_low_tone_is_bass_a_high_tone_is_other_and_a_click_is_drums() -> None:
    time = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
    clicks = np.where(np.arange(len(time)) % 11_025 < 20, 0.4, 0.0)
    pcm = np.rint(
        (0.2 * np.sin(2 * np.pi * 80 * time) + 0.2 * np.sin(2 * np.pi * 1500 * time) + clicks) * 32767
    ).astype(np.int16)
    parts = parts_of(pcm)
    middle = slice(SAMPLE_RATE // 4, -SAMPLE_RATE // 4)

    def strength(part: str, hertz: float) -> float:
        tone = np.exp(-2j * np.pi * hertz * time[middle])
        return float(abs(np.mean(parts[part][middle] * tone)))

    assert strength("bass", 80) > 50 * max(strength("other", 80), strength("drums", 80))
    assert strength("other", 1500) > 50 * max(strength("bass", 1500), strength("drums", 1500))
    peaks = {name: int(np.abs(np.diff(part[middle].astype(int))).max()) for name, part in parts.items()}
    assert max(peaks, key=peaks.__getitem__) == "drums"


def test_a_folder_becomes_one_of_songs_with_the_same_sound(tmp_path: Path) -> None:
    for name, seed in (("rock/Artist/a.wav", 1), ("rock/b.wav", 2), ("rock/b.flac", 3), ("jazz/c.wav", 4)):
        path = tmp_path / "music" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, noise(9000, seed=seed), SAMPLE_RATE, subtype="PCM_16")
    dataset = separate_folder(tmp_path / "music", tmp_path / "songs")
    assert [track.identifier for track in dataset.tracks] == [
        *("jazz/c", "rock/Artist/a", "rock/b", "rock/b.wav")
    ]  # fmt: skip
    assert dataset.problems == ()
    song = tmp_path / "songs" / "rock" / "Artist" / "a"
    np.testing.assert_array_equal(
        load_sound(song, SAMPLE_RATE), load_pcm(tmp_path / "music" / "rock/Artist/a.wav", SAMPLE_RATE)
    )
    assert json.loads((tmp_path / "songs" / "dataset.json").read_text())["what"].startswith("Not stems but parts")
    with pytest.raises(DatasetError, match="is a song in stems already"):
        separate_folder(tmp_path / "songs", tmp_path / "again")
    with pytest.raises(DatasetError, match="not empty"):
        separate_folder(tmp_path / "music", tmp_path / "songs")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["music", "songs"]
