"""A track is decoded for its inspection once, and again when its bytes change or what is remembered is damaged."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from edgegenre.datasets.inspection import inspect
from edgegenre.datasets.inspection_cache import inspected
from edgegenre.datasets.track import Track
from edgegenre.errors import AudioError

RATE = 16_000


@pytest.fixture
def track(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Track:
    monkeypatch.setenv("EDGEGENRE_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "song.wav"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 3 * RATE), RATE, subtype="PCM_16")
    return Track(path=path, label="hiss", identifier="song.wav")


def assert_same(one, other) -> None:
    assert one.track == other.track
    assert (one.seconds, one.source_rate, one.content, one.remarks) == (
        other.seconds,
        other.source_rate,
        other.content,
        other.remarks,
    )
    np.testing.assert_array_equal(one.fingerprint, other.fingerprint)
    assert one.fingerprint.dtype == other.fingerprint.dtype


def entries(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache" / "inspections").rglob("*.json"))


def test_what_is_remembered_is_what_was_found(track: Track, tmp_path: Path) -> None:
    assert_same(inspected(track), inspect(track))
    (entry,) = entries(tmp_path)
    before = entry.stat().st_mtime_ns
    assert_same(inspected(track), inspect(track))
    assert entry.stat().st_mtime_ns == before


@pytest.mark.parametrize("damage", [b"", b"{}", b"[]", b'{"seconds": "x"}', b'{"fingerprint": "zz"}'])
def test_a_damaged_entry_is_made_anew(damage: bytes, track: Track, tmp_path: Path) -> None:
    inspected(track)
    (entry,) = entries(tmp_path)
    entry.write_bytes(damage)
    assert_same(inspected(track), inspect(track))
    assert entry.stat().st_size > 100


def test_changed_bytes_are_looked_at_again(track: Track, tmp_path: Path) -> None:
    inspected(track)
    soundfile.write(track.path, np.random.default_rng(1).normal(0, 0.1, 2 * RATE), RATE, subtype="PCM_16")
    assert inspected(track).seconds == pytest.approx(2)
    assert len(entries(tmp_path)) == 2


def test_what_cannot_be_used_is_not_remembered(track: Track, tmp_path: Path) -> None:
    track.path.write_bytes(b"RIFF but no music")
    with pytest.raises(AudioError):
        inspected(track)
    assert entries(tmp_path) == []


def test_where_nothing_can_be_kept_it_is_found_all_the_same(track: Track, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEGENRE_CACHE", "/dev/null/cache")
    assert_same(inspected(track), inspect(track))
