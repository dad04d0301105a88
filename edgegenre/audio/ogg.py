"""OGG page by page (RFC 3533, section 6): how many sounds follow one another, and what of them is there."""

import zlib
from dataclasses import dataclass, field
from typing import BinaryIO

_HEADER = 27
_LARGEST_PAGE = 65_307
_FIRST, _LAST = 2, 4
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(kw_only=True)
class Link:
    """One sound of a chain, from its first page to its last.

    start, end, last_page: offsets. closed: a page is marked as the last. cut: the file ends within a page.
    damaged: pages whose checksum is wrong, which decoders drop. missing: pages that are not there, by their numbers.
    gap: bytes between pages. sounding: a page with sound was seen. numbers: of the newest page of each stream.
    """

    start: int
    end: int
    last_page: int
    closed: bool = False
    cut: bool = False
    damaged: int = 0
    missing: int = 0
    gap: int = 0
    sounding: bool = False
    numbers: dict[bytes, int] = field(default_factory=dict)


def walk(stream: BinaryIO, start: int, end: int) -> list[Link]:
    """The links of the chain between two offsets of an open file. Memory does not grow with the sound."""
    links: list[Link] = []
    position = start
    heading = False  # the streams of one link all begin before any of them goes on
    while position < end:
        stream.seek(position)
        page = stream.read(_LARGEST_PAGE)[: end - position]
        if page[:4] != b"OggS":
            following = _next_page(stream, position + 1, end)
            if following is None:
                break
            if links:
                links[-1].gap += following - position
            position = following
            continue
        length = _length(page)
        if length is None:
            if links:
                links[-1].cut, links[-1].end = True, end
            break
        page = page[:length]
        first = bool(page[5] & _FIRST)
        if not links or (first and not heading):
            links.append(Link(start=position, end=position, last_page=position))
        heading = first
        _count(links[-1], page)
        links[-1].last_page = position
        position += length
        links[-1].end = position
    return links


def marked_as_last(stream: BinaryIO, start: int, end: int) -> bytes:
    """The page between two offsets, with the mark of a last one."""
    stream.seek(start)
    page = bytearray(stream.read(end - start))
    page[5] |= _LAST
    page[22:26] = _checksum(bytes(page))
    return bytes(page)


def _count(link: Link, page: bytes) -> None:
    if _checksum(page) != page[22:26]:
        link.damaged += 1
        return
    serial, number = page[14:18], int.from_bytes(page[18:22], "little")
    before = link.numbers.get(serial)
    # Who joins a broadcast gets the headers, then pages from somewhere in it.
    if before is not None and number > before + 1 and link.sounding:
        link.missing += number - before - 1
    link.numbers[serial] = number
    link.closed |= bool(page[5] & _LAST)
    link.sounding |= page[6:14] not in (bytes(8), b"\xff" * 8)


def _length(page: bytes) -> int | None:
    """Bytes of the page that begins here; None when it is not whole."""
    if len(page) < _HEADER:
        return None
    segments = page[_HEADER : _HEADER + page[26]]
    length = _HEADER + page[26] + sum(segments)
    return length if len(segments) == page[26] and length <= len(page) else None


def _next_page(stream: BinaryIO, start: int, end: int) -> int | None:
    overlap = 3
    while start < end:
        stream.seek(start)
        content = stream.read(min(1 << 20, end - start))
        place = content.find(b"OggS")
        if place >= 0:
            return start + place
        if len(content) <= overlap:
            return None
        start += len(content) - overlap
    return None


def _checksum(page: bytes) -> bytes:
    """What belongs at offset 22: CRC-32 with zlib's polynomial, most significant bit first, from 0, not inverted."""
    cleared = page[:22] + bytes(4) + page[26:]
    mirrored = zlib.crc32(cleared.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2).to_bytes(4, "little")
