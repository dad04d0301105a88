"""Sound that decodes well and is hardly what somebody meant is used with one sentence about it."""

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edgegenre.audio.decode import SoundReader
from tests.audio.sounds import melody
from tests.support import real_data


def remarks(path: Path) -> str:
    reader = SoundReader(path)
    reader.load()
    return "\n".join(reader.remarks)


def written(folder: Path, samples: np.ndarray, rate: int = 44_100, subtype: str = "FLOAT") -> str:
    """What is said about a file with these samples."""
    soundfile.write(folder / "x.wav", samples, rate, subtype=subtype)
    return remarks(folder / "x.wav")


@pytest.fixture
def music() -> np.ndarray:
    return melody(2)


def test_music_is_nothing_to_talk_about(tmp_path: Path, music: np.ndarray) -> None:
    assert written(tmp_path, music) == ""
    assert written(tmp_path, 3.2 * music) == ""  # a loud master: hardly a sample beyond full scale


def test_integers_stored_as_floats_are_noticed(tmp_path: Path, music: np.ndarray) -> None:
    said = written(tmp_path, np.rint(32768 * music))
    assert "reach 9" in said
    assert "integers stored as floats come out clipped" in said


def test_a_clipped_recording_is_noticed(tmp_path: Path, music: np.ndarray) -> None:
    assert "of its samples are clipped" in written(tmp_path, np.clip(music * 30, -1, 1), subtype="PCM_16")


@pytest.mark.parametrize(("rate", "said"), [(8000, "sampled at 8000 Hz: it holds nothing above 4000 Hz"), (16_000, "")])
def test_a_rate_below_the_models_is_noticed(tmp_path: Path, music: np.ndarray, rate: int, said: str) -> None:
    assert said in written(tmp_path, music, rate)
    assert bool(said) == bool(remarks(tmp_path / "x.wav"))


@pytest.mark.parametrize("leak", [0, 0.05])
def test_inverted_channels_that_cancel_each_other_are_noticed(tmp_path: Path, music: np.ndarray, leak: float) -> None:
    left = music[:, 0]
    assert "cancel each other" in written(tmp_path, np.stack([left, -(1 - leak) * left], axis=1))
    assert "cancel" not in written(tmp_path, np.stack([left, 0 * left], axis=1))
    assert "cancel" not in written(tmp_path, np.stack([left] + 7 * [0 * left], axis=1))


@pytest.mark.parametrize("level", [0, 0.25])
def test_silence_is_noticed_whatever_its_level(tmp_path: Path, level: float) -> None:
    assert "x.wav: is silent." in written(tmp_path, np.full(16_000, float(level)), 16_000)


def test_a_file_that_is_mostly_silence_is_noticed(tmp_path: Path, music: np.ndarray) -> None:
    sparse = np.concatenate([np.zeros((3 * 44_100, 2)), music])
    assert re.search(r"is silent for (2\.9|3\.0) of its 5\.0 s", written(tmp_path, sparse))
    assert written(tmp_path, np.concatenate([np.zeros((44_100, 2)), music])) == ""


def test_very_quiet_sound_and_an_offset_are_noticed(tmp_path: Path, music: np.ndarray) -> None:
    assert "very quiet" in written(tmp_path, music / 500)
    assert "off zero by 30%" in written(tmp_path, music + 0.3)


def test_real_music_is_nothing_to_talk_about() -> None:
    for path in sorted(real_data("gtzan_mini").glob("genres/*/*.wav"))[::9]:
        assert remarks(path) == ""
