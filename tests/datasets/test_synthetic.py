import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.datasets.extended_ballroom import CLASSES
from edgegenre.datasets.registry import open_dataset
from edgegenre.datasets.synthetic import synthetic_dataset, write_dataset
from edgegenre.datasets.synthetic_dice import Dice
from edgegenre.datasets.synthetic_patterns import RHYTHMS, ROLES
from edgegenre.datasets.synthetic_render import render_track
from edgegenre.errors import DatasetError, EdgegenreError
from edgegenre.progress import SILENT


def contents(root):
    return {path.relative_to(root): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    root = tmp_path_factory.mktemp("synthetic") / "set"
    return write_dataset(root, tracks_per_class=1, seed=5)


@given(label=st.sampled_from(CLASSES), index=st.integers(0, 10**6), seed=st.integers(0, 2**63))
@settings(max_examples=15, deadline=None)
def test_a_track_is_thirty_seconds_of_sound_from_end_to_end(label, index, seed):
    pcm = render_track(label, index, seed)
    assert pcm.dtype == np.int16
    assert pcm.shape == (480_000,)
    peak = np.abs(pcm.astype(int)).max()
    assert 32767 * 10 ** (-13 / 20) < peak <= 32767
    assert np.abs(pcm.astype(int)).reshape(6, -1).max(axis=1).min() > 0.05 * peak


def test_the_same_seed_gives_the_same_bytes_in_every_process():
    code = (
        "import hashlib; from edgegenre.datasets.synthetic_render import render_track;"
        f"print([hashlib.sha256(render_track(label, 3, 11).tobytes()).hexdigest() for label in {CLASSES!r}])"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "OMP_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed, threads in (("1", "1"), ("2", "2"))
    ]
    assert runs[0] == runs[1]
    assert runs[0].count(",") == len(CLASSES) - 1


def test_every_class_number_and_seed_gives_another_track():
    tracks = [(label, 0, 0) for label in CLASSES] + [("Waltz", 1, 0), ("Waltz", 0, 1), ("Waltz", 2, 1), ("Waltz", 1, 2)]
    assert len({hashlib.sha256(render_track(*track).tobytes()).digest() for track in tracks}) == len(tracks)


@given(seed=st.integers(0, 2**64), count=st.integers(1, 50))
@settings(max_examples=20, deadline=None)
def test_fractions_are_those_of_numpys_own_generator(seed, count):
    expected = np.random.Generator(np.random.PCG64((seed, 2))).random(count)
    np.testing.assert_array_equal(Dice(seed, 2).fractions(count), expected)


def test_noise_is_white_and_without_offset():
    noise = Dice(0).noise(100_001)
    assert noise.dtype == np.float32
    assert len(noise) == 100_001
    # Uniform in [-1, 1): standard deviation 1/sqrt(3); the mean of n values strays by 1/sqrt(3 n).
    assert abs(noise.mean()) < 4 / np.sqrt(3 * 100_001)
    assert noise.std() == pytest.approx(1 / np.sqrt(3), rel=0.01)
    assert abs(np.corrcoef(noise[1:], noise[:-1])[0, 1]) < 4 / np.sqrt(100_001)


@pytest.mark.parametrize("label", CLASSES)
def test_patterns_fill_whole_bars_with_known_signs(label):
    rhythm = RHYTHMS[label]
    bar = rhythm.beats * rhythm.division
    drums = [pattern for chosen in rhythm.drums for pattern in chosen.values()]
    for patterns, signs in ((drums, "Xxo."), (rhythm.bass, "13568."), (rhythm.chords, "Xxh.")):
        for pattern in patterns:
            assert len(pattern) % bar == 0
            assert set(pattern) <= set(signs)
            assert set(pattern) != {"."}
    assert all(set(chosen) <= set(ROLES) for chosen in rhythm.drums)


def test_only_the_waltzes_have_three_beats():
    threes = {label for label, rhythm in RHYTHMS.items() if rhythm.beats == 3}
    assert threes == {"Slowwaltz", "Viennesewaltz", "Waltz"}


def test_the_tempo_that_librosa_hears_is_the_dances():
    """Up to a factor of two or three, as tempo estimates are scored; a range moved by a third is not heard."""
    import librosa

    def hits(tempo, bounds):
        return any(0.96 * bounds[0] * m <= tempo <= 1.04 * bounds[1] * m for m in (1 / 3, 1 / 2, 1, 2, 3))

    heard, misheard, count = 0, 0, 0
    for label, rhythm in RHYTHMS.items():
        for index in range(2):
            signal = render_track(label, index, 1) / np.float32(32768)
            onsets = librosa.onset.onset_strength(y=signal, sr=16_000, hop_length=256, n_fft=1024)
            tempo = float(librosa.feature.tempo(onset_envelope=onsets, sr=16_000, hop_length=256)[0])
            heard += hits(tempo, rhythm.tempo)
            misheard += hits(tempo, [1.3 * bound for bound in rhythm.tempo])
            count += 1
    assert heard >= 0.9 * count
    assert misheard <= 0.4 * count


def test_a_written_set_opens_as_itself_and_as_a_folder(rendered):
    assert rendered.labels == CLASSES
    assert len(rendered.tracks) == 13
    assert rendered.synthetic
    assert rendered.problems == ()
    for name in ("synthetic", "folder"):
        assert open_dataset(name, rendered.root) == rendered
    for track in rendered.tracks:
        info = soundfile.info(track.path)
        assert (info.samplerate, info.channels, info.frames, info.subtype) == (16_000, 1, 480_000, "PCM_16")


def test_a_written_set_says_that_it_is_synthetic(rendered):
    description = json.loads((rendered.root / "dataset.json").read_text())
    assert description["synthetic"] is True
    assert description["seed"] == 5
    assert description["tracks_per_class"] == 1
    assert description["version"] >= 1


def test_files_hold_the_rendered_samples(rendered):
    track = next(track for track in rendered.tracks if track.label == "Tango")
    samples, _ = soundfile.read(track.path, dtype="int16")
    np.testing.assert_array_equal(samples, render_track("Tango", 0, 5))


def test_the_same_seed_writes_the_same_files(rendered, tmp_path):
    again = write_dataset(tmp_path / "again", tracks_per_class=1, seed=5)
    assert contents(again.root) == contents(rendered.root)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(DatasetError, match="is there already and not empty"):
        write_dataset(tmp_path, tracks_per_class=1)
    assert contents(tmp_path).keys() == {(tmp_path / "diary.txt").relative_to(tmp_path)}


def test_an_unwritable_place_is_one_clear_sentence(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(EdgegenreError, match="cannot be written"):
        write_dataset(tmp_path / "file" / "set", tracks_per_class=1)


@pytest.mark.parametrize(("tracks", "seed"), [(0, 0), (-1, 0), (1, -1)])
def test_impossible_numbers_are_refused(tmp_path, tracks, seed):
    with pytest.raises(DatasetError, match=r"at least 1|must not be negative"):
        write_dataset(tmp_path / "set", tracks_per_class=tracks, seed=seed)
    assert not (tmp_path / "set").exists()


class Interrupting:
    """A progress listener that ends the work after three steps, as Ctrl-C would."""

    def __init__(self):
        self.steps = 0

    def task(self, description, total):
        self.inner = SILENT.task(description, total)
        return self

    def __enter__(self):
        self.inner.__enter__()
        return self

    def __exit__(self, *details):
        return self.inner.__exit__(*details)

    def advance(self, steps=1, note=""):
        self.steps += steps
        if self.steps == 3:
            raise KeyboardInterrupt


def test_an_interrupted_rendering_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        write_dataset(tmp_path / "set", tracks_per_class=1, progress=Interrupting())
    assert list(tmp_path.iterdir()) == []


def test_the_built_in_set_is_rendered_once(tmp_path, monkeypatch):
    monkeypatch.setenv("EDGEGENRE_CACHE", str(tmp_path))
    first = synthetic_dataset(tracks_per_class=1, seed=2)
    assert first.root.parent == tmp_path
    written = {track.path: track.path.stat().st_mtime_ns for track in first.tracks}
    assert synthetic_dataset(tracks_per_class=1, seed=2) == first
    assert {path: path.stat().st_mtime_ns for path in written} == written


def test_a_damaged_copy_of_the_built_in_set_is_rendered_again(tmp_path, monkeypatch):
    monkeypatch.setenv("EDGEGENRE_CACHE", str(tmp_path))
    first = synthetic_dataset(tracks_per_class=1)
    intact = contents(first.root)
    first.tracks[4].path.unlink()
    assert synthetic_dataset(tracks_per_class=1) == first
    assert contents(first.root) == intact
