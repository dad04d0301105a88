import dataclasses
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edgegenre.audio.decode import load_pcm
from edgegenre.errors import AudioError, EdgegenreError
from edgegenre.files import cache_folder
from edgegenre.frontend.cache import FeatureCache
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from tests.frontend.signals import noise


def recording(folder: Path, name: str = "song.wav", seed: int = 0) -> Path:
    path = folder / name
    soundfile.write(path, noise(16_000, seed=seed), 16_000, subtype="PCM_16")
    return path


def entries(cache: FeatureCache) -> list[Path]:
    return sorted(cache.folder.rglob("*.npy"))


def test_cached_features_are_those_of_the_decoded_file(tmp_path):
    cache, path = FeatureCache(tmp_path / "cache"), recording(tmp_path)
    first, second = cache.features(path, LIANG_MFCC), cache.features(path, LIANG_MFCC)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, LIANG_MFCC.float32(load_pcm(path)))
    np.testing.assert_array_equal(first, second)
    assert len(entries(cache)) == 1


def test_an_entry_is_a_plain_npy_file(tmp_path):
    cache = FeatureCache(tmp_path / "cache")
    features = cache.features(recording(tmp_path), LIANG_MFCC)
    np.testing.assert_array_equal(np.load(entries(cache)[0], allow_pickle=False), features)


def test_an_entry_is_used_instead_of_decoding(tmp_path):
    cache, path = FeatureCache(tmp_path / "cache"), recording(tmp_path)
    cache.features(path, LIANG_MFCC)
    written = entries(cache)[0].stat().st_mtime_ns
    cache.features(path.rename(tmp_path / "renamed.wav"), LIANG_MFCC)
    assert [entry.stat().st_mtime_ns for entry in entries(cache)] == [written]


def test_a_changed_file_and_another_specification_are_computed_anew(tmp_path):
    cache, path = FeatureCache(tmp_path / "cache"), recording(tmp_path)
    before = cache.features(path, LIANG_MFCC)
    assert cache.features(path, dataclasses.replace(LIANG_MFCC, coefficients=5)).shape[1] == 5
    recording(tmp_path, seed=1)
    assert not np.array_equal(cache.features(path, LIANG_MFCC), before)
    assert len(entries(cache)) == 3


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-100],
        lambda content: content[:300] + bytes([content[300] ^ 1]) + content[301:],
        lambda content: b"PK\x03\x04" + content,
        lambda content: b"not an array at all, but long enough to hold a digest at its end",
    ],
)
def test_a_damaged_entry_is_computed_anew(tmp_path, damage):
    cache, path = FeatureCache(tmp_path / "cache"), recording(tmp_path)
    features = cache.features(path, LIANG_MFCC)
    entry = entries(cache)[0]
    intact = entry.read_bytes()
    entry.write_bytes(damage(intact))
    np.testing.assert_array_equal(cache.features(path, LIANG_MFCC), features)
    assert entry.read_bytes() == intact


def test_the_folder_is_named_by_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("EDGEGENRE_CACHE", str(tmp_path / "named"))
    assert cache_folder() == FeatureCache().folder == tmp_path / "named"
    monkeypatch.delenv("EDGEGENRE_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "edgegenre"


def test_a_missing_file_is_one_clear_sentence(tmp_path):
    with pytest.raises(AudioError, match=r"nowhere\.wav: cannot be read"):
        FeatureCache(tmp_path).features(tmp_path / "nowhere.wav", LIANG_MFCC)


def test_a_cache_folder_that_cannot_be_made_is_one_clear_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EdgegenreError, match="cannot be written"):
        FeatureCache(tmp_path / "file").features(recording(tmp_path), LIANG_MFCC)
