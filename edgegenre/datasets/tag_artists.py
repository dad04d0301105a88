"""Artists and albums from the tags of people's own files, read by mutagen."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegenre.datasets.groups import artist_name, billed, connected
from edgegenre.datasets.track import Dataset

LONGEST_NAME = 500
"""Characters of a name that are looked at."""

_FIELDS = {
    "artists": ("artist", "TPE1"),
    "album_artists": ("albumartist", "TPE2"),
    "albums": ("album", "TALB"),
}
"""Each as Vorbis comments and mutagen's easy tags name it, and as a frame of ID3."""


@dataclass(frozen=True, kw_only=True)
class Tags:
    """What a file says about itself; empty where it says nothing."""

    artists: tuple[str, ...] = ()
    album_artists: tuple[str, ...] = ()
    albums: tuple[str, ...] = ()


def with_tag_artists(dataset: Dataset) -> Dataset:
    """`dataset` with the artists and albums that the files' tags name joined to the groups that it has.

    Tracks have one group when they share an artist, an album artist, or an album of one album artist, which may be
    "Various Artists". "A feat. B" belongs to A and to B where they have tracks of their own. Without mutagen nothing is
    read, and a problem says so.
    """
    try:
        import mutagen  # noqa: F401
    except ImportError:
        said = f"{dataset.root}: artists in tags are not read. Install mutagen: pip install 'edgegenre[train]'."
        return dataclasses.replace(dataset, problems=(*dataset.problems, said))
    tags = {track.identifier: read_tags(track.path) for track in dataset.tracks}
    alone = {artist_name(name) for item in tags.values() for name in (*item.artists, *item.album_artists)}
    links = []
    for track in dataset.tracks:
        place = f"track {track.identifier}"
        if track.group is not None:
            links.append((f"artist {track.group}", place))
        links += [(name, place) for name in _names(tags[track.identifier], alone)]
    groups = connected(links)
    tracks = []
    for track in dataset.tracks:
        group = groups.get(f"track {track.identifier}")
        tracks.append(track if group is None else dataclasses.replace(track, group=group.removeprefix("artist ")))
    return dataclasses.replace(dataset, tracks=tuple(tracks))


def read_tags(path: Path) -> Tags:
    """The tags of a sound file; none where there are none or they are damaged. Needs mutagen."""
    import mutagen

    try:
        file = mutagen.File(path, easy=True)
        return Tags() if file is None or file.tags is None else _tags(file.tags)
    except Exception:  # whatever a damaged file makes of it: the decoder will say what is wrong with the sound
        return Tags()


def _tags(tags: Any) -> Tags:
    found = {}
    for field, keys in _FIELDS.items():
        values = next((tags[key] for key in keys if key in tags), ())
        texts = values.text if hasattr(values, "text") else values  # a frame of ID3, as WAV and AIFF have it
        found[field] = tuple(str(text)[:LONGEST_NAME] for text in texts)
    return Tags(**found)


def _names(tags: Tags, alone: set[str | None]) -> Iterator[str]:
    for billing in (*tags.artists, *tags.album_artists):
        whole = artist_name(billing)
        if whole is not None:
            yield f"artist {whole}"
        yield from (f"artist {part}" for part in billed(billing) if part in alone)
    for album_artist in tags.album_artists:
        for album in tags.albums:
            yield f"album {' '.join(album.casefold().split())} of {' '.join(album_artist.casefold().split())}"
