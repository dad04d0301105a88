"""Every format gives the PCM that soxr and arithmetic give; every broken file one sentence."""

import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.audio.decode import SoundReader, load_pcm, pcm_blocks
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


@pytest.mark.parametrize(
    ("kind", "subtype", "channels"),
    [(*form, channels) for form in FORMATS for channels in (1, 2, 6) if form[0] != "mp3" or channels <= 2],
)
@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
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


def announce(path: Path, size: int) -> None:
    """Make a WAV file of soundfile's announce `size` bytes of samples."""
    content = bytearray(path.read_bytes())
    content[40:44] = size.to_bytes(4, "little")
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda path: None, "no such file"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.touch(), r"is empty \(0 bytes\)"),
        (lambda path: path.write_bytes(b"this is not audio at all" * 20), "is text and no sound"),
        (lambda path: path.write_bytes(bytes(range(1, 250)) * 20), "cannot be decoded"),
        (header_only, r"no audio frames \(the file is 44 bytes, a WAV header alone\)"),
        (os.mkfifo, "is a pipe or device"),
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


CUTTABLE = [*FORMATS, ("ogg", "OPUS"), ("aiff", "PCM_16"), ("au", "PCM_16"), ("w64", "PCM_16"), ("rf64", "PCM_16")]


@pytest.mark.parametrize(("kind", "subtype"), CUTTABLE)
@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
def test_a_file_that_is_cut_short_is_not_taken_for_a_shorter_one(
    tmp_path: Path, kind: str, subtype: str, kept: float
) -> None:
    path = tmp_path / f"x.{kind}"
    soundfile.write(path, sound(4, 48_000, 2), 48_000, subtype=subtype)
    load_pcm(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(AudioError, match=r"cut short|cannot be decoded"):
        load_pcm(path)


def test_an_ogg_cut_between_two_pages_is_read_with_a_word(tmp_path: Path) -> None:
    """Nothing tells it from the recording of a program that marks no last page."""
    path = tmp_path / "x.ogg"
    soundfile.write(path, sound(20, 44_100, 2), 44_100)
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"OggS")])
    reader = SoundReader(path)
    assert 15 * 16_000 < len(reader.load()) < 20 * 16_000
    assert reader.remarks == (f"{path}: its last OGG page is not marked as the last; the end may be missing.",)


@pytest.mark.parametrize("size", [0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_a_wav_that_was_written_into_a_pipe_is_whole(tmp_path: Path, size: int) -> None:
    """SoX, arecord and ffmpeg cannot go back to write the length; they announce as much as fits."""
    soundfile.write(tmp_path / "x.wav", sound(1, 16_000, 1), 16_000)
    expected = load_pcm(tmp_path / "x.wav")
    announce(tmp_path / "x.wav", size)
    np.testing.assert_array_equal(load_pcm(tmp_path / "x.wav"), expected)


def test_a_flac_of_unknown_length_is_whole(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.flac", sound(5, 44_100, 1), 44_100)
    expected = load_pcm(tmp_path / "x.flac")
    content = bytearray((tmp_path / "x.flac").read_bytes())
    content[21] &= 0xF0  # 36 bits of STREAMINFO say how many samples (RFC 9639, section 8.2); 0 is unknown
    content[22:26] = bytes(4)
    (tmp_path / "x.flac").write_bytes(content)
    np.testing.assert_array_equal(load_pcm(tmp_path / "x.flac"), expected)


def test_a_name_that_is_too_long_or_in_raw_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="cannot be read"):
        load_pcm(tmp_path / ("x" * 300))
    (tmp_path / "x.raw").write_bytes(bytes(100))
    with pytest.raises(AudioError, match="do not say their rate"):
        load_pcm(tmp_path / "x.raw")


@pytest.mark.parametrize("kind", ["wav", "mp3"])
def test_a_long_file_is_streamed_in_little_memory(tmp_path: Path, kind: str) -> None:
    soundfile.write(tmp_path / f"x.{kind}", np.tile(sound(10, 44_100, 2).astype(np.float32), (12, 1)), 44_100)
    tracemalloc.start()
    try:
        samples = sum(len(block) for block in pcm_blocks(tmp_path / f"x.{kind}"))
        streaming = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        load_pcm(tmp_path / f"x.{kind}")
        loading = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert samples == 120 * 16_000
    assert streaming < 6e6  # two minutes are 42 MB of float32
    assert loading < streaming + 1.3 * 2 * samples
