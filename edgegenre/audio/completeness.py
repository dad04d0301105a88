"""Whether a sound file holds all the audio that its header announces.

libsndfile shortens a cut file silently to what is there (WAV, AIFF, OGG) or just stops (MP3); only a cut FLAC is an
error to it. Not noticed here: an MP3 without a Xing header, which announces no length, cut anywhere.
"""

import re
from pathlib import Path

import soundfile

_UNKNOWN_LENGTH = 2_147_000_000
"""Programs that write a WAV into a pipe announce 0x7FFFF000, 0x7FFFFFFF or 0xFFFFFFFF bytes: 'until the end'."""

_TOLERATED_BYTES = 64
_TOLERATED_FRAMES = 2 * 1152
"""Two MPEG frames: what encoders and decoders may disagree about."""

_SHORT_CHUNK = re.compile(r"(?:data|SSND|Data Size|riff|Riff size)\s*: (\d+) \(should be (\d+)\)")
"""What libsndfile logs when the chunk that holds the samples is longer than the file."""

_OGG_PAGE_HEADER = 27
_OGG_LARGEST_PAGE = 65_307  # RFC 3533, section 6
_OGG_END_OF_STREAM = 0x04


def missing_from(file: soundfile.SoundFile, path: Path) -> str | None:
    """What the opened file lacks before a sample of it is read ('264600 bytes announced, ...'), or None."""
    if file.format == "OGG" and not _ogg_is_closed(path):
        return "the end-of-stream mark of the last OGG page is not there"
    for announced, present in _SHORT_CHUNK.findall(file.extra_info):
        if int(present) + _TOLERATED_BYTES < int(announced) < _UNKNOWN_LENGTH:
            return f"{announced} bytes are announced, {present} are there"
    return None


def missing_after(file: soundfile.SoundFile, path: Path, frames_read: int) -> str | None:
    """What the file lacks, known after the last frame was read, or None."""
    unknown = file.frames >= 2**62 or (file.format == "MP3" and not _mp3_announces_its_length(path))
    if unknown or frames_read + _TOLERATED_FRAMES >= file.frames:
        return None
    return f"{file.frames} frames are announced, {frames_read} could be read"


def _ogg_is_closed(path: Path) -> bool:
    """Whether the last page of an OGG file is whole and marked as the last (RFC 3533, section 6)."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - _OGG_LARGEST_PAGE))
        tail = stream.read()
    start = tail.rfind(b"OggS")
    page = tail[start:]
    if start < 0 or len(page) < _OGG_PAGE_HEADER:
        return False
    segments = page[_OGG_PAGE_HEADER : _OGG_PAGE_HEADER + page[26]]
    whole = len(segments) == page[26] and len(page) >= _OGG_PAGE_HEADER + len(segments) + sum(segments)
    return whole and bool(page[5] & _OGG_END_OF_STREAM)


def _mp3_announces_its_length(path: Path) -> bool:
    """Whether the first MPEG frame carries a Xing or Info header; without one the length is a guess from the rate."""
    with path.open("rb") as stream:
        head = stream.read(10)
        if head[:3] == b"ID3":
            a, b, c, d = head[6:10]
            stream.seek(10 + (a << 21 | b << 14 | c << 7 | d))  # a size of 28 bits, 7 in each byte
            first_frame = stream.read(64)
        else:
            first_frame = head + stream.read(54)
    return b"Xing" in first_frame or b"Info" in first_frame
