"""MPEG audio (MP3) frame by frame: how much sound is there, whatever a header announces.

ISO/IEC 11172-3 and 13818-3, section 2.4.1.3; "Xing", "Info" and "VBRI" headers as their encoders write them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import BinaryIO

from edgegenre.audio.pieces import Piece
from edgegenre.audio.tags import tag_length

LARGEST_GAP = 1 << 20
"""Bytes between two frames; what is longer ends the sound."""

_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_KILOBITS = {  # (MPEG-1, layer) -> kbit/s by index 1 to 14
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SYNC = re.compile(rb"\xff[\xe2-\xe7\xf2-\xff][\x10-\xeb]", re.DOTALL)
_FRAMES_TO_BELIEVE = 3

ADTS_SYNCS = (b"\xff\xf0", b"\xff\xf1", b"\xff\xf8", b"\xff\xf9")
"""How a frame of AAC begins."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """One frame. length: bytes. samples: a channel. rate: Hz."""

    version: int
    layer: int
    kilobits: int
    rate: int
    mono: bool
    length: int
    samples: int

    @property
    def coding(self) -> tuple[int, int, int]:
        """What every frame of one stream shares."""
        return self.version, self.layer, self.rate

    @property
    def info_offset(self) -> int:
        """Where in a frame a "Xing" header stands: behind the side information."""
        return 4 + ((17 if self.mono else 32) if self.version == 3 else (9 if self.mono else 17))


@lru_cache(maxsize=4096)
def header(four: bytes) -> Header | None:
    """The frame header in four bytes; None when it is none, or of a 'free' bit rate, whose length cannot be known."""
    if len(four) < 4 or four[0] != 0xFF or four[1] < 0xE0:
        return None
    version, layer = four[1] >> 3 & 3, 4 - (four[1] >> 1 & 3)
    index, rate_index, padding = four[2] >> 4, four[2] >> 2 & 3, four[2] >> 1 & 1
    if version == 1 or layer == 4 or not 1 <= index <= 14 or rate_index == 3:
        return None
    rate, kilobits = _RATES[version][rate_index], _KILOBITS[version == 3, layer][index - 1]
    samples = 384 if layer == 1 else 576 if layer == 3 and version != 3 else 1152
    slot = 4 if layer == 1 else 1
    length = (samples // 8 * kilobits * 1000 // (rate * slot) + padding) * slot
    return Header(
        version=version,
        layer=layer,
        kilobits=kilobits,
        rate=rate,
        mono=four[3] >> 6 == 3,
        length=length,
        samples=samples,
    )


@dataclass(kw_only=True)
class Segment:
    """Frames that one decoder can read: one sampling rate, and one or two channels throughout.

    frames: without the one that only describes. first: the header of the first. pieces: where the bytes are.
    info: where the describing frame's count stands in the file, None without one; announced: that count, None when it
    gives none. variable: the bit rate changes.
    """

    first: Header
    pieces: list[tuple[int, int]] = field(default_factory=list)
    frames: int = 0
    info: int | None = None
    announced: int | None = None
    counts_bytes: bool = False
    variable: bool = False

    def takes(self, frame: Header) -> bool:
        """Whether a decoder of this segment can go on with `frame`."""
        return frame.coding == self.first.coding and frame.mono == self.first.mono

    @property
    def samples(self) -> int:
        """Samples a channel, encoder delay and padding among them."""
        return self.frames * self.first.samples

    @property
    def announced_rightly(self) -> bool:
        """Whether a decoder that believes the header, or guesses from the first frame, comes to the right length."""
        if self.info is None:
            return not self.variable
        return self.announced is not None and abs(self.announced - self.frames) <= 2

    def with_right_count(self) -> tuple[Piece, ...]:
        """The pieces, with a describing frame that tells the true number of frames."""
        count = self.frames.to_bytes(4, "big")
        if self.info is not None and self.announced is not None:
            (start, end), *others = self.pieces
            if self.counts_bytes:
                count += sum(last - first for first, last in self.pieces).to_bytes(4, "big")
            return (start, self.info), count, (self.info + len(count), end), *others
        described = self.pieces
        if self.info is not None:  # it gives no count: without it
            (start, end), *others = self.pieces
            described = [(start + self.first.length, end), *others]
        return _describing_frame(self.first, count), *described


@dataclass(kw_only=True)
class Walk:
    """What was found. gap: bytes between frames that are none; lead: such bytes before the first frame.

    rest: bytes behind the last frame. cut: the last frame is not whole.
    """

    segments: list[Segment] = field(default_factory=list)
    lead: int = 0
    gap: int = 0
    rest: int = 0
    cut: bool = False


def walk(stream: BinaryIO, start: int, end: int) -> Walk:
    """Every frame between two offsets of an open file (tags must be outside). Memory does not grow with the sound."""
    found = Walk()
    position = _next_frame(stream, start, end)
    if position is None:
        return found
    found.lead = position - start
    segment: Segment | None = None
    while position < end:
        stream.seek(position)
        frame = header(stream.read(4))
        changed = frame is not None and segment is not None and not segment.takes(frame)
        if frame is None or (changed and not _believed(stream, position, end)):
            tag = tag_length(stream, position, end)
            if tag:
                position += tag
                continue
            following = _next_frame(stream, position + 1, end)
            if following is None:
                break
            found.gap += following - position
            position = following
            continue
        if position + frame.length > end:
            found.cut = True
            position = end
            break
        segment = _add(found, segment, frame, position, stream)
        position += frame.length
    found.rest = end - position
    return found


def _add(found: Walk, segment: Segment | None, frame: Header, position: int, stream: BinaryIO) -> Segment:
    info = _info(stream, position, frame) if frame.layer == 3 else None
    if segment is None or info or not segment.takes(frame):
        segment = Segment(first=frame)
        found.segments.append(segment)
    if segment.pieces and segment.pieces[-1][1] == position:
        segment.pieces[-1] = (segment.pieces[-1][0], position + frame.length)
    else:
        segment.pieces.append((position, position + frame.length))
    if info:
        segment.info, segment.announced, segment.counts_bytes = info.place, info.frames, info.counts_bytes
    else:
        segment.frames += 1
        segment.variable |= frame.kilobits != segment.first.kilobits
    return segment


@dataclass(frozen=True, kw_only=True)
class _Info:
    """A frame that only describes; see `Segment`."""

    place: int
    frames: int | None
    counts_bytes: bool


def _info(stream: BinaryIO, position: int, frame: Header) -> _Info | None:
    stream.seek(position)
    content = stream.read(min(frame.length, 64))
    place = frame.info_offset
    if content[place : place + 4] in (b"Xing", b"Info") and len(content) >= place + 12:
        flags = content[place + 7]
        frames = int.from_bytes(content[place + 8 : place + 12], "big") if flags & 1 else None
        return _Info(place=position + place + 8, frames=frames, counts_bytes=flags & 3 == 3)
    if content[36:40] == b"VBRI":
        return _Info(place=position + 50, frames=int.from_bytes(content[50:54], "big"), counts_bytes=False)
    return None


def _describing_frame(first: Header, count: bytes) -> bytes:
    """A frame without sound that tells how many follow: of the coding of `first`, long enough to hold the header."""
    place = first.info_offset
    version, layer = first.version << 3, 1 << 1
    rate_index = _RATES[first.version].index(first.rate)
    for index in range(1, 15):
        four = bytes([0xFF, 0xE0 | version | layer | 1, index << 4 | rate_index << 2, 0xC0 if first.mono else 0])
        frame = header(four)
        if frame is not None and frame.length >= place + 12:
            return (four.ljust(place, b"\0") + b"Xing\0\0\0\1" + count).ljust(frame.length, b"\0")
    raise AssertionError("some bit rate has room for twelve bytes")


def _next_frame(stream: BinaryIO, start: int, end: int) -> int | None:
    """The first offset from which frames follow one another, not further than LARGEST_GAP away."""
    limit = min(end, start + LARGEST_GAP)
    while start < limit:
        stream.seek(start)
        content = stream.read(min(1 << 16, end - start))
        for match in _SYNC.finditer(content):
            if start + match.start() < limit and _believed(stream, start + match.start(), end):
                return start + match.start()
        if start + len(content) >= end or not content:
            return None
        start += len(content) - 3
    return None


def _believed(stream: BinaryIO, position: int, end: int) -> bool:
    """Whether frames of one coding follow one another from `position` on, up to the end where that is near."""
    coding = None
    for number in range(_FRAMES_TO_BELIEVE):
        stream.seek(position)
        frame = header(stream.read(4))
        if frame is None:
            return number > 0 and position >= end
        if coding is not None and frame.coding != coding:
            return False
        coding = frame.coding
        position += frame.length
        if position > end:
            return number > 0
    return True


def starts_like_mpeg(head: bytes) -> bool:
    """Whether raw bytes begin with frames of MPEG audio that follow one another."""

    def length(position: int) -> int:
        frame = header(head[position : position + 4])
        return 0 if frame is None else frame.length

    return _chained(length)


def starts_like_adts(head: bytes) -> bool:
    """Whether raw bytes begin with AAC in ADTS frames (ISO/IEC 13818-7, section 6.2): sync, layer 0, length."""

    def length(position: int) -> int:
        part = head[position : position + 6]
        if len(part) < 6 or part[:2] not in ADTS_SYNCS:
            return 0
        return (part[3] & 3) << 11 | part[4] << 3 | part[5] >> 5

    return _chained(length)


def _chained(length: Callable[[int], int]) -> bool:
    """Whether frames follow one another from offset 0; `length` is 0 where there is none."""
    position = 0
    for _ in range(_FRAMES_TO_BELIEVE):
        step = length(position)
        if not step:
            return False
        position += step
    return True
