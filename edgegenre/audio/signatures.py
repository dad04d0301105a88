"""What kind of file a few first bytes belong to, whatever its name says."""

import re
from dataclasses import dataclass

from edgegenre.audio.mpeg import ADTS_SYNCS, header, starts_like_adts, starts_like_mpeg

HEAD_BYTES = 8192
"""As many first bytes decide every case; fewer decide most."""

TEXT_BYTES = 64
"""So many printable characters in a row are text: as samples they would all lie far above zero."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of file. name: as a message calls it. readable: `decode` reads it. sound: there may be sound in it."""

    name: str
    readable: bool = False
    sound: bool = True


_READABLE = (
    (rb"RIFF....WAVE|RIFX....WAVE|RF64....WAVE", "WAV"),
    (rb"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00", "W64"),
    (rb"FORM....AIF[FC]", "AIFF"),
    (rb"\.snd", "AU"),
    (rb"caff\x00\x01", "CAF"),
    (rb"fLaC", "FLAC"),
    (rb"OggS\x00", "OGG"),
    (rb"ID3[\x02-\x04]", "MP3"),
)
_FOREIGN = (
    (rb"....(?:ftyp|moov|moof|mdat|free|wide|skip)", "MP4 or M4A (AAC, ALAC)"),
    (rb"\x1a\x45\xdf\xa3", "Matroska or WebM"),
    (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "WMA"),
    (rb"ADIF", "AAC"),
    (rb"MAC ", "Monkey's Audio"),
    (rb"wvpk", "WavPack"),
    (rb"MPCK|MP\+", "Musepack"),
    (rb"TTA[12]", "True Audio"),
    (rb"#!AMR", "AMR"),
    (rb"DSD |FRM8", "DSD"),
    (rb"\.RMF|\.ra\xfd", "RealMedia"),
    (rb"\x0b\x77..[\x00-\xbf][\x30-\x47\x80-\x87]", "AC-3"),
    (rb"\x7f\xfe\x80\x01", "DTS"),
    (rb"FLV\x01", "Flash video"),
    (rb"RIFF....AVI ", "AVI"),
    (rb"\x47.{187}\x47.{187}\x47", "MPEG transport stream"),
    (rb"\x00\x00\x01[\xba\xb3]", "MPEG video"),
    (rb"Creative Voice File", "VOC"),
    (rb"NIST_1A", "NIST SPHERE"),
)
_NO_SOUND = (
    (rb"MThd", "MIDI"),
    (rb"PK\x03\x04", "ZIP"),
    (rb"\x1f\x8b\x08", "gzip"),
    (rb"BZh[1-9]1AY&SY", "bzip2"),
    (rb"\xfd7zXZ\x00", "xz"),
    (rb"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (rb"%PDF-", "PDF"),
    (rb"\x89PNG\r\n", "PNG"),
    (rb"\xff\xd8\xff[\xe0\xe1\xdb]", "JPEG"),
    (rb"GIF8[79]a", "GIF"),
)
_TABLE = [
    (re.compile(pattern, re.DOTALL), Kind(name=name, readable=table is _READABLE, sound=table is not _NO_SOUND))
    for table in (_READABLE, _FOREIGN, _NO_SOUND)
    for pattern, name in table
]
_TEXT = re.compile(rb"(?:\xef\xbb\xbf)?[\t\n\r -~]{%d}" % TEXT_BYTES)


def recognize(head: bytes) -> Kind | None:
    """The kind of file that begins with `head`; None where nothing is known, as with raw samples.

    MPEG audio without a tag is only believed when several of its frames follow one another.
    """
    for pattern, kind in _TABLE:
        if pattern.match(head):
            return kind
    if starts_like_mpeg(head):
        return Kind(name="MP3", readable=True)
    if starts_like_adts(head):
        return Kind(name="AAC")
    return Kind(name="text", sound=False) if _TEXT.match(head) else None


def may_be_frames(head: bytes) -> bool:
    """Whether a few first bytes could begin a kind of file that only more of them tell: frames behind one another."""
    return head[:1] == b"\x47" or header(head[:4]) is not None or head[:2] in ADTS_SYNCS
