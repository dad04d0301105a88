"""One recording is known again in another codec, at another level, in a piece; two are never taken for one."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.audio.decode import load_pcm
from edgegenre.audio.fingerprint import Fingerprinter, matches
from tests.audio.sounds import ffmpeg
from tests.support import real_data


def fingerprint(pcm: np.ndarray) -> np.ndarray:
    fingerprinter = Fingerprinter(16_000)
    fingerprinter.push(pcm)
    return fingerprinter.words()


def tune(seed: int, seconds: float = 12) -> np.ndarray:
    """int16 at 16 kHz: notes of random pitch and length, with overtones and a little noise."""
    chance = np.random.default_rng(seed)
    parts = []
    while sum(map(len, parts)) < seconds * 16_000:
        time = np.arange(int(chance.uniform(0.1, 0.5) * 16_000)) / 16_000
        pitch = 220 * 2 ** (chance.integers(0, 36) / 12)
        tone = sum(np.sin(2 * np.pi * pitch * (n + 1) * time) / (n + 1) for n in range(5))
        parts.append(tone * np.exp(-3 * time) * chance.uniform(0.3, 1))
    sound = np.concatenate(parts)[: int(seconds * 16_000)]
    return (8000 * (sound + chance.normal(0, 0.02, len(sound))) / 2).astype(np.int16)


CHANGES = {
    "mp3": ("x.mp3", ("-b:a", "64k")),
    "mp3 at a low rate": ("x.mp3", ("-b:a", "32k", "-ar", "22050")),
    "opus": ("x.opus", ("-b:a", "24k")),
    "vorbis in stereo": ("x.ogg", ("-q:a", "0", "-ac", "2", "-ar", "44100")),
    "telephone": ("x.wav", ("-ar", "8000", "-c:a", "pcm_mulaw")),
    "quiet": ("x.flac", ("-af", "volume=-30dB")),
    "other tone": ("x.ogg", ("-af", "bass=g=8,treble=g=-6")),
    "a piece of it": ("x.mp3", ("-ss", "3.013", "-t", "5", "-b:a", "96k")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_recording_is_known_again(tmp_path: Path, change: str) -> None:
    name, options = CHANGES[change]
    recordings = [tune(seed) for seed in range(4)]
    soundfile.write(tmp_path / "source.wav", recordings[2], 16_000)
    ffmpeg("-i", tmp_path / "source.wav", *options, tmp_path / name)
    found = matches([*map(fingerprint, recordings), fingerprint(load_pcm(tmp_path / name))])
    assert [(match.first, match.second) for match in found] == [(2, 4)]
    assert found[0].difference < 0.2
    assert found[0].seconds > (4 if change == "a piece of it" else 11)


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(0, 80_000), max_size=8))
def test_the_words_do_not_depend_on_the_chunks(cuts: list[int]) -> None:
    pcm = tune(5, seconds=5)
    fingerprinter = Fingerprinter(16_000)
    for part in np.split(pcm, sorted(cuts)):
        fingerprinter.push(part)
    np.testing.assert_array_equal(fingerprinter.words(), fingerprint(pcm))


@pytest.mark.parametrize("kind", ["silence", "one tone", "short"])
def test_sound_that_says_nothing_is_like_nothing(kind: str) -> None:
    time = np.arange(20 * 16_000) / 16_000
    sounds = {
        "silence": [np.zeros(len(time), np.int16)] * 2,
        "one tone": [(9000 * np.sin(2 * np.pi * pitch * time)).astype(np.int16) for pitch in (440, 441)],
        "short": [tune(1, seconds=2)] * 2,
    }[kind]
    assert matches([fingerprint(sound) for sound in sounds]) == []


def test_nothing_at_all_has_no_words() -> None:
    assert len(Fingerprinter(16_000).words()) == 0
    assert matches([]) == []
    assert matches([np.empty(0, np.uint32)] * 3) == []


def test_no_two_of_a_hundred_real_tracks_are_taken_for_one() -> None:
    tracks = sorted(real_data("gtzan_mini").glob("genres/*/*.wav"))
    assert matches([fingerprint(load_pcm(path)) for path in tracks]) == []


def test_real_excerpts_are_found_in_the_tracks_they_were_cut_from() -> None:
    """gtzan_excerpts and gtzan_more hold some tracks twice, under one name: 2 to 3 s, and 30 s in another format."""
    excerpts = sorted(real_data("gtzan_excerpts").glob("*/*.wav"))
    tracks = sorted(real_data("gtzan_more").glob("*/*.flac"))
    files = [*excerpts, *tracks]
    found = matches([fingerprint(load_pcm(path)) for path in files])
    named = {(files[match.first].stem, files[match.second].stem) for match in found}
    assert all(one == other for one, other in named)
    both = {path.stem for path in excerpts} & {path.stem for path in tracks}
    assert len(named) >= 0.7 * len(both)
