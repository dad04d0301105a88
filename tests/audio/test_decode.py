"""Every format gives the PCM that soxr and arithmetic give; every broken file one sentence."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.audio.decode import load_pcm
from edgegenre.audio.resample import StreamResampler, to_int16
from edgegenre.audio.sources import file_chunks
from edgegenre.errors import AudioError
from tests.support import real_data

FORMATS = [
    ("wav", "PCM_16"),
    ("wav", "PCM_24"),
    ("wav", "FLOAT"),
    ("flac", "PCM_16"),
    ("ogg", "VORBIS"),
    ("mp3", "MPEG_LAYER_III"),
]


def sound(seconds: float, rate: int, channels: int) -> np.ndarray:
    time = np.arange(int(seconds * rate))[:, np.newaxis] / rate
    return 0.4 * np.sin(2 * np.pi * (300 + 150 * np.arange(channels)) * time + np.sin(5 * time))


@pytest.mark.parametrize(("kind", "subtype"), FORMATS)
@pytest.mark.parametrize("rate", [16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_file_is_decoded_mixed_and_resampled_by_soxr(
    tmp_path: Path, kind: str, subtype: str, rate: int, channels: int
) -> None:
    path = tmp_path / f"sound.{kind}"
    soundfile.write(path, sound(9.3, rate, channels), rate, subtype=subtype)
    with soundfile.SoundFile(path) as file:
        decoded = file.read(dtype="float32", always_2d=True).mean(axis=1, dtype=np.float64)
    expected = decoded if rate == 16_000 else soxr.resample(decoded.astype(np.float32), rate, 16_000)
    pcm = load_pcm(path)
    assert pcm.dtype == np.int16
    np.testing.assert_array_equal(pcm, np.clip(np.rint(expected * 32768), -32768, 32767))


def test_sixteen_bit_mono_at_16_khz_passes_through_untouched(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(-32768, 32768, 100_000).astype(np.int16)
    soundfile.write(tmp_path / "x.wav", samples, 16_000, subtype="PCM_16")
    np.testing.assert_array_equal(load_pcm(tmp_path / "x.wav"), samples)


def test_six_channels_are_averaged(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).uniform(-0.9, 0.9, (5000, 6)).astype(np.float32)
    soundfile.write(tmp_path / "x.wav", samples, 16_000, subtype="FLOAT")
    expected = to_int16(samples.astype(np.float64).mean(axis=1))
    np.testing.assert_array_equal(load_pcm(tmp_path / "x.wav"), expected)


@settings(max_examples=40, deadline=None)
@given(
    rate=st.sampled_from([8000, 11_025, 22_050, 44_100, 48_000, 96_000, 12_345]),
    length=st.integers(0, 20_000),
    cuts=st.lists(st.integers(0, 20_000), max_size=6),
)
def test_resampling_does_not_depend_on_the_chunks(rate: int, length: int, cuts: list[int]) -> None:
    samples = np.random.default_rng(length).integers(-20_000, 20_000, length).astype(np.int16)
    stream = StreamResampler(rate, 16_000)
    parts = [stream.push(part) for part in np.split(samples, sorted(cuts))]
    found = np.concatenate([*parts, stream.flush()])
    whole = soxr.resample(samples.astype(np.float32) / 32768, rate, 16_000) if length else np.empty(0)
    np.testing.assert_array_equal(found, np.clip(np.rint(whole * 32768), -32768, 32767))


@pytest.mark.parametrize("chunk", [1, 797, 16_000, 10_000_000])
def test_a_file_in_chunks_is_the_file(tmp_path: Path, chunk: int) -> None:
    soundfile.write(tmp_path / "x.flac", sound(0.6 if chunk == 1 else 5, 44_100, 2), 44_100)
    chunks = list(file_chunks(tmp_path / "x.flac", chunk))
    assert all(len(part) == chunk for part in chunks[:-1])
    np.testing.assert_array_equal(np.concatenate(chunks), load_pcm(tmp_path / "x.flac"))


def test_real_music_has_thirty_seconds() -> None:
    for path in sorted(real_data("gtzan_mini").glob("genres/*/*.wav"))[::25]:
        assert 29.5 < len(load_pcm(path)) / 16_000 < 31


def header_only(path: Path) -> None:
    soundfile.write(path, np.empty((0, 1)), 16_000)


def not_a_number(path: Path) -> None:
    soundfile.write(path, np.array([0.1, np.nan, 0.2]), 16_000, subtype="FLOAT")


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda path: None, "no such file"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.touch(), r"is empty \(0 bytes\)"),
        (lambda path: path.write_bytes(b"this is not audio at all" * 20), "cannot be decoded"),
        (header_only, r"no audio frames \(the file is \d+ bytes"),
        (not_a_number, "samples that are not numbers"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path: Path, write, message: str) -> None:
    path = tmp_path / "07.wav"
    write(path)
    with pytest.raises(AudioError, match=message) as caught:
        load_pcm(path)
    assert str(path) in str(caught.value)


def test_one_sample_is_a_sound(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.array([0.5]), 16_000)
    assert load_pcm(tmp_path / "x.wav").tolist() == [16384]
