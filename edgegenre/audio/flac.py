"""FLAC (RFC 9639): where sounds begin, and whether frames go on behind the announced length."""

import re
from dataclasses import dataclass
from typing import BinaryIO

_BEGINNING = re.compile(rb"fLaC[\x00\x80]\x00\x00\x22")  # the marker, and the header of STREAMINFO
_FRAME = re.compile(rb"\xff[\xf8\xf9][\x10-\xff][\x00-\xaf]", re.DOTALL)
_BEGINNING_BYTES = 8
LENGTH_AT = 21
"""Offset of the five bytes that hold the announced length."""

_SEARCHED_BYTES = 1 << 18
_LONGEST_HEADER = 16


@dataclass(frozen=True, kw_only=True)
class StreamInfo:
    """announced: samples a channel, 0 for unknown. unknown_length: what to write at offset LENGTH_AT for unknown."""

    announced: int
    unknown_length: bytes
    block: int


def stream_info(stream: BinaryIO, start: int) -> StreamInfo | None:
    """What the FLAC at `start` announces (section 8.2); None when its header is not whole."""
    stream.seek(start)
    head = stream.read(26)
    if len(head) < 26:
        return None
    return StreamInfo(
        announced=(head[LENGTH_AT] & 0x0F) << 32 | int.from_bytes(head[22:26], "big"),
        unknown_length=bytes([head[LENGTH_AT] & 0xF0]) + bytes(4),
        block=int.from_bytes(head[10:12], "big"),
    )


def beginnings(stream: BinaryIO, start: int, end: int) -> list[int]:
    """The offsets at which a FLAC begins, from `start` on."""
    found: set[int] = set()
    while start < end:
        stream.seek(start)
        content = stream.read(min(1 << 20, end - start))
        found |= {start + match.start() for match in _BEGINNING.finditer(content)}
        if len(content) < _BEGINNING_BYTES:
            break
        start += len(content) - _BEGINNING_BYTES + 1
    return sorted(found)


def goes_on(stream: BinaryIO, start: int, end: int, info: StreamInfo) -> bool:
    """Whether a frame near `end` begins at a sample that the announced length does not reach."""
    first = max(start, end - _SEARCHED_BYTES)
    stream.seek(first)
    content = stream.read(end - first)
    positions = (
        _first_sample(content[m.start() : m.start() + _LONGEST_HEADER], info) for m in _FRAME.finditer(content)
    )
    return any(position is not None and position >= info.announced for position in positions)


def _first_sample(head: bytes, info: StreamInfo) -> int | None:
    """The number of a frame's first sample (section 9.1); None when its checksum says that it is no frame."""
    number, size = _coded_number(head[4:11])
    if not size:
        return None
    block_code, rate_code = head[2] >> 4, head[2] & 0x0F
    place = 4 + size + {6: 1, 7: 2}.get(block_code, 0) + {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if place >= len(head) or _crc8(head[:place]) != head[place]:
        return None
    return number if head[1] & 1 else number * info.block


def _coded_number(head: bytes) -> tuple[int, int]:
    """(Value, bytes) of a number coded as UTF-8 codes characters, up to seven bytes; size 0 when it is none."""
    if not head:
        return 0, 0
    ones = 8 - (head[0] ^ 0xFF).bit_length()
    size = max(1, ones)
    if ones in (1, 8) or len(head) < size or any(byte >> 6 != 2 for byte in head[1:size]):
        return 0, 0
    value = head[0] & (0xFF >> (ones + 1)) if ones else head[0]
    for byte in head[1:size]:
        value = value << 6 | byte & 0x3F
    return value, size


def _crc8(content: bytes) -> int:
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ (0x07 if crc & 0x80 else 0)) & 0xFF
    return crc
