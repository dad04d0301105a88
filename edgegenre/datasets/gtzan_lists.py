"""What others published about the tracks of GTZAN, with its sources in `lists/`: artists, and a split."""

import functools
from collections import Counter, defaultdict
from pathlib import Path

from edgegenre.datasets.groups import artist_name, billed, connected

_LISTS = Path(__file__).with_name("lists")


@functools.cache
def artists() -> dict[str, str]:
    """Track ("blues.00000") -> its artist, for the tracks that are in a list of artists.

    Tracks have the same artist when they share a name in either list, directly or through others; for classical music
    a name may be the composer's or a performer's. The artist is called by the name that most of the tracks have.
    """
    billings = {track: names for track, *names in _rows("gtzan_artists.tsv")}
    groups = connected(
        (f"track {track}", f"artist {artist}")
        for track, names in billings.items()
        for name in names
        for artist in billed(name)
    )
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    known = {track: groups[f"track {track}"] for track in billings if f"track {track}" in groups}
    for track, group in known.items():
        votes[group].update(name for name in map(artist_name, billings[track]) if name is not None)
    names = {group: max(sorted(counts), key=counts.__getitem__) for group, counts in votes.items()}
    return {track: names[group] for track, group in known.items()}


@functools.cache
def fault_filtered() -> dict[str, str]:
    """Track -> "train", "validation" or "test" of the fault-filtered split; tracks it leaves out are absent."""
    return dict(_rows("gtzan_fault_filtered.tsv"))


def _rows(name: str) -> list[list[str]]:
    lines = (_LISTS / name).read_text(encoding="utf-8").splitlines()
    _, *rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return rows
