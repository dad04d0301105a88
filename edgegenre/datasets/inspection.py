"""What one reading of every track tells: which can be used, what is odd, and which hold the same sound."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgegenre.audio.fingerprint import Fingerprinter, matches
from edgegenre.audio.stems import content_digest, reader_of
from edgegenre.datasets.groups import connected
from edgegenre.datasets.md5 import md5_of
from edgegenre.datasets.track import Track
from edgegenre.errors import AudioError, DatasetError

SAMPLE_RATE = 16_000
# One frame of the front end; a shorter file has no features at all.
FRAME_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class Inspection:
    """One usable track. content: SHA-256 of its file. fingerprint: see `Fingerprinter`. remarks: what is odd."""

    track: Track
    seconds: float
    source_rate: int
    content: str
    fingerprint: np.ndarray
    remarks: tuple[str, ...]


def inspect(track: Track) -> Inspection:
    """Decode a track, in little memory. Raises AudioError or DatasetError when a model could not learn from it."""
    if track.md5 is not None and md5_of(track.path) != track.md5:
        raise DatasetError(f"{track.path}: its MD5 is not the published one ({track.md5}). Download it again.")
    reader, fingerprinter = reader_of(track.path, SAMPLE_RATE), Fingerprinter(SAMPLE_RATE)
    for block in reader.blocks():
        fingerprinter.push(block)
    levels = reader.levels
    if levels.seconds < FRAME_SECONDS:
        raise AudioError(
            f"{track.path}: is too short: one frame needs {FRAME_SECONDS:g} s. Remove it, or pass --skip-broken."
        )
    if levels.is_silent:
        raise AudioError(f"{track.path}: is silent. Remove it, or pass --skip-broken.")
    return Inspection(
        track=track,
        seconds=levels.seconds,
        source_rate=levels.source_rate,
        content=content_digest(track.path),
        fingerprint=fingerprinter.words(),
        remarks=reader.remarks,
    )


@dataclass(frozen=True, kw_only=True)
class Copies:
    """Tracks that hold the same sound, in order. same_bytes: they are equal files; else other formats or cuts of it."""

    tracks: tuple[Track, ...]
    same_bytes: bool


def copies(inspections: Sequence[Inspection]) -> list[Copies]:
    """Which tracks hold the same sound, by their bytes or by their fingerprints."""
    number = {item.track.identifier: place for place, item in enumerate(inspections)}
    by_content: dict[str, list[str]] = defaultdict(list)
    for item in inspections:
        by_content[item.content].append(item.track.identifier)
    links = [(names[0], name) for names in by_content.values() for name in names[1:]]
    alike = matches([item.fingerprint for item in inspections])
    links += [
        (inspections[match.first].track.identifier, inspections[match.second].track.identifier) for match in alike
    ]
    sets: dict[str, list[str]] = defaultdict(list)
    for name, first in sorted(connected(links).items()):
        sets[first].append(name)
    found = []
    for names in sets.values():
        members = [inspections[number[name]] for name in names]
        same_bytes = len({item.content for item in members}) == 1
        found.append(Copies(tracks=tuple(item.track for item in members), same_bytes=same_bytes))
    return found
