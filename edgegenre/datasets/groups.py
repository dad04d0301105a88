"""What must stay together in a split: the tracks of one artist, and copies of one sound."""

import dataclasses
import re
from collections.abc import Iterable
from typing import Literal, get_args

from edgegenre.datasets.track import Dataset, Track

SplitBy = Literal["track", "artist", "published", "piece"]
"""What a split goes by: tracks alone, artists and albums, the parts that the data set's publisher names, or the windows
of tracks, which leaks (`pieces`)."""

SPLITS: tuple[SplitBy, ...] = get_args(SplitBy)

_NO_ARTIST = frozenset(
    {"", "-", "n/a", "unknown", "unknown artist", "various", "various artists", "va", "compilation", "compilations"}
)

_BETWEEN_ARTISTS = re.compile(r",|;|&|\band\b|\bfeat(?:uring|\b\.?)", re.IGNORECASE)


def artist_name(name: str) -> str | None:
    """An artist's name as it is compared: small letters, single spaces. None for 'Various Artists' and the like."""
    artist = " ".join(name.casefold().split())
    return None if artist in _NO_ARTIST else artist


def billed(names: str) -> list[str]:
    """The artists of a billing such as "A & B feat. C", each as `artist_name` gives it."""
    found = map(artist_name, _BETWEEN_ARTISTS.split(names))
    return [artist for artist in found if artist is not None]


def connected(links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each name in `links` -> the alphabetically first name that it is linked to, directly or through others."""
    parent: dict[str, str] = {}

    def first(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for one, other in links:
        low, high = sorted((first(one), first(other)))
        parent[high] = low
    return {name: first(name) for name in list(parent)}


def with_copies(dataset: Dataset, copies: Iterable[tuple[Track, ...]]) -> Dataset:
    """`dataset` with one recording for all of each of `copies`, joined with the recordings that it names already.

    copies: tracks of `dataset` that hold the same sound. A track that is no copy keeps its recording, or none.
    """
    links = []
    for first, *others in copies:
        links += [(f"track {first.identifier}", f"track {other.identifier}") for other in others]
    copied = {name for link in links for name in link}
    links += [
        (f"recording {track.recording}", f"track {track.identifier}")
        for track in dataset.tracks
        if track.recording is not None
    ]
    first_names = connected(links)
    names = {name: first.partition(" ")[2] for name, first in first_names.items()}
    shared = {first_names[name] for name in copied}
    tracks = []
    for track in dataset.tracks:
        name = f"track {track.identifier}"
        joined = first_names.get(name) in shared
        tracks.append(dataclasses.replace(track, recording=names[name]) if joined else track)
    return dataclasses.replace(dataset, tracks=tuple(tracks))


def units(tracks: Iterable[Track], by: SplitBy) -> dict[str, str]:
    """Each track's identifier -> what a split moves as a whole with it, the same word for all that stays together.

    by: "track" keeps copies of a recording together, "artist" also what has the same artist or album; "piece" nothing.
    """
    tracks = tuple(tracks)
    if by == "piece":
        return {track.identifier: track.identifier for track in tracks}
    links = []
    for track in tracks:
        name = f"track {track.identifier}"
        links.append((name, name))
        if track.recording is not None:
            links.append((f"recording {track.recording}", name))
        if by == "artist" and track.group is not None:
            links.append((f"group {track.group}", name))
    first = connected(links)
    return {track.identifier: first[f"track {track.identifier}"] for track in tracks}


def units_per_class(dataset: Dataset, by: SplitBy) -> dict[str, int]:
    """How many such units the tracks of each class are; 0 for a class without tracks."""
    unit_of = units(dataset.tracks, by)
    found: dict[str, set[str]] = {label: set() for label in dataset.labels}
    for track in dataset.tracks:
        found[track.label].add(unit_of[track.identifier])
    return {label: len(kept) for label, kept in found.items()}
