"""Whatever a header says, a file is read whole, as ffmpeg reads it, or refused with what is missing."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edgegenre.audio.decode import SoundReader, load_pcm
from edgegenre.errors import AudioError
from tests.audio.sounds import RATE, encoded, heard_by_ffmpeg, melody, seconds_unheard

ID3V2 = b"ID3\x04\x00\x00\x00\x00\x02\x00" + bytes(256)
ID3V1 = b"TAG" + bytes(125)
NOISE = np.random.default_rng(1).bytes(9000)


def ape_tag(size: int) -> bytes:
    """Monkey's Audio tag, version 2, with `size` bytes of items, between a header and a footer."""
    head = b"APETAGEX" + struct.pack("<III8x", 2000, size + 32, 1)
    return head[:20] + struct.pack("<I8x", 0xA0000000) + bytes(size) + head[:20] + struct.pack("<I8x", 0x80000000)


def announcing(mp3: bytes, frames: int) -> bytes:
    """The MP3 with another number of frames in its Xing header."""
    place = max(mp3.find(b"Xing", 0, 4000), mp3.find(b"Info", 0, 4000)) + 8
    return mp3[:place] + struct.pack(">I", frames) + mp3[place + 4 :]


def mp3(folder: Path, *options: str, channels: int = 2, rate: int = RATE) -> bytes:
    return encoded(folder, "x.mp3", *options, channels=channels, rate=rate)


BARE = ("-write_xing", "0", "-id3v2_version", "0")
CBR, VBR = ("-b:a", "128k"), ("-q:a", "4")


def two_mp3(folder: Path) -> bytes:
    return mp3(folder, *CBR) * 2


def two_mp3_with_tags(folder: Path) -> bytes:
    return ID3V2 + mp3(folder, *CBR) + ape_tag(500) + ID3V1 + ID3V2 + mp3(folder, *VBR) + ID3V1


def stereo_then_mono(folder: Path) -> bytes:
    return mp3(folder, *CBR, *BARE) + mp3(folder, *CBR, *BARE, channels=1)


def another_rate_follows(folder: Path) -> bytes:
    return mp3(folder, *CBR) + mp3(folder, "-b:a", "64k", rate=22_050)


def xing_of_no_frames(folder: Path) -> bytes:
    return announcing(mp3(folder, *VBR), 0)


def xing_of_a_quarter(folder: Path) -> bytes:
    return announcing(mp3(folder, *VBR), 40)


def variable_rate_without_xing(folder: Path) -> bytes:
    return mp3(folder, *VBR, *BARE)


def junk_within(folder: Path) -> bytes:
    sound = mp3(folder, *VBR, *BARE)
    return sound[:9000] + NOISE + sound[9000:]


def two_tags(folder: Path) -> bytes:
    return ID3V2 + ID3V2 + mp3(folder, *CBR)


def pictures_behind(folder: Path) -> bytes:
    return mp3(folder, *CBR) + ape_tag(200_000) + ID3V1


def mp3_in_wav(folder: Path) -> bytes:
    return encoded(folder, "x.wav", "-c:a", "libmp3lame")


def flac_with_id3v1(folder: Path) -> bytes:
    return encoded(folder, "x.flac") + ID3V1


def flac_with_ape(folder: Path) -> bytes:
    return encoded(folder, "x.flac") + ape_tag(3000)


def flac_with_junk(folder: Path) -> bytes:
    return encoded(folder, "x.flac") + NOISE


def flac_of_a_quarter(folder: Path) -> bytes:
    """STREAMINFO says 44100 samples in its last 36 bits before the MD5 (RFC 9639, section 8.2)."""
    content = bytearray(encoded(folder, "x.flac"))
    content[21] &= 0xF0
    content[22:26] = struct.pack(">I", 44_100)
    return bytes(content)


def pages(content: bytes) -> list[bytes]:
    """An OGG's pages."""
    starts = [place for place in range(len(content)) if content[place : place + 4] == b"OggS"]
    return [content[start:end] for start, end in zip(starts, [*starts[1:], len(content)], strict=True)]


def ogg_checksum(page: bytes) -> bytes:
    """RFC 3533, section 6, bit by bit."""
    crc = 0
    for byte in page[:22] + bytes(4) + page[26:]:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
    return struct.pack("<I", crc)


def never_ended(content: bytes) -> bytes:
    *others, last = pages(content)
    last = last[:5] + bytes([last[5] & ~4]) + last[6:]
    return b"".join(others) + last[:22] + ogg_checksum(last) + last[26:]


def ogg_never_ended(folder: Path) -> bytes:
    return never_ended(encoded(folder, "x.ogg"))


def opus_never_ended(folder: Path) -> bytes:
    return never_ended(encoded(folder, "x.opus"))


def ogg_with_junk(folder: Path) -> bytes:
    return encoded(folder, "x.ogg") + NOISE * 8


def opus_with_zeros(folder: Path) -> bytes:
    return encoded(folder, "x.opus") + bytes(100_000)


def two_ogg(folder: Path) -> bytes:
    return encoded(folder, "x.ogg") * 2


def two_opus(folder: Path) -> bytes:
    return encoded(folder, "x.opus") * 2


def wav(folder: Path, *, announced: int | None = None) -> bytes:
    soundfile.write(folder / "x.wav", melody(4), RATE)
    content = (folder / "x.wav").read_bytes()
    if announced is not None:
        content = content[:40] + struct.pack("<I", announced) + content[44:]
    return content


def wav_of_a_crashed_recorder(folder: Path) -> bytes:
    return wav(folder, announced=0)


def wav_with_a_chunk_behind(folder: Path) -> bytes:
    return wav(folder) + b"LIST" + struct.pack("<I", 20_004) + b"INFO" + NOISE + NOISE + bytes(2000)


def wav_with_id3(folder: Path) -> bytes:
    return wav(folder) + ID3V1


GOOD: list[tuple[str, Callable[[Path], bytes], str]] = [
    ("mp3", two_mp3, "holds 2 sounds"),
    ("mp3", two_mp3_with_tags, "holds 2 sounds"),
    ("mp3", stereo_then_mono, "holds 2 sounds"),
    ("mp3", another_rate_follows, "holds 2 sounds"),
    ("mp3", xing_of_no_frames, ""),
    ("mp3", xing_of_a_quarter, ""),
    ("mp3", variable_rate_without_xing, ""),
    ("mp3", junk_within, "9000 bytes between its frames"),
    ("mp3", two_tags, ""),
    ("mp3", pictures_behind, ""),
    ("wav", mp3_in_wav, ""),
    ("flac", flac_with_id3v1, ""),
    ("flac", flac_with_ape, ""),
    ("flac", flac_with_junk, ""),
    ("flac", flac_of_a_quarter, "announces 44100 frames, 176400 are there"),
    ("ogg", ogg_never_ended, "the end may be missing"),
    ("opus", opus_never_ended, "the end may be missing"),
    ("ogg", ogg_with_junk, "72000 bytes of it belong to no OGG page"),
    ("opus", opus_with_zeros, "100000 bytes"),
    ("ogg", two_ogg, "holds 2 sounds"),
    ("opus", two_opus, "holds 2 sounds"),
    ("wav", wav_of_a_crashed_recorder, "announces 0 bytes"),
    ("wav", wav_with_a_chunk_behind, ""),
    ("wav", wav_with_id3, ""),
]


@pytest.mark.parametrize(("suffix", "make", "said"), GOOD, ids=[make.__name__ for _, make, _ in GOOD])
def test_what_ffmpeg_reads_is_read_whole(
    tmp_path: Path, suffix: str, make: Callable[[Path], bytes], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"song.{suffix}"
    path.write_bytes(make(tmp_path))
    reader = SoundReader(path)
    ours, theirs = reader.load(), heard_by_ffmpeg(path)
    assert len(ours) / 16_000 == pytest.approx(len(theirs) / 16_000, abs=0.1)
    assert seconds_unheard(ours, theirs) <= 0.4  # where two sounds meet, and where junk is, decoders differ
    assert (said in "\n".join(reader.remarks)) if said else reader.remarks == ()
    assert all(sentence.startswith(f"{path}: ") for sentence in reader.remarks)
    assert capfd.readouterr() == ("", "")  # the C library complains by itself where it is misled


@pytest.mark.parametrize("kind", ["wav", "aiff", "au", "caf", "w64", "rf64", "flac"])
def test_two_files_joined_are_both_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"x.{kind}"
    soundfile.write(path, melody(2), RATE, subtype="PCM_16")
    once = load_pcm(path)
    path.write_bytes(path.read_bytes() * 2)
    assert len(load_pcm(path)) == pytest.approx(2 * len(once), abs=1)


@pytest.mark.parametrize("kept", [0.3, 0.8])
@pytest.mark.parametrize("lead", [b"", ID3V2, ID3V2 * 2, NOISE, NOISE[:9] + ID3V2], ids=len)
@pytest.mark.parametrize("options", [CBR, VBR], ids=["cbr", "vbr"])
def test_a_cut_mp3_is_noticed_whatever_stands_before_it(
    tmp_path: Path, options: tuple[str, ...], lead: bytes, kept: float
) -> None:
    content = mp3(tmp_path, *options)
    path = tmp_path / "x.mp3"
    path.write_bytes(lead + content[: int(kept * len(content))])
    with pytest.raises(AudioError, match=r"is cut short \(\d+ MPEG frames are announced, \d+ are there\)"):
        load_pcm(path)


def test_an_mp3_that_announces_nothing_and_ends_within_a_frame_is_read_with_a_word(tmp_path: Path) -> None:
    content = mp3(tmp_path, *CBR, *BARE)
    (tmp_path / "x.mp3").write_bytes(content[: len(content) // 2 + 100])
    reader = SoundReader(tmp_path / "x.mp3")
    assert len(reader.load()) / 16_000 == pytest.approx(2, abs=0.1)
    assert "its last frame is not whole" in "".join(reader.remarks)


@pytest.mark.parametrize("kind", ["ogg", "opus"])
def test_an_ogg_with_a_hole_or_a_flipped_bit_is_damaged(tmp_path: Path, kind: str) -> None:
    content = encoded(tmp_path, f"x.{kind}", "-b:a", "96k", seconds=12)
    every = pages(content)
    assert len(every) > 4
    path = tmp_path / f"x.{kind}"
    path.write_bytes(b"".join(every[:-2] + every[-1:]))
    with pytest.raises(AudioError, match=r"is damaged \(1 OGG pages within it are missing\)"):
        load_pcm(path)
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 1
    path.write_bytes(flipped)
    with pytest.raises(AudioError, match=r"is damaged \(1 OGG pages fail their checksum\)"):
        load_pcm(path)


def test_a_wav_that_announces_too_little_says_how_much_is_left(tmp_path: Path) -> None:
    path = tmp_path / "it's a song.wav"
    path.write_bytes(wav(tmp_path, announced=4 * RATE))
    with pytest.raises(AudioError, match=r"announces 176400 bytes .* 529200 more bytes follow") as caught:
        load_pcm(path)
    assert f"ffmpeg -ignore_length 1 -i '{tmp_path}/it'\"'\"'s a song.wav'" in str(caught.value)


@pytest.mark.slow
def test_a_wav_of_more_than_4_gb_whose_size_has_wrapped_is_read_to_its_end(tmp_path: Path) -> None:
    """64 channels of float64 at 768 kHz: 4 GB are 11 s. The file is sparse; its last quarter of a second sounds."""
    channels, rate, frames = 64, 768_000, 8_500_000
    size = frames * channels * 8
    wrapped = size % (1 << 32)
    form = struct.pack("<HHIIHH", 3, channels, rate, rate * channels * 8, channels * 8, 64)
    head = b"RIFF" + struct.pack("<I", (size + 36) % (1 << 32)) + b"WAVEfmt " + struct.pack("<I", 16) + form
    path = tmp_path / "long.wav"
    tone = np.tile(0.5 * np.sin(np.arange(rate // 4) / 50)[:, None], (1, channels))
    with path.open("wb") as stream:
        stream.write(head + b"data" + struct.pack("<I", wrapped))
        stream.seek(44 + size - tone.nbytes)
        stream.write(tone.tobytes())
        stream.write(b"LIST" + struct.pack("<I", 4) + b"INFO")
    reader = SoundReader(path)
    pcm = reader.load()
    assert len(pcm) == pytest.approx(frames * 16_000 / rate, abs=1)
    assert np.abs(pcm[-3000:]).max() > 8000
    assert np.abs(pcm[:-5000]).max() == 0
    assert f"{size} are there and are read" in reader.remarks[0]


FOREIGN = [
    ("m4a", (), "MP4 or M4A"),
    ("aac", (), "AAC"),
    ("webm", (), "Matroska or WebM"),
    ("mka", (), "Matroska or WebM"),
    ("wma", (), "WMA"),
    ("wv", (), "WavPack"),
    ("tta", (), "True Audio"),
    ("ac3", (), "AC-3"),
    ("ts", (), "MPEG transport stream"),
]


@pytest.mark.parametrize("named", [".mp3", ".wav", ""])
@pytest.mark.parametrize(("kind", "options", "name"), FOREIGN, ids=[kind for kind, _, _ in FOREIGN])
def test_sound_that_cannot_be_read_says_how_to_convert_it_whatever_it_is_named(
    tmp_path: Path, kind: str, options: tuple[str, ...], name: str, named: str
) -> None:
    path = tmp_path / f"song{named or '.' + kind}"
    path.write_bytes(encoded(tmp_path, f"x.{kind}", *options, seconds=1))
    with pytest.raises(AudioError) as caught:
        load_pcm(path)
    assert str(caught.value).startswith(f"{path}: is {name}")
    assert str(caught.value).endswith(f"Convert it: ffmpeg -i {path} {path.with_suffix('.flac')}")


@pytest.mark.parametrize(("kind", "options"), [("caf", ("-c:a", "alac")), ("oga", ("-c:a", "flac"))])
def test_a_coding_that_cannot_be_read_says_how_to_convert_it(
    tmp_path: Path, kind: str, options: tuple[str, ...]
) -> None:
    (tmp_path / f"x.{kind}").write_bytes(encoded(tmp_path, f"x.{kind}", *options, seconds=1))
    with pytest.raises(AudioError, match="onvert it: ffmpeg -i"):
        load_pcm(tmp_path / f"x.{kind}")


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"<!DOCTYPE html>\n<html>" + b" " * 99, "text"), (b"%PDF-1.4" + bytes(99), "PDF"), (zlib.compress(b""), "")],
)
def test_what_is_no_sound_at_all_is_called_so(tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / "x.mp3").write_bytes(content)
    with pytest.raises(AudioError, match=f"is {name} and no sound" if name else "cannot be decoded"):
        load_pcm(tmp_path / "x.mp3")
