"""Titles and pictures that players write around the sound of a file: ID3, APE and Lyrics3 tags."""

from typing import BinaryIO

_ID3V1 = 128
_APE_FOOTER = 32
_LYRICS_FOOTER = 15


def tag_length(stream: BinaryIO, position: int, end: int) -> int:
    """The length of the tag that begins at `position`; 0 where none begins. Never beyond `end`."""
    stream.seek(position)
    head = stream.read(_APE_FOOTER)
    length = 0
    if head[:3] == b"ID3" and len(head) >= 10:
        a, b, c, d = head[6:10]
        length = 10 + (a << 21 | b << 14 | c << 7 | d) + (10 if head[5] & 0x10 else 0)  # 28 bits, 7 in each byte
    elif head[:3] == b"TAG":
        length = _ID3V1
    elif head[:8] == b"APETAGEX" and len(head) == _APE_FOOTER:
        length = int.from_bytes(head[12:16], "little") + (_APE_FOOTER if head[23] & 0x80 else 0)
    return min(length, end - position)


def sound_range(stream: BinaryIO, start: int, end: int) -> tuple[int, int]:
    """Where the sound begins and ends between two offsets of an open file, tags left out."""
    while start < end and (length := tag_length(stream, start, end)):
        start += length
    while start < end and (length := _tag_before(stream, start, end)):
        end -= length
    return start, end


def _tag_before(stream: BinaryIO, start: int, end: int) -> int:
    """The length of the tag that ends at `end`; 0 where none does."""
    stream.seek(max(start, end - _ID3V1))
    tail = stream.read(end - max(start, end - _ID3V1))
    length = 0
    if len(tail) == _ID3V1 and tail[:3] == b"TAG":
        length = _ID3V1
    elif tail[-_APE_FOOTER:][:8] == b"APETAGEX":
        footer = tail[-_APE_FOOTER:]
        length = int.from_bytes(footer[12:16], "little") + (_APE_FOOTER if footer[23] & 0x80 else 0)
    elif tail[-9:] == b"LYRICS200" and tail[-_LYRICS_FOOTER:-9].isdigit():
        length = int(tail[-_LYRICS_FOOTER:-9]) + _LYRICS_FOOTER
    elif tail[-10:][:3] == b"3DI" and len(tail) >= 10:
        a, b, c, d = tail[-4:]
        length = 20 + (a << 21 | b << 14 | c << 7 | d)
    return length if start + length <= end else 0
