"""What must stay together in a split: the tracks of one artist, and copies of one sound."""

import dataclasses
from collections.abc import Iterable

from edgegenre.datasets.track import Dataset, Track

_NO_ARTIST = frozenset(
    {"", "-", "n/a", "unknown", "unknown artist", "various", "various artists", "va", "compilation", "compilations"}
)


def artist_name(name: str) -> str | None:
    """An artist's name as it is compared: small letters, single spaces. None for 'Various Artists' and the like."""
    artist = " ".join(name.casefold().split())
    return None if artist in _NO_ARTIST else artist


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


def kept_together(dataset: Dataset, copies: Iterable[tuple[Track, ...]]) -> Dataset:
    """`dataset` with groups such that no split divides any of `copies`, nor a group that it had before.

    copies: tracks of `dataset` that hold the same sound. A track that belongs to nothing stays without a group.
    """
    links = [
        (f"track {track.identifier}", f"group {track.group}") for track in dataset.tracks if track.group is not None
    ]
    for first, *others in copies:
        links += [(f"track {first.identifier}", f"track {other.identifier}") for other in others]
    groups = connected(links)
    tracks = []
    for track in dataset.tracks:
        group = groups.get(f"track {track.identifier}")
        tracks.append(track if group is None else dataclasses.replace(track, group=group.partition(" ")[2]))
    return dataclasses.replace(dataset, tracks=tuple(tracks))
