"""Files made of chunks (WAV, RF64, AIFF, W64, CAF) and AU: where the samples are, and what belongs to nothing."""

import struct
from dataclasses import dataclass
from typing import BinaryIO, Literal

from edgegenre.audio.pieces import Piece

_UNKNOWN_LENGTH = 2_147_000_000
"""Programs that write a WAV into a pipe announce 0x7FFFF000, 0x7FFFFFFF or 0xFFFFFFFF bytes: 'until the end'."""

_W64_TAIL = bytes.fromhex("f3acd3118cd100c04f8edb8a")
"""What the identifiers of most W64 chunks end with."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """How a kind of file writes its chunks: a name, a size, the content, padding."""

    first: int
    name: int
    size: int
    order: Literal["little", "big"]
    size_counts_all: bool = False
    align: int = 2


FAMILIES = {
    b"RIFF": Family(first=12, name=4, size=4, order="little"),
    b"RIFX": Family(first=12, name=4, size=4, order="big"),
    b"RF64": Family(first=12, name=4, size=4, order="little"),
    b"FORM": Family(first=12, name=4, size=4, order="big"),
    b"riff": Family(first=40, name=16, size=8, order="little", size_counts_all=True, align=8),
    b"caff": Family(first=8, name=4, size=8, order="big", align=1),
}
_DATA = (b"data", b"SSND", b"data" + _W64_TAIL)


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Where the samples of a file are.

    kind: the first four bytes of the file. start: offset of the first sample. announced: bytes that the header says,
    None for 'until the end'. size_field: where that is written. coding: the format number of a WAV, 0 elsewhere.
    end: where the last chunk of the file ends; what follows belongs to nothing. next_file: where another whole file
    begins, None where none does.
    """

    kind: bytes
    start: int
    announced: int | None
    size_field: int
    coding: int
    end: int
    next_file: int | None


def samples(stream: BinaryIO, start: int, end: int) -> Samples | None:
    """The samples of the file that begins at `start`; None when it is of another kind, or has none."""
    stream.seek(start)
    magic = stream.read(4)
    if magic == b".snd":
        return _au(stream, start, end)
    family = FAMILIES.get(magic)
    if family is None:
        return None
    coding, large, position = 0, None, start + family.first
    while chunk := _chunk(stream, position, end, family):
        name, size, content = chunk
        stream.seek(content)
        if name in _DATA:
            announced = _announced(size, large, family, end - content)
            last = end if announced is None else min(end, content + announced)
            after, next_file = _after_chunks(stream, _aligned(last, start, family), end, family, start)
            return Samples(
                kind=magic,
                start=content,
                announced=announced,
                size_field=position + family.name,
                coding=coding,
                end=min(after, end),
                next_file=next_file,
            )
        if name == b"fmt " and family.order == "little":
            coding = int.from_bytes(stream.read(2), "little")
        elif name == b"ds64":
            large = int.from_bytes(stream.read(16)[8:], "little")
        position = _aligned(content + size, start, family)
    return None


def with_right_size(found: Samples, start: int, size: int) -> tuple[Piece, ...]:
    """The WAV or AU that begins at `start`, with the true size of its samples.

    A WAV becomes an RF64 (EBU Tech 3306), whose sizes have 64 bits; an AU says 'until the end'.
    """
    if found.kind == b".snd":
        return (start, found.size_field), b"\xff" * 4, (found.size_field + 4, found.start + size)
    unknown = b"\xff" * 4
    sizes = struct.pack("<QQQI", size, size, 0, 0)
    head = b"RF64" + unknown + b"WAVEds64" + struct.pack("<I", len(sizes)) + sizes
    return head, (start + 12, found.size_field), unknown, (found.start, found.start + size)


def ends_with_chunks(stream: BinaryIO, position: int, end: int, start: int) -> bool:
    """Whether the samples of the WAV that begins at `start` may end at `position`: whole chunks follow, or nothing."""
    family = FAMILIES[b"RIFF"]
    after, next_file = _after_chunks(stream, _aligned(position, start, family), end, family, start)
    return next_file is None and end - 1 <= after <= end + 1


def _announced(size: int, large: int | None, family: Family, here: int) -> int | None:
    """The bytes of samples that a header announces; `large`: those that its 64-bit extension does."""
    if family.size == 4 and size == 0xFFFFFFFF and large is not None:
        return large
    unknown = size >= _UNKNOWN_LENGTH and size > here if family.size == 4 else size >= 1 << 63
    return None if unknown else size


def _after_chunks(stream: BinaryIO, position: int, end: int, family: Family, start: int) -> tuple[int, int | None]:
    """Where the whole chunks from `position` on end, and where another file begins there instead of a chunk."""
    while chunk := _chunk(stream, position, end, family):
        name, size, content = chunk
        if name[:4] in FAMILIES:
            return position, position
        if content + size > end:
            break
        position = _aligned(content + size, start, family)
    return position, None


def _chunk(stream: BinaryIO, position: int, end: int, family: Family) -> tuple[bytes, int, int] | None:
    """(Name, size, offset of the content) of the chunk at `position`; None where nothing looks like one."""
    head = family.name + family.size
    if position + head > end:
        return None
    stream.seek(position)
    read = stream.read(head)
    name, size = read[: family.name], int.from_bytes(read[family.name :], family.order)
    if family.size_counts_all:
        size -= head
    if len(read) < head or size < 0 or not all(32 <= byte < 127 for byte in name[:4]):
        return None
    return name, size, position + head


def _aligned(position: int, start: int, family: Family) -> int:
    return position + -(position - start) % family.align


def _au(stream: BinaryIO, start: int, end: int) -> Samples:
    head = stream.read(8)
    content, size = start + int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")
    announced = None if size == 0xFFFFFFFF else size
    last = end if announced is None else min(end, content + announced)
    stream.seek(last)
    following = last if stream.read(4) == b".snd" else None
    return Samples(
        kind=b".snd",
        start=content,
        announced=announced,
        size_field=start + 8,
        coding=0,
        end=last,
        next_file=following,
    )
