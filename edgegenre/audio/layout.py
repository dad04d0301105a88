"""What sounds a file holds, found in its own frames, pages and chunks, whatever its header announces.

libsndfile believes headers: it stops where they say, or where it guesses, and shortens a cut file in silence.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from edgegenre.audio import chunks, flac, mpeg, ogg
from edgegenre.audio.convert import convert_command
from edgegenre.audio.pieces import Piece
from edgegenre.audio.signatures import HEAD_BYTES, Kind, recognize
from edgegenre.audio.tags import sound_range, tag_length
from edgegenre.errors import AudioError

MOST_PARTS = 1000
"""Sounds in one file, each of which needs a decoder of its own."""

MPEG_SUFFIXES = (".mp3", ".mp2", ".mpga")

_TOLERATED_BYTES = 64
_STRAY_BYTES = 4096
"""So many bytes that belong to nothing are no news: padding, or a tag of some unknown kind."""

_MPEG_CODINGS = (0x50, 0x55)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One sound, to be read by one decoder.

    pieces: what the decoder sees, None for the file as it is. frames: how many samples a channel are there by our own
    count, None where the decoder's own count can be believed; tolerance: what the decoder may rightly leave out of it.
    """

    pieces: tuple[Piece, ...] | None = None
    frames: int | None = None
    tolerance: int = 0


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The sounds of a file in their order.

    remarks: what is odd about it, clauses without the file's name. recognized: its first bytes are those of sound.
    """

    parts: tuple[Part, ...]
    remarks: tuple[str, ...] = ()
    recognized: bool = True


_WHOLE = Layout(parts=(Part(),))


def layout(path: Path) -> Layout:
    """Look through a file. Raises AudioError when it is known to be cut, damaged, or of a kind that cannot be read."""
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        start, end = sound_range(stream, 0, size)
        stream.seek(start)
        kind = recognize(stream.read(HEAD_BYTES))
        # MP3 players find the sound behind whatever stands before it.
        if path.suffix.lower() in MPEG_SUFFIXES and (kind is None or not kind.sound):
            found = _mpeg(path, stream, start, end)
            if found is not _WHOLE:
                return found
        if kind is None:
            return Layout(parts=(Part(),), recognized=False)
        _check_kind(path, kind)
        return _READERS[kind.name](path, stream, start, end if kind.name in _TAGGED else size)


def _check_kind(path: Path, kind: Kind | None) -> None:
    if kind is None or kind.readable:
        return
    if not kind.sound:
        raise AudioError(
            f"{path}: is {kind.name} and no sound, whatever its name says. Remove it, or pass --skip-broken."
        )
    raise AudioError(
        f"{path}: is {kind.name}, which cannot be read, whatever its name says. Convert it: {convert_command(path)}"
    )


def _mpeg(path: Path, stream: BinaryIO, start: int, end: int) -> Layout:
    found = mpeg.walk(stream, start, end)
    if not found.segments:
        return _WHOLE  # of a free bit rate, or nothing that can be decoded: the decoder says which
    _check_number(path, len(found.segments))
    for number, segment in enumerate(found.segments, 1):
        if segment.announced is not None and segment.announced > segment.frames + 2:
            where = f" in part {number} of {len(found.segments)}" if len(found.segments) > 1 else ""
            raise cut_short(path, f"{segment.announced} MPEG frames are announced{where}, {segment.frames} are there")
    remarks = []
    if len(found.segments) > 1:
        remarks.append(f"holds {len(found.segments)} sounds one after another; all are read")
    if found.gap + found.lead > _STRAY_BYTES:
        remarks.append(f"{found.gap + found.lead} bytes between its frames are no MPEG audio and are passed over")
    if found.rest > _STRAY_BYTES:
        remarks.append(f"the last {found.rest} bytes are no MPEG audio and are passed over")
    if found.cut:
        remarks.append("its last frame is not whole; the end may be missing")
    plain = (
        len(found.segments) == 1
        and found.segments[0].announced_rightly
        and not found.lead + found.gap
        and _starts_plainly(stream, start, end)
    )
    if plain:
        return Layout(parts=(_mpeg_part(found.segments[0], None),), remarks=tuple(remarks))
    parts = tuple(_mpeg_part(segment, segment.with_right_count()) for segment in found.segments)
    return Layout(parts=parts, remarks=tuple(remarks))


def _mpeg_part(segment: mpeg.Segment, pieces: tuple[Piece, ...] | None) -> Part:
    # The delay of encoder and decoder and the padding of the last frame may be left out.
    return Part(pieces=pieces, frames=segment.samples, tolerance=4 * segment.first.samples)


def _starts_plainly(stream: BinaryIO, start: int, end: int) -> bool:
    """Whether libsndfile finds the sound by itself: behind nothing or one tag, and with little behind it."""
    size = os.fstat(stream.fileno()).st_size
    return (start == 0 or tag_length(stream, 0, size) == start) and (size - end) * 200 < size


def _ogg(path: Path, stream: BinaryIO, start: int, end: int) -> Layout:
    links = ogg.walk(stream, start, end)
    if not links:
        return _WHOLE
    _check_number(path, len(links))
    last = links[-1]
    if last.cut:
        raise cut_short(path, "its last OGG page is not whole")
    damaged, missing = sum(link.damaged for link in links), sum(link.missing for link in links)
    if damaged or missing:
        fault = f"{damaged} OGG pages fail their checksum" if damaged else f"{missing} OGG pages within it are missing"
        raise AudioError(f"{path}: is damaged ({fault}). Fetch it again, remove it, or pass --skip-broken.")
    remarks = []
    if len(links) > 1:
        remarks.append(f"holds {len(links)} sounds one after another; all are read")
    pieces: list[tuple[Piece, ...]] = [((link.start, link.end),) for link in links]
    if not last.closed:
        remarks.append("its last OGG page is not marked as the last; the end may be missing")
        pieces[-1] = ((last.start, last.last_page), ogg.marked_as_last(stream, last.last_page, last.end))
    stray = end - last.end + sum(link.gap for link in links) + links[0].start - start
    if stray > _STRAY_BYTES:
        remarks.append(f"{stray} bytes of it belong to no OGG page and are passed over")
    if len(links) == 1 and last.closed and not stray:
        return Layout(parts=(Part(),), remarks=tuple(remarks))
    return Layout(parts=tuple(Part(pieces=part) for part in pieces), remarks=tuple(remarks))


def _flac(path: Path, stream: BinaryIO, start: int, end: int) -> Layout:
    """Each FLAC; where it goes on behind its announced length, or announces none, without that length."""
    starts = [start, *flac.beginnings(stream, start + 4, end)]
    _check_number(path, len(starts))
    remarks = [f"holds {len(starts)} sounds one after another; all are read"] if len(starts) > 1 else []
    parts = []
    for begin, finish in zip(starts, [*starts[1:], end], strict=True):
        info = flac.stream_info(stream, begin)
        if info is None:
            return _WHOLE
        length = begin + flac.LENGTH_AT
        pieces: tuple[Piece, ...] | None = ((begin, finish),)
        if pieces == ((0, os.fstat(stream.fileno()).st_size),):
            pieces = None
        if flac.goes_on(stream, begin, finish, info):
            pieces = (begin, length), info.unknown_length, (length + len(info.unknown_length), finish)
        parts.append(Part(pieces=pieces, frames=info.announced or None))
    return Layout(parts=tuple(parts), remarks=tuple(remarks))


def _chunked(path: Path, stream: BinaryIO, start: int, end: int) -> Layout:
    parts: list[Part] = []
    remarks: list[str] = []
    begin: int | None = start
    while begin is not None:
        found = chunks.samples(stream, begin, end)
        if found is None:
            break
        finish = end if found.next_file is None else found.next_file
        part, said = _chunked_part(path, stream, begin, finish, found)
        parts += part
        remarks += said
        begin = found.next_file
        _check_number(path, len(parts))
    if not parts:
        return _WHOLE
    if len(parts) > 1:
        remarks.append(f"holds {len(parts)} sounds one after another; all are read")
    elif start == 0 and parts[0].pieces == ((0, end),):
        return Layout(parts=(Part(),), remarks=tuple(remarks))
    return Layout(parts=tuple(parts), remarks=tuple(remarks))


def _chunked_part(
    path: Path, stream: BinaryIO, start: int, end: int, found: chunks.Samples
) -> tuple[tuple[Part, ...], list[str]]:
    here = end - found.start
    if found.coding in _MPEG_CODINGS:
        inner = _mpeg(path, stream, found.start, min(end, found.start + (found.announced or here)))
        return inner.parts, list(inner.remarks)
    if found.announced is not None and found.announced > here + _TOLERATED_BYTES:
        raise cut_short(path, f"{found.announced} bytes of samples are announced, {here} are there")
    rest = end - found.end
    if found.announced is None or (rest <= _STRAY_BYTES and (found.announced or not rest)):
        return (Part(pieces=((start, end),)),), []
    size = _true_size(stream, start, end, found)
    if size is not None:
        pieces = chunks.with_right_size(found, start, size)
        said = f"its header announces {found.announced} bytes of samples, {size} are there and are read"
        return (Part(pieces=pieces),), [said]
    if rest * 10 <= found.announced:
        said = f"the last {rest} bytes belong to none of its parts and are passed over"
        return (Part(pieces=((start, end),)),), [said]
    raise AudioError(
        f"{path}: its header announces {found.announced} bytes of samples, and {rest} more bytes follow that belong to "
        f"nothing; they may be sound. Convert it: {convert_command(path, '-ignore_length 1')}"
    )


def _true_size(stream: BinaryIO, start: int, end: int, found: chunks.Samples) -> int | None:
    """The size of the samples where it was never written, or where the 32 bits for it have overflowed; else None.

    A recorder that crashed leaves 0. After an overflow, whole chunks must follow the samples.
    """
    assert found.announced is not None
    if found.kind not in (b"RIFF", b".snd"):
        return None
    if found.announced == 0:
        return end - found.start
    for size in range(found.announced + (1 << 32), end - found.start + 1, 1 << 32):
        if chunks.ends_with_chunks(stream, found.start + size, end, start):
            return size
    return None


def _check_number(path: Path, parts: int) -> None:
    if parts > MOST_PARTS:
        raise AudioError(f"{path}: changes its format {parts} times. Convert it: {convert_command(path)}")


def cut_short(path: Path, fault: str) -> AudioError:
    """The sentence for a file that lacks some of its sound."""
    return AudioError(f"{path}: is cut short ({fault}). Fetch it again, remove it, or pass --skip-broken.")


_READERS: dict[str, Callable[[Path, BinaryIO, int, int], Layout]] = {
    "MP3": _mpeg,
    "OGG": _ogg,
    "FLAC": _flac,
    "WAV": _chunked,
    "W64": _chunked,
    "AIFF": _chunked,
    "CAF": _chunked,
    "AU": _chunked,
}
_TAGGED = ("MP3", "OGG", "FLAC")
"""Kinds that players write tags around; elsewhere the chunks tell where they end."""
